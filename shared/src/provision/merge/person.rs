//! Personal data in a fact: the work e-mail, name, country and profile.

use jiff::Timestamp;

use crate::ledger::{AccessState, Environment, HireStatus, KnownEmail, Member, Trainer};
use crate::model::person::Email;
use crate::provision::fact::ContractFact;

/// Merges what a fact of this time states about the person. The fact's hire is merged already; `was_known` says whether
/// it was known before. After an erasure, a fact adds personal data only if a hire is active.
pub(super) fn merge(
    document: &mut Trainer,
    fact: &ContractFact,
    as_of: Timestamp,
    was_known: bool,
    environment: &Environment,
) {
    let is_kept = document.member.erased_at().is_none() || is_hired(document, environment);
    // If the hire was unknown until its end, the removal needs the address to find the account.
    if is_kept || (fact.status == HireStatus::Ended && !was_known) {
        email(document, fact, as_of);
    }
    if is_kept {
        particulars(&mut document.member, fact, as_of);
    }
}

/// Whether a hire of the trainer runs.
fn is_hired(document: &Trainer, environment: &Environment) -> bool {
    document.hires.iter().any(|hire| {
        hire.start.is_some()
            && environment.end_of(document, hire).is_none()
            && !environment.is_link_removed(hire)
            && !environment.is_install_gone(hire)
    })
}

/// Merges a participant's e-mail. A missing one does not erase a known one. The e-mail of an end is kept beside the one
/// that is known: an account may have either.
fn email(document: &mut Trainer, fact: &ContractFact, as_of: Timestamp) {
    let Some(email) = &fact.participant.work_email else {
        return;
    };
    let known = document.member.emails.get(&fact.connection);
    let may_be_used = known.is_some_and(|known| may_be_used(document, &known.email));
    let known = document.member.emails.entry(fact.connection.clone());
    let known = known.or_insert_with(|| KnownEmail::new(email.clone(), as_of));
    match fact.status {
        HireStatus::Active if known.as_of <= as_of => {
            known.replace(email.clone(), as_of, may_be_used);
        }
        HireStatus::Ended => known.keep(email.clone()),
        HireStatus::Active => {}
    }
}

/// Whether an account may have been made by the address: the answer to a grant is not recorded, or was a failure.
fn may_be_used(document: &Trainer, address: &Email) -> bool {
    use AccessState::{Granted, Granting, Invited};
    document.access.values().any(|access| match access.state {
        Granting => true,
        _ if document.due.is_some() => access.may_be_in(),
        Granted | Invited => {
            let by = access.granted_by.as_ref();
            by.is_some_and(|by| *by != address.digest())
        }
        _ => false,
    })
}

/// Merges a participant's particulars. A missing one does not erase a known one.
fn particulars(member: &mut Member, fact: &ContractFact, as_of: Timestamp) {
    let participant = &fact.participant;
    let stated = [
        &participant.display_name,
        &participant.country,
        &participant.profile_url,
    ];
    let is_stated = stated.into_iter().any(Option::is_some);
    if is_stated && member.as_of.is_none_or(|known| known <= as_of) {
        let or = |new: &Option<String>, old: &mut Option<String>| new.clone().or(old.take());
        member.display_name = or(&participant.display_name, &mut member.display_name);
        member.country = or(&participant.country, &mut member.country);
        member.profile_url = or(&participant.profile_url, &mut member.profile_url);
        member.as_of = Some(as_of);
    }
}
