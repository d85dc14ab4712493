//! Facts that arrive after `bridge forget`.

use super::super::connected;
use super::*;
use crate::model::person::{Email, Participant};
use crate::provision::forget::without_personal_data;

/// The fact with a name and an address.
fn named(fact: ContractFact) -> ContractFact {
    let participant = Participant {
        display_name: Some("Maria K.".to_owned()),
        work_email: Email::parse("m@x.work"),
        ..fact.participant
    };
    ContractFact {
        participant,
        ..fact
    }
}

/// The fact of an event that does not say when it happened.
fn without_time(fact: ContractFact) -> ContractFact {
    ContractFact {
        source: Source::Event {
            id: "7".into(),
            created_at: None,
        },
        ..fact
    }
}

fn of_contract(contract: &str, fact: ContractFact) -> ContractFact {
    ContractFact {
        contract: contract.into(),
        ..fact
    }
}

/// A trainer whose contract the API listed as running and as ended, and who was forgotten in second 200.
fn forgotten() -> Trainer {
    let known = merged(&[named(seen(99, Active)), seen(100, Ended)]);
    assert!(known.member.display_name.is_some());
    without_personal_data(known, at(200))
}

/// Whether the name and the address are known after a fact of second 300.
fn after(trainer: &Trainer, fact: ContractFact) -> (bool, bool) {
    let member = merge::trainer(trainer, &[fact], &connected(), at(300))
        .trainer
        .member;
    (member.display_name.is_some(), !member.emails.is_empty())
}

#[test]
fn a_late_fact_brings_nothing_back() {
    for fact in [told(50, Active), told(51, Ended), seen(50, Active)] {
        assert_eq!(after(&forgotten(), named(fact)), (false, false));
    }
    let start = without_time(told(7, Active));
    assert_eq!(after(&forgotten(), named(start)), (false, false));
}

#[test]
fn a_new_hire_is_known_by_name() {
    let new = |fact| of_contract("ctr_2", named(fact));
    assert_eq!(after(&forgotten(), new(told(250, Active))), (true, true));
    assert_eq!(after(&forgotten(), new(seen(250, Active))), (true, true));
    let start = without_time(told(7, Active));
    assert_eq!(after(&forgotten(), new(start)), (true, true));
}

/// As from the queue of a restored backup, in a ledger that does not know that the contract has ended.
#[test]
fn an_older_hire_that_is_unknown_gets_access_without_the_name() {
    let nobody = without_personal_data(Trainer::default(), at(200));
    assert_eq!(after(&nobody, named(told(50, Active))), (false, true));
}

/// The removal looks for the address of a hire whose start was lost.
#[test]
fn an_end_of_an_unknown_contract_brings_the_address() {
    let end = of_contract("ctr_2", named(told(250, Ended)));
    assert_eq!(after(&forgotten(), end), (false, true));
}

#[test]
fn a_clock_that_was_ahead_keeps_no_new_name_away() {
    let ahead = without_personal_data(forgotten(), at(9_000_000));
    let new = of_contract("ctr_2", named(told(250, Active)));
    assert_eq!(after(&ahead, new), (true, true));
    assert_eq!(after(&ahead, named(told(50, Active))), (false, false));
}

#[test]
fn that_a_person_was_forgotten_outlasts_their_contracts() {
    let later = at(401 * 24 * 3600);
    let left = merge::trainer(&forgotten(), &[], &connected(), later).trainer;
    assert!(left.hires.is_empty());
    assert_eq!(left.member.erased_at(), Some(at(200)));
}
