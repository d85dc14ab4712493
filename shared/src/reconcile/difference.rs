//! Changes to the ledger.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::findings::{Drift, HireRef, Waits, What};
use crate::ledger::{Hire, HireStatus, Install, Link, Looks, Source};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{EndpointId, TrainerId};
use crate::model::person::Participant;
use crate::opentrain;
use crate::provision::fact::{ContractFact, HirePlace};

/// The changes that make the ledger agree with OpenTrain.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// Installs that are new or have another status, each with the time before its request.
    pub installs: Vec<(ConnectionName, opentrain::Install, Timestamp)>,
    /// Links that are new, gone, or recorded with other details.
    pub links: Vec<LinkWord>,
    /// Contracts that run or have ended.
    pub facts: Vec<ContractFact>,
    /// Endpoints to enable.
    pub endpoints: Vec<(ConnectionName, EndpointId)>,
    /// Changes that follow from absences, before the guard has checked them.
    pub absent: Vec<Absent>,
    /// Changes that follow from absences, held by the guard.
    pub held: Vec<Absent>,
    /// Whether an operator's `--force` has lifted a hold.
    pub lifted: bool,
    /// Ends that the lists state for most contracts of a connection at once. They count at the second look.
    pub deferred: Vec<ContractFact>,
    /// The looks to store.
    pub looks: BTreeMap<ConnectionName, Looks>,
    /// Connections whose token OpenTrain has refused for an hour.
    pub refused: Vec<ConnectionName>,
}

/// Changes that follow from two looks at one connection's lists.
#[derive(Debug, Clone)]
pub struct Absent {
    /// The connection.
    pub connection: ConnectionName,
    /// Links that are gone.
    pub gone: Vec<LinkWord>,
    /// Contracts that have ended.
    pub ended: Vec<ContractFact>,
}

impl Absent {
    /// Whether there are no changes.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.ended.is_empty()
    }
}

/// A link to record.
#[derive(Debug, Clone)]
pub struct LinkWord {
    /// The connection.
    pub connection: ConnectionName,
    /// The link.
    pub link: Link,
    /// The difference to show; `None` if only details of the link change.
    pub what: Option<What>,
}

impl Difference {
    /// Adds the changes that follow from absences to the other changes.
    pub(super) fn accept(&mut self, absent: Absent) {
        self.links.extend(absent.gone);
        self.facts.extend(absent.ended);
    }

    /// Earliest time at which a second look counts; `None` if no absence waits for one.
    pub(super) fn second_look(&self, confirm_after: Duration, now: Timestamp) -> Option<Timestamp> {
        let first = self.looks.values().flat_map(|looks| {
            let links = looks.links.values().chain(looks.contracts.values());
            links.chain(&looks.many_ended)
        });
        let due = first.map(|since| after(*since, confirm_after));
        due.filter(|due| *due > now).min()
    }

    /// The differences that wait for an operator or for a second look, to show them.
    pub(super) fn waiting(&self) -> Vec<Drift> {
        let links = self.held.iter().flat_map(|it| &it.gone);
        let links = links.filter_map(|it| Some((&it.connection, it.what.clone()?)));
        let ended = self.held.iter().flat_map(|it| &it.ended);
        let word = |fact: &'_ ContractFact| Some((fact.connection.clone(), hire_word(fact)?));
        let held = links.map(|(name, what)| (name.clone(), what));
        let held = held.chain(ended.filter_map(word));
        let held = held.map(|(name, what)| waits(name, what, Waits::Operator));
        let deferred = self.deferred.iter().filter_map(word);
        let deferred = deferred.map(|(name, what)| waits(name, what, Waits::SecondLook));
        held.chain(deferred).collect()
    }

    /// The facts by trainer.
    pub(super) fn facts_by_trainer(&self) -> BTreeMap<TrainerId, Vec<ContractFact>> {
        let mut facts: BTreeMap<TrainerId, Vec<ContractFact>> = BTreeMap::new();
        for fact in &self.facts {
            let trainer = fact.participant.opentrain_user_id.clone();
            facts.entry(trainer).or_default().push(fact.clone());
        }
        facts
    }

    /// The differences to show, before the repair.
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
            .filter_map(|fact| Some((&fact.connection, hire_word(fact)?)));
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
        all.map(unrepaired).collect()
    }
}

fn unrepaired((connection, what): (&ConnectionName, What)) -> Drift {
    Drift {
        connection: connection.clone(),
        what,
        repaired: false,
        waits: None,
    }
}

fn waits(connection: ConnectionName, what: What, waits: Waits) -> Drift {
    Drift {
        waits: Some(waits),
        ..unrepaired((&connection, what))
    }
}

pub(super) fn install_word(install: &opentrain::Install) -> What {
    let status = Install::seen(install, Timestamp::UNIX_EPOCH).status;
    What::Install {
        install: install.id.clone(),
        status,
    }
}

/// The difference of a fact; `None` for an end without a link.
pub(super) fn hire_word(fact: &ContractFact) -> Option<What> {
    let Some(place) = &fact.place else {
        return (fact.status == HireStatus::Active).then(|| What::EmailChanged {
            contract: fact.contract.clone(),
            trainer: fact.participant.opentrain_user_id.clone(),
        });
    };
    let hire = HireRef {
        contract: fact.contract.clone(),
        link: place.link.clone(),
        project: place.project.clone(),
        trainer: fact.participant.opentrain_user_id.clone(),
    };
    Some(match fact.status {
        HireStatus::Active => What::HireFound(hire),
        HireStatus::Ended => What::HireEnded(hire),
    })
}

/// The fact of a known hire with a new status. It contains only the trainer's id, so the recorded details stay.
pub(super) fn known_hire(
    hire: &Hire,
    status: HireStatus,
    last_day: Option<Date>,
    source: Source,
) -> ContractFact {
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
        last_day,
        status,
        source,
    }
}
