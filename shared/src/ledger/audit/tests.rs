//! Entries about the difference of two documents, and their form.

use jiff::Timestamp;

use super::{AuditEvent, Entry, recorded_of};
use crate::ledger::{Access, AccessState, Environment, Trainer};
use crate::model::failure::{Cause, Trouble};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn with(access: Access) -> Trainer {
    Trainer {
        access: [(access.project.clone(), access)].into(),
        ..Trainer::default()
    }
}

fn access(state: AccessState, second: i64) -> Access {
    Access::new(&"streets".into(), state, at(second))
}

fn failed(access: Access) -> Access {
    Access {
        trouble: Some(Trouble {
            cause: Cause::Transient,
            reason: "503".into(),
        }),
        ..access
    }
}

fn events(before: &Trainer, after: Trainer) -> (Trainer, Vec<AuditEvent>) {
    let project = "streets".into();
    let tried = [&project].into();
    let (after, entries) = recorded_of(before, after, &tried, &Environment::default());
    let events = entries.into_iter().map(|it: Entry| it.event).collect();
    (after, events)
}

#[test]
fn an_intent_is_recorded_with_its_result() {
    let before = with(access(AccessState::Removing, 1));
    let (after, found) = events(&before, with(access(AccessState::Removed, 2)));
    let expected = [AuditEvent::RemovalAsked, AuditEvent::RemovalProven];
    assert_eq!(found, expected);
    assert!(after.access.values().all(|it| !it.unrecorded));
    assert_eq!(events(&after, after.clone()).1, []);
}

#[test]
fn a_repeat_that_fails_the_same_way_is_no_news() {
    let before = with(access(AccessState::Removing, 1));
    let (first, found) = events(&before, with(failed(access(AccessState::Removing, 2))));
    let expected = [AuditEvent::RemovalAsked, AuditEvent::Unconfirmed];
    assert_eq!(found, expected);
    let (second, found) = events(&first, with(failed(access(AccessState::Removing, 3))));
    assert_eq!(found, []);
    let (_, found) = events(&second, with(access(AccessState::Removed, 4)));
    assert_eq!(found, [AuditEvent::RemovalProven]);
}

#[test]
fn an_accepted_invitation_is_confirmed() {
    let mut invited = access(AccessState::Invited, 1);
    invited.unrecorded = false;
    let (_, found) = events(&with(invited), with(access(AccessState::Granted, 2)));
    assert_eq!(found, [AuditEvent::Confirmed]);
}

#[test]
fn names_and_codes_are_unique() {
    let mut names: Vec<_> = AuditEvent::ALL.iter().map(|it| it.name()).collect();
    let mut codes: Vec<_> = AuditEvent::ALL.iter().map(|it| it.code()).collect();
    for all in [&mut names, &mut codes] {
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}

#[test]
fn an_event_of_a_later_version_is_read() {
    let entry = r#"{"event":"access.moved","at":"2026-06-12T00:00:00Z"}"#;
    let entry: Entry = serde_json::from_str(entry).unwrap();
    assert_eq!(entry.event, AuditEvent::Unknown);
}
