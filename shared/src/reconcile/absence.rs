//! Absences from OpenTrain's lists. An absence counts at the second look, unless a hire was stated to run in between.
//! Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::difference::{Absent, LinkWord, known_hire};
use super::findings::What;
use super::heard::{EndedList, Heard, Roster};
use super::snapshot::Snapshot;
use crate::ledger::{Hire, HireStatus, Link, Looks, Source};
use crate::model::clock::after;
use crate::model::ids::ContractId;
use crate::provision::fact::ContractFact;

/// Time of this look, and the minimum time between the first look and a second one that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) now: Timestamp,
    pub(super) confirm_after: Duration,
}

impl Look {
    /// Start of the absence, and whether this look confirms it. If a hire was stated to run since the first look (at
    /// `mentioned`), this is the first look again.
    fn at(self, first: Option<Timestamp>, mentioned: Option<Timestamp>) -> (Timestamp, bool) {
        let lasts = |since: &Timestamp| mentioned.is_none_or(|at| at < *since);
        // A first look from the future was stored while the clock was wrong.
        let first = first.map(|since| since.min(self.now));
        match first.filter(lasts) {
            Some(since) => (since, after(since, self.confirm_after) <= self.now),
            None => (self.now, false),
        }
    }
}

/// Returns the absences that count now, and the looks to store. Adds notes for the operator to `heard`.
pub(super) fn weigh(snapshot: &Snapshot, heard: &mut Heard, look: Look) -> (Absent, Looks) {
    let before = snapshot.looks_of(&heard.connection);
    let mut looks = Looks {
        first: before.first.or(Some(look.now)),
        many_ended: before.many_ended,
        held: before.held,
        refused: before.refused,
        emails_until: heard.emails_until.clone(),
        ..Looks::default()
    };
    let gone = links(snapshot, heard, &before, &mut looks, look);
    let ended = contracts(snapshot, heard, &before, &mut looks, look);
    let absent = Absent {
        connection: heard.connection.clone(),
        gone,
        ended,
    };
    (absent, looks)
}

fn links(
    snapshot: &Snapshot,
    heard: &mut Heard,
    before: &Looks,
    looks: &mut Looks,
    look: Look,
) -> Vec<LinkWord> {
    let mut gone = Vec::new();
    if !heard.links_listed {
        looks.links.clone_from(&before.links);
        return gone;
    }
    for id in heard.gone.clone() {
        let known = snapshot.link(&heard.connection, &id);
        let Some(link) = known.filter(|link| !link.removed) else {
            continue;
        };
        let mentioned = newest(snapshot.hires_of(&heard.connection, &id));
        let (since, confirmed) = look.at(before.links.get(&id).copied(), mentioned);
        looks.links.insert(id.clone(), since);
        if !confirmed {
            let text = "OpenTrain does not list it. If the second look finds it missing too, ON_LINK_REMOVED decides about its trainers' access";
            heard.note(format!("link {id}"), text);
            continue;
        }
        gone.push(LinkWord {
            connection: heard.connection.clone(),
            link: Link {
                removed: true,
                absent: true,
                at: look.now,
                ..link.clone()
            },
            what: Some(What::LinkGone { link: id }),
        });
    }
    gone
}

/// The ends of contracts that are in neither list of a link. A single contract can't be read, so this only counts if
/// the list of ended contracts is full, and the contract may have dropped out of it.
fn contracts(
    snapshot: &Snapshot,
    heard: &mut Heard,
    before: &Looks,
    looks: &mut Looks,
    look: Look,
) -> Vec<ContractFact> {
    let listed = heard.rosters.iter();
    let listed: BTreeSet<_> = listed
        .flat_map(|it| it.active.keys().chain(it.ended.keys()))
        .cloned()
        .collect();
    let rosters = std::mem::take(&mut heard.rosters);
    let mut ended = BTreeMap::new();
    let mut uncounted = 0;
    for roster in &rosters {
        for hire in missing(snapshot, heard, roster, &listed) {
            let contract = &hire.contract;
            match (roster.complete, roster.ended_list) {
                (true, EndedList::Full) => {
                    let first = before.contracts.get(contract).copied();
                    let mentioned = newest(snapshot.hires_on(&heard.connection, contract));
                    let (since, confirmed) = look.at(first, mentioned);
                    looks.contracts.insert(contract.clone(), since);
                    if confirmed {
                        let source = Source::Api {
                            asked_at: roster.asked_at,
                        };
                        let end = known_hire(&hire, HireStatus::Ended, None, source);
                        let place = (contract.clone(), hire.link.clone(), hire.trainer.clone());
                        ended.insert(place, end);
                    }
                }
                (true, EndedList::Whole) => heard.note(
                    format!("contract {contract}"),
                    format!("link {} lists it neither as active nor as ended, though both lists are complete: nothing is done; ask OpenTrain about it, and end it with `bridge end` if it has ended", roster.link.id),
                ),
                _ => uncounted += 1,
            }
        }
    }
    if uncounted > 0 {
        heard.note("contracts", format!("{uncounted} contracts are in no list, and the lists may be cut off or could not be read: only an event or `bridge end` ends them"));
    }
    heard.rosters = rosters;
    keep_unseen(snapshot, heard, before, looks, &listed);
    ended.into_values().collect()
}

/// Keeps the looks at contracts of links that could not be read this time, unless another list contains the contract.
fn keep_unseen(
    snapshot: &Snapshot,
    heard: &Heard,
    before: &Looks,
    looks: &mut Looks,
    listed: &BTreeSet<ContractId>,
) {
    let surveyed: BTreeSet<_> = heard.rosters.iter().map(|it| &it.link.id).collect();
    for (contract, since) in &before.contracts {
        let mut hires = snapshot.hires_on(&heard.connection, contract);
        let is_unseen = hires.any(|hire| !surveyed.contains(&hire.link));
        if is_unseen && !listed.contains(contract) {
            looks.contracts.entry(contract.clone()).or_insert(*since);
        }
    }
}

/// The hires of a roster's link that run according to the ledger, and whose contracts are in no list.
fn missing(
    snapshot: &Snapshot,
    heard: &Heard,
    roster: &Roster,
    listed: &BTreeSet<ContractId>,
) -> Vec<Hire> {
    let own = snapshot.hires_of(&heard.connection, &roster.link.id);
    let missing = own.filter(|hire| !listed.contains(&hire.contract) && !snapshot.has_ended(hire));
    missing.cloned().collect()
}

/// Time of the last statement that one of these hires runs.
fn newest<'a>(hires: impl Iterator<Item = &'a Hire>) -> Option<Timestamp> {
    let starts = hires.filter_map(|hire| hire.start.as_ref());
    starts.map(|start| start.merged_at).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_look_from_the_future_counts_as_now() {
        let now = Timestamp::UNIX_EPOCH;
        let confirm_after = Duration::from_secs(600);
        let first = after(now, Duration::from_secs(24 * 3600));
        let look = Look { now, confirm_after };
        assert_eq!(look.at(Some(first), None), (now, false));
        let later = Look {
            now: after(now, confirm_after),
            confirm_after,
        };
        assert_eq!(later.at(Some(now), None), (now, true));
    }
}
