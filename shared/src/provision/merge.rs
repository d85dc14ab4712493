//! Old row + fact → new row. Pure; `None` means that the row stays as it is.
//!
//! Among events the newest id wins. Between an event and an answer of the API, which has no event id:
//! an answer wins over what was merged before the question was asked; after it, only an event that
//! happened later may start a contract again that the API said has ended.

use jiff::Timestamp;

use super::fact::{ContractFact, Source};
use crate::delivery::EventId;
use crate::ids::InstallId;
use crate::ledger::{Hire, HireStatus, Install, InstallStatus, Member};
use crate::opentrain;
use crate::person::Participant;

/// Merges a fact into a hire.
pub fn hire(old: Option<Hire>, fact: &ContractFact, now: Timestamp) -> Option<Hire> {
    let Some(old) = old else {
        return Some(first(fact, now));
    };
    match &fact.source {
        Source::Event { id, created_at } => from_event(old, fact, id, *created_at, now),
        Source::Api { asked_at } => (old.merged_at < *asked_at).then(|| Hire {
            seen_at: Some(*asked_at),
            merged_at: now,
            first_day: fact.first_day.or(old.first_day),
            ..moved(old, fact.status, now)
        }),
    }
}

fn first(fact: &ContractFact, now: Timestamp) -> Hire {
    let (as_of, seen_at) = match &fact.source {
        Source::Event { id, .. } => (Some(id.clone()), None),
        Source::Api { asked_at } => (None, Some(*asked_at)),
    };
    let at = |status| (fact.status == status).then(|| happened(fact, now));
    Hire {
        connection: fact.connection.clone(),
        contract: fact.contract.clone(),
        link: fact.link.clone(),
        trainer: fact.participant.opentrain_user_id.clone(),
        project: fact.project.clone(),
        managed: fact.managed,
        status: fact.status,
        as_of,
        seen_at,
        merged_at: now,
        first_day: fact.first_day,
        started_at: at(HireStatus::Active),
        ended_at: at(HireStatus::Ended),
    }
}

fn from_event(
    old: Hire,
    fact: &ContractFact,
    id: &EventId,
    created_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Hire> {
    if old.as_of.as_ref().is_some_and(|as_of| as_of >= id) {
        return None;
    }
    let revives = old.status == HireStatus::Ended && fact.status == HireStatus::Active;
    let seen_later = old
        .seen_at
        .is_some_and(|seen| created_at.is_none_or(|at| at <= seen));
    let status = if revives && seen_later {
        old.status
    } else {
        fact.status
    };
    let at = happened(fact, now);
    let first_day = fact.first_day.or(old.first_day);
    Some(Hire {
        as_of: Some(id.clone()),
        merged_at: now,
        first_day,
        ..moved(old, status, at)
    })
}

/// The hire in a new status, or in the one it had.
fn moved(old: Hire, status: HireStatus, at: Timestamp) -> Hire {
    if old.status == status {
        return old;
    }
    let (started_at, ended_at) = match status {
        HireStatus::Active => (Some(at), None),
        HireStatus::Ended => (old.started_at, Some(at)),
    };
    Hire {
        status,
        started_at,
        ended_at,
        ..old
    }
}

fn happened(fact: &ContractFact, now: Timestamp) -> Timestamp {
    match fact.source {
        Source::Event {
            created_at: Some(at),
            ..
        } => at,
        _ => now,
    }
}

/// Merges a participant's particulars. An e-mail that is withheld doesn't unmake the one we know, and one
/// that comes with an end is not taken: nothing will be sent to it.
pub fn member(old: Member, fact: &ContractFact) -> Option<Member> {
    let id = match &fact.source {
        Source::Event { id, .. } => Some(id),
        Source::Api { .. } => None,
    };
    let stale = matches!((id, &old.as_of), (Some(id), Some(as_of)) if id < as_of);
    let person = &fact.participant;
    let email = person
        .work_email
        .clone()
        .filter(|_| fact.status == HireStatus::Active);
    let new = if stale {
        Member {
            email: old.email.clone().or(email),
            ..old.clone()
        }
    } else {
        Member {
            email: email.or(old.email.clone()),
            as_of: id.cloned().or(old.as_of.clone()),
            ..particulars(old.clone(), person)
        }
    };
    (new != old).then_some(new)
}

fn particulars(old: Member, person: &Participant) -> Member {
    Member {
        display_name: person.display_name.clone().or(old.display_name),
        country: person.country.clone().or(old.country),
        profile_url: person.profile_url.clone().or(old.profile_url),
        ..old
    }
}

/// Merges an install as the API shows it. What was heard after the question was asked stays: the answer
/// may be the older of the two.
pub fn install(
    old: Option<Install>,
    seen: &opentrain::Install,
    asked_at: Timestamp,
    now: Timestamp,
) -> Option<Install> {
    let seen = Install::seen(seen, now);
    match old {
        Some(old) if old.at >= asked_at => None,
        Some(old) if old.id == seen.id && old.status == seen.status => None,
        _ => Some(seen),
    }
}

/// Merges the end of an install. A reconnect ends the old install and makes a new one: word of the old
/// one's end must not touch the new one.
pub fn revoked(old: Option<Install>, ended: Option<InstallId>, now: Timestamp) -> Option<Install> {
    if let Some(old) = old {
        let another = matches!((&old.id, &ended), (Some(known), Some(ended)) if known != ended);
        if another || old.status == InstallStatus::Revoked {
            return None;
        }
        return Some(Install {
            id: old.id.or(ended),
            status: InstallStatus::Revoked,
            at: now,
        });
    }
    Some(Install {
        id: ended,
        status: InstallStatus::Revoked,
        at: now,
    })
}
