//! Work e-mails.

use super::super::{connected, participant};
use super::*;
use crate::ledger::{Access, AccessState};
use crate::model::person::{Email, Participant};
use crate::provision::due;

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

fn emails(facts: &[ContractFact]) -> Option<Email> {
    merged(facts).member.addresses(|_| true).pop()
}

#[test]
fn the_newest_email_is_kept_and_a_missing_one_erases_nothing() {
    let new = with_email(told(2, Active), "new@x.work");
    let old = with_email(told(1, Active), "old@x.work");
    assert_eq!(emails(std::slice::from_ref(&new)), mail("new@x.work"));
    assert_eq!(emails(&[new.clone(), old]), mail("new@x.work"));
    assert_eq!(emails(&[new, told(3, Active)]), mail("new@x.work"));
}

/// The account may have been made: the removal looks for it.
#[test]
fn the_address_of_a_grant_whose_answer_is_not_known_is_kept() {
    let old = with_email(told(1, Active), "old@x.work");
    let new = with_email(told(2, Active), "new@x.work");
    let after = |state, by: &str, is_due: bool| {
        let mut known = merged(std::slice::from_ref(&old));
        let access = Access {
            granted_by: mail(by).map(|it| it.digest()),
            ..Access::new(&"streets".into(), state, at(1))
        };
        known.access.insert("streets".into(), access);
        known.due = is_due.then(|| due::begun(None, at(1), at(1)));
        let facts = std::slice::from_ref(&new);
        let merged = merge::trainer(&known, facts, &connected(), at(102)).trainer;
        let addresses = merged.member.addresses(|_| true);
        addresses
            .iter()
            .map(|it| it.expose().to_owned())
            .collect::<Vec<_>>()
    };
    let (kept, dropped) = (vec!["new@x.work", "old@x.work"], vec!["new@x.work"]);
    // The retries may have ended.
    assert_eq!(after(AccessState::Granting, "", true), kept);
    assert_eq!(after(AccessState::Granting, "", false), kept);
    // A grant by an earlier address, whose repeat by this one may have failed.
    assert_eq!(after(AccessState::Granted, "older@x.work", false), kept);
    assert_eq!(after(AccessState::Invited, "older@x.work", false), kept);
    assert_eq!(after(AccessState::Granted, "old@x.work", false), dropped);
    assert_eq!(after(AccessState::AwaitingEmail, "", true), dropped);
}

#[test]
fn an_email_that_comes_with_an_end_is_kept_beside_the_one_that_is_known() {
    let end = with_email(told(2, Ended), "m@x.work");
    assert_eq!(emails(std::slice::from_ref(&end)), mail("m@x.work"));
    let start = with_email(told(1, Active), "a@x.work");
    let known = merged(&[start, end]).member;
    let expected = [mail("a@x.work").unwrap(), mail("m@x.work").unwrap()];
    assert_eq!(known.addresses(|_| true), expected);
}

#[test]
fn an_email_of_a_clock_that_was_ahead_is_replaced_by_the_next_one() {
    let ahead = with_email(unordered(1, Active), "old@example.com");
    let next = with_email(told(2, Active), "new@example.com");
    let known = [(ahead, at(9_000_000)), (next, at(100))];
    let trainer = known
        .into_iter()
        .fold(Trainer::default(), |trainer, (fact, now)| {
            merge::trainer(&trainer, &[fact], &connected(), now).trainer
        });
    let emails: Vec<_> = trainer.member.emails.values().collect();
    assert_eq!(Some(&emails[0].email), mail("new@example.com").as_ref());
}
