//! What OpenTrain says and the ledger doesn't: snapshot + heard → facts. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::endpoint;
use super::heard::{Heard, Roster};
use super::outcome::{Drift, HireRef, What};
use super::snapshot::Snapshot;
use crate::connection::ConnectionName;
use crate::ids::{EndpointId, InstallId, LinkId};
use crate::ledger::{Hire, HireStatus, Install, Link};
use crate::opentrain;
use crate::person::Participant;
use crate::provision::fact::{ContractFact, Source};
use crate::provision::merge;

/// What has to be written so that the ledger says what OpenTrain says.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// Installs that are others or stand otherwise, each with the moment before it was asked for.
    pub installs: Vec<(ConnectionName, opentrain::Install, Timestamp)>,
    /// Links that are new, gone, or not noted as they are.
    pub links: Vec<LinkWord>,
    /// Contracts that run or have ended.
    pub facts: Vec<ContractFact>,
    /// Endpoints to enable.
    pub endpoints: Vec<(ConnectionName, EndpointId)>,
}

/// A link as it is to be recorded.
#[derive(Debug, Clone)]
pub struct LinkWord {
    /// Whose.
    pub connection: ConnectionName,
    /// The link.
    pub link: Link,
    /// What people are told of it; nothing where only particulars are brought up to date.
    pub what: Option<What>,
}

impl Difference {
    /// What people are told of it, before anything is mended.
    pub fn drift(&self) -> Vec<Drift> {
        let installs = self
            .installs
            .iter()
            .map(|(name, install, _)| (name, install_word(install)));
        let links = self
            .links
            .iter()
            .filter_map(|it| Some((&it.connection, it.what.clone()?)));
        let hires = self
            .facts
            .iter()
            .map(|fact| (&fact.connection, hire_word(fact)));
        let endpoints = self.endpoints.iter().map(|(name, endpoint)| {
            let endpoint = endpoint.clone();
            (
                name,
                What::EndpointDisabled {
                    endpoint,
                    redelivered: None,
                },
            )
        });
        let all = installs.chain(links).chain(hires).chain(endpoints);
        let drift = |(connection, what): (&ConnectionName, What)| Drift {
            connection: connection.clone(),
            what,
            repaired: false,
        };
        all.map(drift).collect()
    }
}

pub(super) fn install_word(install: &opentrain::Install) -> What {
    let status = Install::seen(install, Timestamp::UNIX_EPOCH).status;
    What::Install {
        install: install.id.clone(),
        status,
    }
}

pub(super) fn hire_word(fact: &ContractFact) -> What {
    let hire = HireRef {
        contract: fact.contract.clone(),
        link: fact.link.clone(),
        project: fact.project.clone(),
        trainer: fact.participant.opentrain_user_id.clone(),
    };
    match fact.status {
        HireStatus::Active => What::HireFound(hire),
        HireStatus::Ended => What::HireEnded(hire),
    }
}

/// Compares one connection; what an operator has to see of its endpoints is noted in `heard`.
pub fn compare(snapshot: &Snapshot, heard: &mut Heard, now: Timestamp, into: &mut Difference) {
    let name = heard.connection.clone();
    if let Some((install, asked_at)) = &heard.install {
        let known = snapshot.installs.get(&name).cloned();
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
        link.over(old).is_some().then_some(LinkWord {
            connection,
            link,
            what,
        })
    })
}

/// The install before this one, where we know it; else a name that is no install's.
fn earlier_install(snapshot: &Snapshot, heard: &Heard) -> InstallId {
    let known = snapshot
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
        let ended = told
            .chain(missing)
            .filter(|it| it.status == HireStatus::Active);
        let ended = ended.map(|hire| known_hire(hire, HireStatus::Ended, source.clone()));
        let runs = |hire: &Hire| listed(hire) && !over.contains(&hire.contract);
        let revived = own().filter(|it| it.status == HireStatus::Ended && runs(it));
        let revived = revived.map(|hire| known_hire(hire, HireStatus::Active, source.clone()));
        let found = found(name, roster, &source).filter(|it| !over.contains(&it.contract));
        for fact in ended.chain(revived).chain(found) {
            let trainer = fact.participant.opentrain_user_id.clone();
            facts.insert((fact.contract.clone(), fact.link.clone(), trainer), fact);
        }
    }
    facts.into_values().collect()
}

/// A hire that is known, with its new status. Who it is stays: the person is not asked for again.
fn known_hire(hire: &Hire, status: HireStatus, source: Source) -> ContractFact {
    ContractFact {
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        link: hire.link.clone(),
        project: hire.project.clone(),
        managed: hire.managed,
        participant: Participant {
            opentrain_user_id: hire.trainer.clone(),
            display_name: None,
            country: None,
            profile_url: None,
            work_email: None,
        },
        first_day: None,
        status,
        source,
    }
}

/// The contracts that run and that the ledger did not know.
fn found(
    connection: &ConnectionName,
    roster: &Roster,
    source: &Source,
) -> impl Iterator<Item = ContractFact> {
    let link = &roster.link;
    let project = link.project.iter();
    project.flat_map(move |project| {
        roster.people.iter().flat_map(move |(contract, people)| {
            people.iter().map(move |participant| ContractFact {
                connection: connection.clone(),
                contract: contract.clone(),
                link: link.id.clone(),
                project: project.clone(),
                managed: link.managed,
                participant: participant.clone(),
                first_day: roster.active.get(contract).copied().flatten(),
                status: HireStatus::Active,
                source: source.clone(),
            })
        })
    })
}
