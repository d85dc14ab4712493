mod emails;
mod forgotten;

use proptest::prelude::*;

use super::super::merge;
use super::{at, merged, seen, status, told};
use crate::ledger::HireStatus::{self, Active, Ended};
use crate::ledger::{Environment, Install, InstallStatus, Link, Source, Trainer};
use crate::model::ConnectionName;
use crate::model::ids::InstallId;
use crate::provision::fact::{ContractFact, HirePlace};

#[test]
fn an_end_that_overtakes_its_start_stays() {
    assert_eq!(
        status(&merged(&[told(100, Ended), told(99, Active)])),
        Ended
    );
}

#[test]
fn an_answer_wins_over_what_was_merged_before_it_was_asked_for() {
    assert_eq!(status(&merged(&[told(5, Active), seen(101, Ended)])), Ended);
    assert_eq!(
        status(&merged(&[told(5, Ended), seen(101, Active)])),
        Active
    );
}

#[test]
fn an_answer_wins_over_an_event_that_happened_before_in_both_orders() {
    // The start happened in second 5 and the answer is from second 50 or 99, so it includes the start.
    assert_eq!(status(&merged(&[told(5, Active), seen(99, Ended)])), Ended);
    assert_eq!(status(&merged(&[seen(50, Ended), told(5, Active)])), Ended);
}

#[test]
fn a_late_start_does_not_undo_an_end_that_the_api_returned() {
    let late = [told(5, Active), seen(101, Ended), told(6, Active)];
    assert_eq!(status(&merged(&late)), Ended);
    let later = [told(5, Active), seen(101, Ended), told(102, Active)];
    assert_eq!(status(&merged(&later)), Active);
}

#[test]
fn an_end_counts_after_any_earlier_answer_of_the_api() {
    assert_eq!(status(&merged(&[seen(50, Active), told(7, Ended)])), Ended);
}

#[test]
fn a_hire_records_when_it_started_and_its_contract_when_it_ended() {
    let known = merged(&[told(1, Active), told(2, Ended)]);
    assert_eq!(known.hires[0].started_at, Some(at(1)));
    let end = known.ends.values().next().unwrap();
    assert_eq!(end.stamp.happened_at(), at(2));
    let again = merged(&[told(1, Active), told(2, Ended), told(3, Active)]);
    assert_eq!(again.hires[0].started_at, Some(at(3)));
    let twice = merged(&[told(1, Active), told(2, Active)]);
    assert_eq!(twice.hires[0].started_at, Some(at(1)), "it ran already");
}

#[test]
fn a_start_of_the_week_before_last_waits_for_the_api() {
    let old = |fact: ContractFact| ContractFact {
        source: Source::Event {
            id: "7".into(),
            created_at: Some(at(-8 * 24 * 3600)),
        },
        ..fact
    };
    let late = merged(&[old(told(7, Active))]);
    assert!(late.hires[0].unconfirmed);
    let confirmed = merged(&[old(told(7, Active)), seen(101, Active)]);
    assert!(!confirmed.hires[0].unconfirmed);
    let known = merged(&[told(1, Active), old(told(7, Active))]);
    assert!(
        !known.hires[0].unconfirmed,
        "its contract was known as running"
    );
    let again = merged(&[told(1, Active), told(6, Ended), old(told(7, Active))]);
    assert!(again.hires[0].unconfirmed, "its contract had ended");
}

#[test]
fn an_old_start_at_another_link_waits_unless_the_contract_runs() {
    let old = ContractFact {
        source: Source::Event {
            id: "7".into(),
            created_at: Some(at(-8 * 24 * 3600)),
        },
        ..at_link("link_2", told(7, Active))
    };
    let waits = |facts: &[ContractFact]| {
        let document = merged(facts);
        document.hires.last().unwrap().unconfirmed
    };
    assert!(!waits(&[told(1, Active), old.clone()]));
    assert!(waits(&[told(1, Active), told(6, Ended), old.clone()]));
    let also_waits = ContractFact {
        source: old.source.clone(),
        ..told(7, Active)
    };
    assert!(waits(&[also_waits, old]));
}

fn at_link(link: &str, fact: ContractFact) -> ContractFact {
    let place = fact.place.map(|place| HirePlace {
        link: link.into(),
        ..place
    });
    ContractFact { place, ..fact }
}

#[test]
fn a_repeat_is_recognised_by_the_document() {
    let facts = [told(1, Active), told(2, Ended)];
    let known = merged(&facts);
    assert!(merge::is_known(&known, &facts));
    assert!(!merge::is_known(&known, &[told(3, Active)]));
    assert!(!merge::is_known(&known, &[told(3, Ended)]));
}

/// One event may name a contract at several links, and an end may have been merged before its link could be read.
#[test]
fn an_end_at_a_place_that_is_not_known_yet_is_no_repeat() {
    let known = merged(&[told(1, Active), told(2, Ended)]);
    let elsewhere = at_link("link_2", told(2, Ended));
    assert!(!merge::is_known(&known, &[elsewhere]));
    let without_place = ContractFact {
        place: None,
        ..told(2, Ended)
    };
    let ended = merged(std::slice::from_ref(&without_place));
    assert!(merge::is_known(&ended, &[without_place]));
    assert!(!merge::is_known(&ended, &[told(2, Ended)]));
}

#[test]
fn more_contracts_than_a_document_holds_are_refused_and_ends_never_are() {
    let numbered = |n: usize, fact: ContractFact| ContractFact {
        contract: format!("ctr_{n}").as_str().into(),
        ..fact
    };
    let facts: Vec<_> = (0..200).map(|n| numbered(n, told(1, Active))).collect();
    let full = merged(&facts);
    let environment = Environment::default();
    let merge = |facts: &[ContractFact]| merge::trainer(&full, facts, &environment, at(400));
    let more = numbered(200, told(2, Active));
    assert!(merge(std::slice::from_ref(&more)).refused.is_some());
    let ended = merge(&[numbered(201, told(2, Ended))]);
    assert!(ended.refused.is_none());
    assert_eq!(ended.trainer.ends.len(), 1);
    // An end makes room, even if it is listed after the start.
    let room = merge(&[more.clone(), numbered(3, told(2, Ended))]);
    assert!(room.refused.is_none());
    // A start that finds no room stops no other fact.
    let one_too_many = [
        more,
        numbered(202, told(2, Active)),
        numbered(3, told(2, Ended)),
    ];
    let full = merge(&one_too_many);
    assert!(full.refused.is_some());
    assert_eq!(
        (full.trainer.hires.len(), full.trainer.ends.len()),
        (201, 1)
    );
}

/// A reconnect creates another install. Its ids cannot be compared with those of the earlier one.
#[test]
fn an_event_has_the_install_of_its_link() {
    let link = Link {
        id: "link_1".into(),
        job: None,
        project: Some("streets".into()),
        project_name: None,
        managed: false,
        install: Some("ins_1".into()),
        removed: false,
        absent: false,
        at: at(0),
    };
    let connection = ConnectionName::default();
    let environment = Environment::default().with_link(&connection, link);
    let late = merge::trainer(
        &Trainer::default(),
        &[told(900, Active)],
        &environment,
        at(1),
    );
    let start = late.trainer.hires[0].start.as_ref().unwrap();
    assert_eq!(start.install, Some("ins_1".into()));
}

#[test]
fn word_of_an_old_installs_end_does_not_touch_the_new_one() {
    let id = |id: &str| Some(InstallId::from(id));
    let new = Install {
        id: id("inst_2"),
        status: InstallStatus::Active,
        at: at(1),
        organization: None,
        refused: false,
        excluded: false,
        disconnected: false,
    };
    assert_eq!(merge::revoked(Some(new.clone()), id("inst_1"), at(2)), None);
    let ended = merge::revoked(Some(new), id("inst_2"), at(2)).unwrap();
    assert_eq!(ended.status, InstallStatus::Revoked);
    assert_eq!(
        merge::revoked(None, None, at(2)).unwrap().status,
        InstallStatus::Revoked
    );
}

/// An event without a `createdAt`, merged after the answer.
fn unordered(id: i64, status: HireStatus) -> ContractFact {
    ContractFact {
        source: Source::Event {
            id: id.to_string().as_str().into(),
            created_at: None,
        },
        ..told(id, status)
    }
}

#[test]
fn of_two_ends_in_no_known_order_the_later_one_counts() {
    let again = [
        told(5, Active),
        seen(101, Ended),
        seen(102, Active),
        unordered(6, Ended),
    ];
    assert_eq!(status(&merged(&again)), Ended);
}

fn either() -> impl Strategy<Value = HireStatus> {
    prop_oneof![Just(Active), Just(Ended)]
}

proptest! {
    /// The newest event decides, in any order and with any repeats.
    #[test]
    fn among_events_the_newest_id_decides(
        (facts, newest) in proptest::collection::btree_map(1..1000_i64, either(), 1..8).prop_flat_map(|by_id| {
            let newest = *by_id.values().next_back().unwrap();
            let facts: Vec<_> = by_id.into_iter().map(|(id, status)| told(id, status)).collect();
            let twice: Vec<_> = facts.iter().cloned().chain(facts.iter().cloned()).collect();
            (Just(twice).prop_shuffle(), Just(newest))
        }),
    ) {
        prop_assert_eq!(status(&merged(&facts)), newest);
    }
}
