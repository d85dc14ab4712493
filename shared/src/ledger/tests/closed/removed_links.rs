//! Contracts that are over because their links were removed.

use super::*;
use crate::ledger::Link;

/// Contracts without an end, each at a link of its own that was removed at the second of its number.
fn at_removed_links(contracts: std::ops::Range<i64>) -> (Trainer, Environment) {
    let mut trainer = Trainer::default();
    let mut environment = Environment {
        ends_with_links: true,
        ..Environment::default()
    };
    for number in contracts {
        let hire = Hire {
            link: format!("plink_{number}").as_str().into(),
            ..hire(&format!("ctr_{number}"))
        };
        let link = Link {
            removed: true,
            ..Link::unknown(hire.link.clone(), super::super::at(number))
        };
        environment = environment.with_link(&hire.connection, link);
        trainer.hires.push(hire);
    }
    (trainer, environment)
}

fn changed(environment: &Environment, number: i64, change: impl Fn(Link) -> Link) -> Environment {
    let connection = ConnectionName::default();
    let link = format!("plink_{number}").as_str().into();
    let link = environment.link(&connection, &link).cloned().unwrap();
    environment.clone().with_link(&connection, change(link))
}

#[test]
fn a_contract_whose_link_was_removed_moves_like_one_that_ended() {
    let (trainer, environment) = at_removed_links(0..9);
    let (stays, goes) = trainer.split_closed(4, &environment).unwrap();
    assert_eq!((stays.hires.len(), goes.hires.len()), (4, 5));
    assert!(goes.hires.iter().any(|it| it.contract == "ctr_0".into()));
    assert_eq!(
        trainer.open_contracts(&environment, &ConnectionName::default()),
        0
    );

    let keeps = Environment {
        ends_with_links: false,
        ..environment.clone()
    };
    assert!(trainer.split_closed(4, &keeps).is_none(), "by the policy");
    let lives = |link| Link {
        removed: false,
        ..link
    };
    let lives = changed(&environment, 0, lives);
    assert!(trainer.split_closed(4, &lives).is_none(), "one runs");
    let absent = |link| Link {
        absent: true,
        ..link
    };
    let absent = changed(&environment, 0, absent);
    assert!(trainer.split_closed(4, &absent).is_none(), "one may return");

    // The same contract at a link that is there.
    let mut elsewhere = trainer.clone();
    elsewhere.hires.push(hire("ctr_0"));
    assert!(elsewhere.split_closed(4, &environment).is_none());
    // Access that is not proven to be gone.
    let mut open = trainer;
    let access = Access::new(
        &"streets".into(),
        AccessState::Removing,
        super::super::at(0),
    );
    open.access.insert("streets".into(), access);
    assert!(open.split_closed(4, &environment).is_none());
}

#[test]
fn a_contract_whose_link_was_removed_400_days_ago_is_deleted() {
    let days = |days: i64| super::super::at(days * 24 * 3600);
    let (mut trainer, environment) = at_removed_links(0..2);
    trainer.member.display_name = Some("Maria".to_owned());
    let absent = |link| Link {
        absent: true,
        ..link
    };
    let environment = changed(&environment, 0, absent);
    let late = |link| Link {
        at: days(10),
        ..link
    };
    let environment = changed(&environment, 1, late);
    assert!(!trainer.is_outdated(&environment, days(400)));
    trainer.prune(&environment, days(401));
    assert_eq!(trainer.hires.len(), 1);
    let back = |link| Link {
        removed: false,
        ..link
    };
    assert!(!trainer.is_outdated(&changed(&environment, 1, back), days(411)));
    trainer.prune(&environment, days(411));
    assert_eq!(
        (trainer.hires.len(), trainer.member.display_name),
        (0, None)
    );
}

/// The second item does not know when a link was removed: it is kept 400 days after the move.
#[tokio::test]
async fn a_contract_without_an_end_is_kept_400_days_after_it_moved() {
    let (ledger, table) = ledger();
    let (trainer, environment) = at_removed_links(0..9);
    let (mut stays, goes) = trainer.split_closed(4, &environment).unwrap();
    let (_, ended) = with_ended(20..29)
        .split_closed(4, &Environment::default())
        .unwrap();
    ledger.add_closed(&id(), &goes).await.unwrap();
    ledger.add_closed(&id(), &ended).await.unwrap();
    let items = crate::ledger::Table::scan(&*table, "CLOSED#")
        .await
        .unwrap();
    let kept = super::super::at(1_000) + jiff::SignedDuration::from_hours(400 * 24);
    assert_eq!(items[0].expires_at, Some(kept), "the clock is at 1,000 s");
    // A start at another link brings the contract back.
    let late = ["ctr_0".into()].into();
    let before = stays.hires.len();
    stays = ledger.reopened(&id(), stays, &late).await.unwrap();
    assert_eq!(stays.hires.len(), before + 1);
}
