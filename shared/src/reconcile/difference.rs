//! What has to be written, as a value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::outcome::{Drift, HireRef, What};
use crate::connection::ConnectionName;
use crate::ids::{EndpointId, TrainerId};
use crate::ledger::{HireStatus, Install, Link};
use crate::opentrain;
use crate::provision::fact::ContractFact;

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
    /// The facts, by the trainer that they are about.
    pub(super) fn facts_by_trainer(&self) -> BTreeMap<TrainerId, Vec<ContractFact>> {
        let mut facts: BTreeMap<TrainerId, Vec<ContractFact>> = BTreeMap::new();
        for fact in &self.facts {
            let trainer = fact.participant.opentrain_user_id.clone();
            facts.entry(trainer).or_default().push(fact.clone());
        }
        facts
    }

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

/// The difference that a fact is; none where the fact names no link.
pub(super) fn hire_word(fact: &ContractFact) -> Option<What> {
    let place = fact.place.as_ref()?;
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
