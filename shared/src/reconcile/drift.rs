//! What OpenTrain says and the ledger doesn't: snapshot + heard → facts. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::difference::{Difference, LinkWord};
use super::endpoint;
use super::heard::{Heard, Roster};
use super::outcome::What;
use super::snapshot::Snapshot;
use crate::connection::ConnectionName;
use crate::ids::{InstallId, LinkId};
use crate::ledger::{Hire, HireStatus, Link};
use crate::person::Participant;
use crate::provision::fact::{ContractFact, HirePlace, Source};
use crate::provision::merge;

/// Compares one connection; what an operator has to see of its endpoints is noted in `heard`.
pub fn compare(snapshot: &Snapshot, heard: &mut Heard, now: Timestamp, into: &mut Difference) {
    let name = heard.connection.clone();
    if let Some((install, asked_at)) = &heard.install {
        let known = snapshot.environment.installs.get(&name).cloned();
        if merge::install(known, install, *asked_at, now).is_some() {
            into.installs
                .push((name.clone(), install.clone(), *asked_at));
        }
    }
    into.links.extend(links(snapshot, heard, now));
    into.facts.extend(facts(snapshot, heard));
    let endpoints = endpoint::to_enable(heard);
    into.endpoints
        .extend(endpoints.into_iter().map(|id| (name.clone(), id)));
}

fn links<'a>(
    snapshot: &'a Snapshot,
    heard: &'a Heard,
    now: Timestamp,
) -> impl Iterator<Item = LinkWord> + 'a {
    let known = move |id: &LinkId| snapshot.link(&heard.connection, id).cloned();
    let gone = heard.gone.iter().filter_map(move |id| {
        Some(Link {
            removed: true,
            at: now,
            ..known(id)?
        })
    });
    let earlier = heard.earlier.iter().filter_map(move |id| {
        Some(Link {
            install: Some(earlier_install(snapshot, heard)),
            ..known(id)?
        })
    });
    let all = heard.links.iter().cloned().chain(gone).chain(earlier);
    all.filter_map(move |link| {
        let old = known(&link.id);
        let id = link.id.clone();
        let what = match (&old, link.removed) {
            (_, true) => Some(What::LinkGone { link: id }),
            (None, _) => Some(What::LinkFound {
                link: id,
                project: link.project.clone(),
            }),
            (Some(_), _) => None,
        };
        let connection = heard.connection.clone();
        link.merged_onto(old).is_some().then_some(LinkWord {
            connection,
            link,
            what,
        })
    })
}

/// The install before this one, where we know it; else a name that is no install's.
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

/// One fact for each hire that is not as the ledger has it.
///
/// A contract stands on the list of each of its job's links. One that any list has as ended has ended at
/// every link, those of an earlier install too, and runs nowhere.
fn facts(snapshot: &Snapshot, heard: &Heard) -> Vec<ContractFact> {
    let name = &heard.connection;
    let over: BTreeSet<_> = heard.rosters.iter().flat_map(|it| &it.ended).collect();
    let mut facts = BTreeMap::new();
    for roster in &heard.rosters {
        let source = Source::Api {
            asked_at: roster.asked_at,
        };
        let told = roster.ended.iter();
        let told = told.flat_map(|contract| snapshot.hires_on(name, contract));
        let own = || snapshot.hires_of(name, &roster.link.id);
        let listed = |hire: &Hire| roster.active.contains_key(&hire.contract);
        let missing = own().filter(|hire| roster.complete && !listed(hire));
        let ended = told.chain(missing).filter(|it| !snapshot.has_ended(it));
        let ended = ended.map(|hire| known_hire(hire, HireStatus::Ended, source.clone()));
        let runs = |hire: &Hire| listed(hire) && !over.contains(&hire.contract);
        let waits = |hire: &Hire| hire.unconfirmed || snapshot.has_ended(hire);
        let revived = own().filter(|it| waits(it) && runs(it));
        let revived = revived.map(|hire| known_hire(hire, HireStatus::Active, source.clone()));
        let found = found(name, roster, roster.asked_at).filter(|it| !over.contains(&it.contract));
        for fact in ended.chain(revived).chain(found) {
            let trainer = fact.participant.opentrain_user_id.clone();
            let link = fact.place.as_ref().map(|place| place.link.clone());
            facts.insert((fact.contract.clone(), link, trainer), fact);
        }
    }
    facts.into_values().collect()
}

/// A hire that is known, with its new status. Who it is stays: the person is not asked for again.
fn known_hire(hire: &Hire, status: HireStatus, source: Source) -> ContractFact {
    ContractFact {
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        place: Some(HirePlace {
            link: hire.link.clone(),
            project: hire.project.clone(),
            managed: hire.managed,
        }),
        participant: Participant::unknown(hire.trainer.clone()),
        first_day: None,
        last_day: None,
        status,
        source,
    }
}

/// The contracts that run and that the ledger did not know.
fn found(
    connection: &ConnectionName,
    roster: &Roster,
    asked_at: Timestamp,
) -> impl Iterator<Item = ContractFact> {
    roster.people.iter().flat_map(move |(contract, people)| {
        let first_day = roster.active.get(contract).copied().flatten();
        let fact = move |person: &Participant| {
            let (link, person) = (&roster.link, person.clone());
            ContractFact::seen_running(connection, link, contract, first_day, person, asked_at)
        };
        people.iter().filter_map(fact)
    })
}
