mod removed_links;

use super::{hire, ledger, with_ended};
use crate::ledger::{
    Access, AccessState, Environment, Expect, Hire, Install, InstallStatus, Ledger, Trainer,
};
use crate::model::ConnectionName;
use crate::model::ids::TrainerId;

fn id() -> TrainerId {
    "usr_0123456789".into()
}

async fn with_closed(ledger: &Ledger) -> Trainer {
    let kept = ledger.trainer(&id()).await.unwrap();
    ledger.with_closed(&id(), kept).await.unwrap()
}

#[test]
fn closed_contracts_move_when_there_are_more_than_twice_those_that_stay() {
    assert!(
        with_ended(0..8)
            .split_closed(4, &Environment::default())
            .is_none()
    );
    let (stays, goes) = with_ended(0..9)
        .split_closed(4, &Environment::default())
        .unwrap();
    let contracts = |trainer: &Trainer| {
        let hires = trainer.hires.iter();
        hires
            .map(|hire| hire.contract.to_string())
            .collect::<Vec<_>>()
    };
    assert!(stays.has_closed);
    assert_eq!(contracts(&stays), ["ctr_5", "ctr_6", "ctr_7", "ctr_8"]);
    assert_eq!(goes.ends.len(), 5);
    assert_eq!(contracts(&goes)[0], "ctr_0");
}

#[test]
fn a_contract_whose_project_may_hold_access_stays() {
    let mut trainer = with_ended(0..9);
    let access = Access::new(&"streets".into(), AccessState::Removing, super::at(0));
    trainer.access.insert("streets".into(), access);
    assert!(trainer.split_closed(4, &Environment::default()).is_none());
}

#[tokio::test]
async fn closed_contracts_are_read_with_the_document_and_reopened_by_a_late_fact() {
    let (ledger, _) = ledger();
    let (mut stays, goes) = with_ended(0..9)
        .split_closed(4, &Environment::default())
        .unwrap();
    stays.hires.push(hire("ctr_runs"));
    ledger.add_closed(&id(), &goes).await.unwrap();
    ledger.add_closed(&id(), &goes).await.unwrap();
    ledger
        .put_document(&id(), &stays, Expect::Absent)
        .await
        .unwrap();
    let all = with_closed(&ledger).await;
    assert_eq!((all.hires.len(), all.ends.len()), (10, 9));
    let late = ["ctr_2".into()].into();
    let reopened = ledger.reopened(&id(), stays.clone(), &late).await.unwrap();
    assert_eq!(reopened.hires.len(), stays.hires.len() + 1);
    assert_eq!(reopened.ends.len(), stays.ends.len() + 1);
}

/// The second and later contracts were closed within 400 days.
#[test]
fn what_was_closed_400_days_ago_is_deleted_and_the_person_with_the_last_contract() {
    let days = |days: i64| super::at(100 + days * 24 * 3600);
    let mut trainer = with_ended(0..3);
    trainer.hires.push(hire("ctr_runs"));
    trainer.member.display_name = Some("Maria".to_owned());
    trainer.member.accounts = vec!["17".into()];
    trainer.prune(&Environment::default(), days(400));
    assert_eq!(trainer.ends.len(), 3);
    trainer.prune(
        &Environment::default(),
        super::at(101) + jiff::SignedDuration::from_hours(400 * 24),
    );
    assert_eq!((trainer.hires.len(), trainer.ends.len()), (3, 2));
    trainer.prune(&Environment::default(), days(800));
    assert_eq!((trainer.hires.len(), trainer.ends.len()), (1, 0));
    assert!(trainer.member.display_name.is_some());

    let mut gone = with_ended(0..3);
    gone.member = trainer.member.clone();
    gone.has_closed = true;
    gone.prune(&Environment::default(), days(800));
    assert!(gone.hires.is_empty() && gone.ends.is_empty() && !gone.has_closed);
    assert_eq!(gone.member.display_name, None);
    assert_eq!(gone.member.accounts.len(), 1);
}

#[tokio::test]
async fn the_second_item_expires_400_days_after_its_newest_end() {
    let (ledger, table) = ledger();
    let (_, goes) = with_ended(0..9)
        .split_closed(4, &Environment::default())
        .unwrap();
    ledger.add_closed(&id(), &goes).await.unwrap();
    let items = crate::ledger::Table::scan(&*table, "CLOSED#")
        .await
        .unwrap();
    let newest = super::at(104) + jiff::SignedDuration::from_hours(400 * 24);
    assert_eq!(items[0].expires_at, Some(newest));
}

fn of_one_organization(connections: &[&str]) -> Environment {
    let install = Install {
        id: None,
        status: InstallStatus::Active,
        at: super::at(0),
        organization: Some("acme".to_owned()),
        refused: false,
        excluded: false,
        disconnected: false,
    };
    let installs = connections
        .iter()
        .map(|name| (ConnectionName::parse(name).unwrap(), install.clone()));
    Environment {
        installs: installs.collect(),
        ..Environment::default()
    }
}

/// The end that one connection stated ends the hires of another one, after a reconnect under another name: both stay
/// together.
#[test]
fn a_contract_with_a_hire_that_another_connection_ended_is_closed_as_a_whole() {
    let mut trainer = with_ended(0..9);
    let environment = of_one_organization(&["default", "again"]);
    let start = trainer.hires[0].start.clone();
    trainer.hires.push(Hire {
        connection: ConnectionName::parse("again").unwrap(),
        start: start.clone(),
        ..hire("ctr_0")
    });
    assert!(
        trainer.split_closed(4, &Environment::default()).is_none(),
        "of two organisations, as far as is known, and one hire runs"
    );
    let (stays, goes) = trainer.split_closed(4, &environment).unwrap();
    assert!(stays.hires.iter().all(|it| it.contract != "ctr_0".into()));
    assert_eq!(
        goes.hires
            .iter()
            .filter(|it| it.contract == "ctr_0".into())
            .count(),
        2
    );
}

#[tokio::test]
async fn the_oldest_contracts_leave_a_full_second_item() {
    let (ledger, _) = ledger();
    ledger
        .add_closed(&id(), &with_ended(0..1_100))
        .await
        .unwrap();
    let kept = with_closed(&ledger).await;
    assert_eq!(
        (kept.hires.len(), kept.ends.len()),
        (0, 0),
        "the document names no second item"
    );
    let trainer = Trainer {
        has_closed: true,
        ..Trainer::default()
    };
    ledger
        .put_document(&id(), &trainer, Expect::Absent)
        .await
        .unwrap();
    let kept = with_closed(&ledger).await;
    assert_eq!((kept.hires.len(), kept.ends.len()), (1_000, 1_000));
    assert!(
        kept.hires
            .iter()
            .all(|hire| hire.contract.to_string() != "ctr_99")
    );
}
