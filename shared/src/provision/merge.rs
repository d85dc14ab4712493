//! Document + facts → document. Pure; the order, repetition and delay of facts do not matter.
//!
//! The newest start of each hire and the newest end of each contract are kept ([`Stamp::order`]). A hire has
//! ended unless its start is known to be newer than the contract's end.

mod install;
mod person;

use std::time::Duration;

use jiff::Timestamp;

pub use self::install::{install, revoked};

use super::fact::{ContractFact, HirePlace};
use super::surroundings;
use crate::ledger::{
    ContractEnd, ContractKey, Environment, Hire, HireStatus, Source, Stamp, Trainer,
};
use crate::model::ConnectionName;
use crate::model::clock::before;
use crate::model::failure::Failure;
use crate::model::ids::InstallId;

/// Maximum number of open contracts of one connection in a document.
const MOST_CONTRACTS: usize = 200;

/// A start that arrives later than this after it happened grants nothing until the API has listed the contract as
/// active.
const OLD_START: Duration = Duration::from_secs(7 * 24 * 3600);

/// Result of a merge.
#[derive(Debug)]
pub struct Merged {
    /// The document with every fact that fits.
    pub trainer: Trainer,
    /// The trainer has more open contracts than a document holds: some starts were left out.
    pub refused: Option<Failure>,
}

/// Merges facts about one trainer, and deletes contracts that have been closed for 400 days.
pub fn trainer(
    old: &Trainer,
    facts: &[ContractFact],
    environment: &Environment,
    now: Timestamp,
) -> Merged {
    let mut new = old.clone();
    let mut refused = None;
    heal_clock(&mut new, now);
    // Ends make room for starts.
    let (ends, starts): (Vec<_>, Vec<_>) =
        facts.iter().partition(|it| it.status == HireStatus::Ended);
    for fact in ends.into_iter().chain(starts) {
        let stamp = stamp(fact, install_of(fact, environment).cloned(), now);
        let (as_of, was_known) = (stamp.happened_at(), find(&new, fact).is_some());
        match fact.status {
            HireStatus::Active => {
                let started = start(&mut new, fact, stamp, environment, now);
                refused = refused.or(started.err());
            }
            HireStatus::Ended => end(&mut new, fact, stamp),
        }
        person::merge(&mut new, fact, as_of, was_known, environment);
    }
    surroundings::bar(&mut new, old, environment);
    surroundings::keep_ends(&mut new, environment);
    new.prune(environment, now);
    let trainer = new;
    Merged { trainer, refused }
}

/// Whether a document holds exactly these facts already: a repeat. An event may name one contract at several links:
/// each of them is a fact of its own.
pub fn is_known(document: &Trainer, facts: &[ContractFact]) -> bool {
    facts.iter().all(|fact| {
        let hire = find(document, fact);
        let known = match fact.status {
            HireStatus::Active => hire.and_then(|hire| hire.start.as_ref()),
            HireStatus::Ended if fact.place.is_some() && hire.is_none() => None,
            HireStatus::Ended => document.ends.get(&key(fact)).map(|end| &end.stamp),
        };
        known.is_some_and(|known| {
            let again = stamp(fact, None, known.merged_at);
            again.source == known.source
        })
    })
}

/// The install that the fact came from. An event may be merged after a reconnect has made another install, so the
/// install of its link counts first.
fn install_of<'a>(fact: &ContractFact, environment: &'a Environment) -> Option<&'a InstallId> {
    let link = fact.place.as_ref().map(|place| &place.link);
    let link = link.and_then(|link| environment.link(&fact.connection, link));
    let of_link = link.and_then(|link| link.install.as_ref());
    match fact.source {
        Source::Event { .. } => of_link.or_else(|| environment.live_install(&fact.connection)),
        Source::Api { .. } | Source::Operator { .. } => environment.live_install(&fact.connection),
    }
}

fn stamp(fact: &ContractFact, install: Option<InstallId>, now: Timestamp) -> Stamp {
    let stamp = Stamp {
        source: fact.source.clone(),
        connection: fact.connection.clone(),
        install,
        merged_at: now,
    };
    stamp.not_after(now)
}

/// Replaces times in the future, which were written while a clock was wrong, by `now`. Personal data with such a time
/// counts as the oldest, so the next statement replaces it. An erasure stays known.
fn heal_clock(document: &mut Trainer, now: Timestamp) {
    for hire in &mut document.hires {
        hire.start = hire.start.as_ref().map(|start| start.not_after(now));
        hire.started_at = hire.started_at.map(|at| at.min(now));
    }
    for end in document.ends.values_mut() {
        end.stamp = end.stamp.not_after(now);
    }
    let member = &mut document.member;
    let oldest = member.erased_at().map(|_| Timestamp::MIN);
    member.as_of = member.as_of.filter(|at| *at <= now).or(oldest);
    for email in member.emails.values_mut().filter(|it| it.as_of > now) {
        email.as_of = Timestamp::MIN;
    }
    for access in document.access.values_mut() {
        access.at = access.at.min(now);
        access.not_found_since = access.not_found_since.map(|at| at.min(now));
    }
}

fn start(
    document: &mut Trainer,
    fact: &ContractFact,
    stamp: Stamp,
    environment: &Environment,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(place) = &fact.place else {
        return Ok(());
    };
    let runs = runs(document, fact, environment);
    let end = document.ends.get(&key(fact)).cloned();
    if let Some(hire) = document.hires.iter_mut().find(|hire| is_of(hire, fact)) {
        let ran = end.as_ref().is_none_or(|end| !hire.is_ended_by(end));
        let is_newer = hire
            .start
            .as_ref()
            .is_none_or(|old| stamp.is_newer_than(old));
        if is_newer {
            hire.unconfirmed = !runs && is_old(&stamp, now);
            hire.first_day = fact.first_day.or(hire.first_day);
            hire.started_at = hire
                .started_at
                .filter(|_| ran && hire.start.is_some())
                .or(Some(stamp.happened_at()));
            hire.start = Some(stamp);
        }
        return Ok(());
    }
    if !runs && document.open_contracts(environment, &fact.connection) >= MOST_CONTRACTS {
        return Err(Failure::wrong(format!(
            "the trainer has {MOST_CONTRACTS} open contracts on the connection {}, the most that are kept",
            fact.connection
        )));
    }
    document.hires.push(Hire {
        started_at: Some(stamp.happened_at()),
        unconfirmed: !runs && is_old(&stamp, now),
        start: Some(stamp),
        ..hire(fact, place)
    });
    Ok(())
}

/// Whether the document knows the fact's contract as running, at any link of the same organisation.
fn runs(document: &Trainer, fact: &ContractFact, environment: &Environment) -> bool {
    document.hires.iter().any(|hire| {
        hire.contract == fact.contract
            && environment.same_organization(&hire.connection, &fact.connection)
            && hire.start.is_some()
            && !hire.unconfirmed
            && environment.end_of(document, hire).is_none()
    })
}

fn end(document: &mut Trainer, fact: &ContractFact, stamp: Stamp) {
    if let Some(place) = &fact.place
        && find(document, fact).is_none()
    {
        // The hire is recorded, so that access is revoked even if the start was lost.
        document.hires.push(hire(fact, place));
    }
    let end = ContractEnd {
        stamp,
        last_day: fact.last_day,
    };
    let known = document.ends.get(&key(fact));
    if known.is_none_or(|known| end.stamp.replaces_end(&known.stamp)) {
        document.ends.insert(key(fact), end);
    }
}

/// Whether an event's start is too old to grant access by itself.
pub(super) fn is_old(stamp: &Stamp, now: Timestamp) -> bool {
    match stamp.source {
        Source::Event { created_at, .. } => {
            created_at.is_some_and(|at| at < before(now, OLD_START))
        }
        Source::Api { .. } | Source::Operator { .. } => false,
    }
}

/// The hire that a fact names, without its start.
pub(super) fn hire_of(fact: &ContractFact) -> Option<Hire> {
    fact.place.as_ref().map(|place| hire(fact, place))
}

fn hire(fact: &ContractFact, place: &HirePlace) -> Hire {
    Hire {
        connection: fact.connection.clone(),
        contract: fact.contract.clone(),
        link: place.link.clone(),
        trainer: fact.participant.opentrain_user_id.clone(),
        project: place.project.clone(),
        managed: place.managed,
        start: None,
        started_at: None,
        unconfirmed: false,
        barred: false,
        first_day: fact.first_day,
    }
}

fn find<'a>(document: &'a Trainer, fact: &ContractFact) -> Option<&'a Hire> {
    document.hires.iter().find(|hire| is_of(hire, fact))
}

fn is_of(hire: &Hire, fact: &ContractFact) -> bool {
    let link = fact.place.as_ref().map(|place| &place.link);
    hire.connection == fact.connection
        && hire.contract == fact.contract
        && link.is_none_or(|link| hire.link == *link)
}

fn key(fact: &ContractFact) -> ContractKey {
    ContractKey {
        connection: fact.connection.clone(),
        contract: fact.contract.clone(),
    }
}

/// The connections that facts came through.
pub(super) fn connections(facts: &[ContractFact]) -> impl Iterator<Item = &ConnectionName> {
    facts.iter().map(|fact| &fact.connection)
}
