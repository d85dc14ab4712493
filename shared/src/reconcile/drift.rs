//! Differences between OpenTrain and the ledger, as facts. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::absence::{self, Look};
use super::difference::{Difference, LinkWord, known_hire};
use super::findings::What;
use super::heard::{Heard, Roster};
use super::snapshot::Snapshot;
use super::{emails, endpoint};
use crate::ledger::{Hire, HireStatus, Link, Looks, Source};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{InstallId, LinkId};
use crate::model::person::Participant;
use crate::provision::fact::ContractFact;
use crate::provision::merge;

/// After a token has been refused for this long, there is an alarm, and the connection grants no new access.
const REFUSED_FOR: Duration = Duration::from_secs(3600);

/// Compares one connection. Adds notes for the operator to `heard`.
pub fn compare(
    snapshot: &Snapshot,
    heard: &mut Heard,
    confirm_after: Duration,
    now: Timestamp,
    into: &mut Difference,
) {
    let name = heard.connection.clone();
    if let Some((install, asked_at)) = &heard.install {
        let known = snapshot.environment.installs.get(&name).cloned();
        if merge::install(known, install, *asked_at, now).is_some() {
            into.installs
                .push((name.clone(), install.clone(), *asked_at));
        }
    }
    let look = Look { now, confirm_after };
    let (absent, mut looks) = absence::weigh(snapshot, heard, look);
    into.links.extend(links(snapshot, heard));
    into.facts.extend(facts(snapshot, heard));
    into.facts.extend(emails::facts(snapshot, heard));
    into.absent.push(absent);
    refused(snapshot, heard, &mut looks, now, into);
    into.looks.insert(name.clone(), looks);
    let endpoints = endpoint::to_enable(heard);
    into.endpoints
        .extend(endpoints.into_iter().map(|id| (name.clone(), id)));
}

/// A token that was refused for an hour may belong to a revoked install. A token of another organisation shows that
/// organisation's contracts. In both cases trainers keep their access, and no new access is granted.
fn refused(
    snapshot: &Snapshot,
    heard: &mut Heard,
    looks: &mut Looks,
    now: Timestamp,
    into: &mut Difference,
) {
    let since = looks.refused.map_or(now, |since| since.min(now));
    looks.refused = heard.refused.then_some(since);
    let known = snapshot.environment.installs.get(&heard.connection);
    let is_noted = known.is_some_and(|install| install.refused);
    let is_long = heard.refused && after(since, REFUSED_FOR) <= now;
    heard.refused_long = is_long || heard.foreign;
    if heard.refused_long && !is_noted {
        into.refused.push(heard.connection.clone());
    }
}

fn links<'a>(snapshot: &'a Snapshot, heard: &'a Heard) -> impl Iterator<Item = LinkWord> + 'a {
    let known = move |id: &LinkId| snapshot.link(&heard.connection, id).cloned();
    let earlier = heard.earlier.iter().filter_map(move |id| {
        Some(Link {
            install: Some(earlier_install(snapshot, heard)),
            ..known(id)?
        })
    });
    let all = heard.links.iter().cloned().chain(earlier);
    all.filter_map(move |link| {
        let old = known(&link.id);
        let is_new = old.as_ref().is_none_or(|old| old.removed && old.absent);
        let what = is_new.then(|| What::LinkFound {
            link: link.id.clone(),
            project: link.project.clone(),
        });
        let connection = heard.connection.clone();
        link.merged_onto(old).is_some().then_some(LinkWord {
            connection,
            link,
            what,
        })
    })
}

/// The id of the install before this one if it is known, or a placeholder.
fn earlier_install(snapshot: &Snapshot, heard: &Heard) -> InstallId {
    let known = snapshot
        .environment
        .installs
        .get(&heard.connection)
        .and_then(|known| known.id.clone());
    let now = heard.install.as_ref().map(|(install, _)| &install.id);
    known
        .filter(|known| Some(known) != now)
        .unwrap_or_else(|| InstallId::from("an earlier one"))
}

/// One fact for each hire whose state in the lists differs from the ledger.
///
/// A contract is in the list of each link of its job. If one list has it as ended, it has ended at every link,
/// including those of an earlier install and of other connections of the same organisation.
fn facts(snapshot: &Snapshot, heard: &Heard) -> Vec<ContractFact> {
    let name = &heard.connection;
    let over = heard.rosters.iter().flat_map(|it| it.ended.keys());
    let over: BTreeSet<_> = over.collect();
    let mut facts = BTreeMap::new();
    for roster in &heard.rosters {
        let source = Source::Api {
            asked_at: roster.asked_at,
        };
        let ended = roster.ended.iter().flat_map(|(contract, last_day)| {
            let hires = snapshot.hires_covered_by(name, contract);
            hires.map(move |hire| (hire, *last_day))
        });
        let ended = ended.filter(|(hire, _)| !snapshot.has_ended(hire));
        let ended =
            ended.map(|(hire, day)| known_hire(hire, HireStatus::Ended, day, source.clone()));
        let own = snapshot.hires_of(name, &roster.link.id);
        let runs = |hire: &Hire| {
            roster.active.contains_key(&hire.contract) && !over.contains(&hire.contract)
        };
        let waits = |hire: &Hire| hire.unconfirmed || snapshot.has_ended(hire);
        let revived = own.filter(|it| waits(it) && runs(it));
        let revived =
            revived.map(|hire| known_hire(hire, HireStatus::Active, None, source.clone()));
        let found = found(name, roster, roster.asked_at);
        let found =
            found.filter(|it| it.status == HireStatus::Ended || !over.contains(&it.contract));
        for fact in ended.chain(revived).chain(found) {
            let trainer = fact.participant.opentrain_user_id.clone();
            let link = fact.place.as_ref().map(|place| place.link.clone());
            facts.insert((fact.contract.clone(), link, trainer), fact);
        }
    }
    facts.into_values().collect()
}

/// The contracts that are new to the ledger.
fn found(
    connection: &ConnectionName,
    roster: &Roster,
    asked_at: Timestamp,
) -> impl Iterator<Item = ContractFact> {
    roster.people.iter().flat_map(move |(contract, people)| {
        let running = roster.active.get(contract).copied().flatten();
        let first_day = running.or(roster.first_days.get(contract).copied());
        let fact = move |person: &Participant| {
            let (link, person) = (&roster.link, person.clone());
            let fact = ContractFact::seen_running(
                connection, link, contract, first_day, person, asked_at,
            )?;
            Some(match roster.ended.get(contract) {
                Some(last_day) => fact.ended_on(*last_day),
                None => fact,
            })
        };
        people.iter().filter_map(fact)
    })
}
