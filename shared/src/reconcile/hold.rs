//! Holds removals that follow from absences, because a wrong answer must not remove all trainers. Holds no other
//! removals.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::difference::{Absent, Difference};
use super::guard::{Guard, Held};
use super::predict::{Ground, has_access, overlay, removes_access};
use super::snapshot::Snapshot;
use crate::ledger::{Hire, HireStatus};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{LinkId, TrainerId};
use crate::provision::fact::ContractFact;

/// If the lists state at once the ends of at least this many trainers' contracts, and of more than half of the
/// connection's trainers, the ends wait for a second look.
const MANY: usize = 10;

/// Adds the changes that follow from absences to `difference`, unless too many trainers would lose access. Returns the
/// holds.
pub(super) fn weigh(
    snapshot: &Snapshot,
    difference: &mut Difference,
    ground: &Ground,
) -> Vec<Held> {
    defer_many_ended(snapshot, difference, ground);
    let absent: Vec<_> = std::mem::take(&mut difference.absent)
        .into_iter()
        .filter(|absent| !absent.is_empty())
        .collect();
    let mut all_held = Vec::new();
    let mut losing_in_all = ground.elsewhere.losing.clone();
    let mut let_pass = Vec::new();
    if !absent.is_empty() {
        let base = overlay(snapshot, difference, ground.now).0;
        for absent in absent {
            let losing = losing(&base, &absent, ground);
            let live = people_of(snapshot, |hire| hire.connection == absent.connection);
            let is_forced = ground.forced.as_ref() == Some(&absent.connection);
            match is_held(snapshot, &absent, &losing, &live, ground.guard) && !is_forced {
                true => all_held.push((absent, losing, live.len())),
                false => {
                    difference.lifted |= is_forced && !losing.is_empty();
                    losing_in_all.extend(losing.iter().filter(|_| !is_forced).cloned());
                    let_pass.push((absent, losing, live.len(), is_forced));
                }
            }
        }
    }
    let everybody = &people_of(snapshot, |_| true) | &ground.elsewhere.people;
    let all_too_many = ground
        .guard
        .is_too_many(losing_in_all.len(), everybody.len());
    for (absent, losing, live, is_forced) in let_pass {
        match all_too_many && !losing.is_empty() && !is_forced {
            true => all_held.push((absent, losing, live)),
            false => difference.accept(absent),
        }
    }
    let held = all_held.into_iter();
    let held: BTreeMap<_, _> = held
        .map(|(absent, losing, live)| (absent.connection.clone(), (absent, losing, live)))
        .collect();
    note_holds(difference, held, ground.now)
}

/// Records the start of each connection's hold, and clears the holds of the others.
fn note_holds(
    difference: &mut Difference,
    held: BTreeMap<ConnectionName, (Absent, BTreeSet<TrainerId>, usize)>,
    now: Timestamp,
) -> Vec<Held> {
    for (connection, looks) in &mut difference.looks {
        looks.held = held
            .contains_key(connection)
            .then(|| looks.held.map_or(now, |since| since.min(now)));
    }
    let shown = held
        .into_iter()
        .map(|(connection, (absent, trainers, live))| {
            let looks = difference.looks.get(&connection);
            let since = looks.and_then(|looks| looks.held).unwrap_or(now);
            difference.held.push(absent);
            Held {
                connection,
                losing: trainers.len(),
                trainers,
                live,
                since,
            }
        });
    shown.collect()
}

/// Whether too many of the connection's own trainers would lose access, so that its removals are held.
pub(super) fn is_held(
    snapshot: &Snapshot,
    absent: &Absent,
    losing: &BTreeSet<TrainerId>,
    live: &BTreeSet<TrainerId>,
    guard: Guard,
) -> bool {
    let by_link = absent.ended_by_link().into_iter().any(|(link, people)| {
        let is_at = |hire: &Hire| hire.connection == absent.connection && hire.link == *link;
        let live = people_of(snapshot, is_at);
        let losing = people.iter().filter(|it| losing.contains(*it)).count();
        guard.is_too_many(losing, live.len())
    });
    // If a customer deletes the last link, there are no other links to compare with.
    let gone: BTreeSet<_> = absent.gone.iter().map(|it| &it.link.id).collect();
    let mut own = snapshot.links_of(&absent.connection);
    let is_last = !own.any(|link| !link.removed && !gone.contains(&link.id));
    let through_gone = people_of(snapshot, |hire| {
        hire.connection == absent.connection && gone.contains(&hire.link)
    });
    let by_links = through_gone.intersection(losing).count();
    by_link || (!is_last && guard.is_too_many(by_links, live.len()))
}

/// The trainers who would lose access by these absences.
fn losing(base: &Snapshot, absent: &Absent, ground: &Ground) -> BTreeSet<TrainerId> {
    let links = absent.gone.iter().map(|it| &it.link.id);
    let at_links = links.flat_map(|link| base.hires_of(&absent.connection, link));
    let mut concerned: BTreeSet<_> = at_links.map(|hire| hire.trainer.clone()).collect();
    let stated = absent.ended.iter();
    concerned.extend(stated.map(|fact| fact.participant.opentrain_user_id.clone()));
    let difference = Difference {
        links: absent.gone.clone(),
        facts: absent.ended.clone(),
        ..Difference::default()
    };
    let after = overlay(&base.only(&concerned), &difference, ground.now).0;
    let loses = |id: &TrainerId| {
        let (before, after_all) = (base.trainers.get(id), after.trainers.get(id));
        let loses = |state: &Snapshot, trainer| removes_access(state, trainer, ground);
        after_all.is_some_and(|it| loses(&after, it)) && !before.is_some_and(|it| loses(base, it))
    };
    concerned.into_iter().filter(loses).collect()
}

/// The trainers who have access through the hires for which `is_of` returns true.
pub(super) fn people_of(snapshot: &Snapshot, is_of: impl Fn(&Hire) -> bool) -> BTreeSet<TrainerId> {
    let people = snapshot.trainers.iter().filter(|(_, trainer)| {
        let mut hires = trainer.hires.iter().filter(|hire| is_of(hire));
        hires.any(|hire| trainer.access.get(&hire.project).is_some_and(has_access))
    });
    people.map(|(id, _)| id.clone()).collect()
}

/// If the lists state at once that most of a connection's contracts have ended, defers the ends to the second look.
fn defer_many_ended(snapshot: &Snapshot, difference: &mut Difference, ground: &Ground) {
    let mut ended: BTreeMap<ConnectionName, BTreeSet<TrainerId>> = BTreeMap::new();
    for fact in &difference.facts {
        if fact.status == HireStatus::Ended {
            let people = ended.entry(fact.connection.clone()).or_default();
            people.insert(fact.participant.opentrain_user_id.clone());
        }
    }
    let mut deferred = BTreeSet::new();
    for (connection, looks) in &mut difference.looks {
        let live = people_of(snapshot, |hire| hire.connection == *connection);
        let stated = ended.get(connection);
        let losing = stated.map_or(0, |stated| stated.intersection(&live).count());
        if losing < MANY || losing * 2 <= live.len() {
            looks.many_ended = None;
            continue;
        }
        let since = looks.many_ended.filter(|since| *since <= ground.now);
        let is_second =
            since.is_some_and(|since| after(since, ground.policy.confirm_after) <= ground.now);
        looks.many_ended = (!is_second).then(|| since.unwrap_or(ground.now));
        if !is_second {
            deferred.insert(connection.clone());
        }
    }
    let is_deferred = |fact: &ContractFact| {
        fact.status == HireStatus::Ended && deferred.contains(&fact.connection)
    };
    difference.deferred = difference
        .facts
        .iter()
        .filter(|it| is_deferred(it))
        .cloned()
        .collect();
    difference.facts.retain(|fact| !is_deferred(fact));
}

impl Absent {
    /// The trainers of the contracts that count as ended, by link.
    fn ended_by_link(&self) -> BTreeMap<&LinkId, BTreeSet<TrainerId>> {
        let mut by_link: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for fact in &self.ended {
            if let Some(place) = &fact.place {
                let people = by_link.entry(&place.link).or_default();
                people.insert(fact.participant.opentrain_user_id.clone());
            }
        }
        by_link
    }
}
