//! Events, as the provisioner records them.

use jiff::civil::Date;

use super::{Model, PROJECTS, TRAINERS};
use crate::ledger::{Access, AccessState, Environment, HireStatus, Policy, Source, entitlements};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::person::Participant;
use crate::provision::fact::{ContractFact, HirePlace};
use crate::provision::merge;

impl Model {
    /// The facts of one event, one for each link.
    pub(super) fn facts(
        &self,
        at: usize,
        status: HireStatus,
        last: Option<Date>,
    ) -> Vec<ContractFact> {
        let contract = &self.contracts[at];
        let fact = |(link, connection, project): (&str, &str, &str)| ContractFact {
            connection: ConnectionName::parse(connection).unwrap(),
            contract: contract.id.as_str().into(),
            place: Some(HirePlace {
                link: link.into(),
                project: project.into(),
                managed: false,
            }),
            participant: Participant::unknown(TRAINERS[contract.trainer].into()),
            first_day: Some(contract.first),
            last_day: last,
            status,
            source: Source::Event {
                id: self.events.to_string().as_str().into(),
                created_at: Some(self.rig.clock.now()),
            },
        };
        contract.links().map(fact).collect()
    }

    /// Merges a fact as the provisioner does, and grants or revokes access.
    pub(super) async fn merge(&mut self, at: usize, fact: ContractFact) {
        let ledger = &self.rig.reporter.ledger;
        let id: TrainerId = TRAINERS[self.contracts[at].trainer].into();
        let stored = ledger.document(&id).await.unwrap();
        let environment = Environment::default();
        let now = self.rig.clock.now();
        let facts = std::slice::from_ref(&fact);
        let mut trainer = merge::trainer(&stored.trainer, facts, &environment, now).trainer;
        let hires: Vec<_> = trainer.hires.iter().collect();
        ledger.enroll(&hires).await.unwrap();
        let due = entitlements(&trainer, &environment, &Policy::default());
        let live = trainer
            .hires
            .iter()
            .zip(due)
            .filter(|(_, it)| it.protects());
        let live: Vec<ProjectId> = live.map(|(hire, _)| hire.project.clone()).collect();
        for project in PROJECTS.map(ProjectId::from) {
            let state = match live.contains(&project) {
                true => AccessState::Granted,
                false => AccessState::Removed,
            };
            let known = trainer.access.get(&project).map(|it| it.state);
            if known != Some(state) && (known.is_some() || state == AccessState::Granted) {
                let access = Access::new(&project, state, now);
                trainer.access.insert(project, access);
            }
        }
        ledger
            .put_document(&id, &trainer, stored.expect)
            .await
            .unwrap();
    }
}
