use proptest::prelude::*;

use super::super::merge;
use super::{at, merged, participant, seen, told};
use crate::ids::InstallId;
use crate::ledger::HireStatus::{self, Active, Ended};
use crate::ledger::{Install, InstallStatus, Member};
use crate::person::{Email, Participant};
use crate::provision::fact::ContractFact;

#[test]
fn an_end_that_overtakes_its_start_stays() {
    let hire = merged(&[told(100, Ended), told(99, Active)]).unwrap();
    assert_eq!((hire.status, hire.as_of), (Ended, Some("100".into())));
}

#[test]
fn an_answer_wins_over_what_was_merged_before_it_was_asked_for() {
    assert_eq!(
        merged(&[told(5, Active), seen(101, Ended)]).unwrap().status,
        Ended
    );
    // Asked before the event was merged: the answer may be the older of the two.
    assert_eq!(
        merged(&[told(5, Active), seen(99, Ended)]).unwrap().status,
        Active
    );
}

#[test]
fn a_late_start_does_not_undo_an_end_that_the_api_told() {
    let late = [told(5, Active), seen(101, Ended), told(6, Active)];
    assert_eq!(merged(&late).unwrap().status, Ended);
    let later = [told(5, Active), seen(101, Ended), told(150, Active)];
    assert_eq!(merged(&later).unwrap().status, Active);
}

#[test]
fn an_end_counts_whatever_the_api_said_before() {
    assert_eq!(
        merged(&[seen(50, Active), told(7, Ended)]).unwrap().status,
        Ended
    );
}

#[test]
fn a_hire_knows_when_it_started_and_ended() {
    let hire = merged(&[told(1, Active), told(2, Ended)]).unwrap();
    assert_eq!((hire.started_at, hire.ended_at), (Some(at(1)), Some(at(2))));
    let again = merged(&[told(1, Active), told(2, Ended), told(3, Active)]).unwrap();
    assert_eq!((again.started_at, again.ended_at), (Some(at(3)), None));
}

fn mail(address: &str) -> Option<Email> {
    Email::parse(address)
}

fn with_email(fact: ContractFact, address: &str) -> ContractFact {
    let participant = Participant {
        work_email: mail(address),
        ..participant()
    };
    ContractFact {
        participant,
        ..fact
    }
}

#[test]
fn the_newest_email_is_kept_and_a_withheld_one_takes_nothing_away() {
    let first = merge::member(
        Member::default(),
        &with_email(told(2, Active), "new@x.work"),
    )
    .unwrap();
    assert_eq!(first.email, mail("new@x.work"));
    assert!(merge::member(first.clone(), &with_email(told(1, Active), "old@x.work")).is_none());
    let withheld = merge::member(first, &told(3, Active)).unwrap();
    assert_eq!(withheld.email, mail("new@x.work"));
}

#[test]
fn an_email_that_comes_with_an_end_is_not_taken() {
    let member = merge::member(Member::default(), &with_email(told(2, Ended), "m@x.work")).unwrap();
    assert_eq!(member.email, None);
}

#[test]
fn word_of_an_old_installs_end_does_not_touch_the_new_one() {
    let id = |id: &str| Some(InstallId::from(id));
    let new = Install {
        id: id("inst_2"),
        status: InstallStatus::Active,
        at: at(1),
    };
    assert_eq!(merge::revoked(Some(new.clone()), id("inst_1"), at(2)), None);
    let ended = merge::revoked(Some(new), id("inst_2"), at(2)).unwrap();
    assert_eq!(ended.status, InstallStatus::Revoked);
    assert_eq!(
        merge::revoked(None, None, at(2)).unwrap().status,
        InstallStatus::Revoked
    );
}

fn status() -> impl Strategy<Value = HireStatus> {
    prop_oneof![Just(Active), Just(Ended)]
}

proptest! {
    /// Whatever the order and however often: the newest event decides.
    #[test]
    fn among_events_the_newest_id_decides(
        (facts, newest) in proptest::collection::btree_map(1..1000_i64, status(), 1..8).prop_flat_map(|by_id| {
            let newest = *by_id.values().next_back().unwrap();
            let facts: Vec<_> = by_id.into_iter().map(|(id, status)| told(id, status)).collect();
            let twice: Vec<_> = facts.iter().cloned().chain(facts.iter().cloned()).collect();
            (Just(twice).prop_shuffle(), Just(newest))
        }),
    ) {
        prop_assert_eq!(merged(&facts).unwrap().status, newest);
    }
}
