//! Contracts: hiring, funding and ending.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Misuse, OpenTrain,
    budget::Budget,
    event::{Draft, EventType},
    milestone::{Milestone, MilestoneStatus},
    public::hire::Hire,
    usage::{Row, UsageRow},
    world::World,
};
use crate::clock::iso;

/// Status of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContractStatus {
    /// Hired.
    Active,
    /// Ended.
    Ended,
}

impl ContractStatus {
    pub(crate) const NAMES: [&'static str; 2] = ["active", "ended"];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "ended" => Some(Self::Ended),
            _ => None,
        }
    }
}

/// A contract, for inspection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractView {
    /// The id.
    pub id: String,
    /// Status of the contract.
    pub status: ContractStatus,
    /// Its job.
    pub job_id: String,
    /// The hired trainer.
    pub trainer_id: Option<String>,
    /// The state of its budget.
    pub budget: Budget,
}

pub(crate) struct Contract {
    pub(crate) id: String,
    pub(crate) job_id: String,
    pub(crate) trainer_id: Option<String>,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) usage: BTreeMap<(String, Date), Row>,
    pub(crate) last_usage: Option<Timestamp>,
    /// Seconds in OpenTrain's own time tracker.
    pub(crate) tracked: u64,
}

impl Contract {
    fn new(id: String, job_id: &str, trainer_id: Option<&str>, now: Timestamp) -> Self {
        Self {
            id,
            job_id: job_id.to_owned(),
            trainer_id: trainer_id.map(str::to_owned),
            started: now,
            ended: None,
            milestones: Vec::new(),
            usage: BTreeMap::new(),
            last_usage: None,
            tracked: 0,
        }
    }

    pub(crate) fn status(&self) -> ContractStatus {
        match self.ended {
            None => ContractStatus::Active,
            Some(_) => ContractStatus::Ended,
        }
    }

    /// The members that the API and the events have in common.
    pub(crate) fn body(&self, title: &str) -> Value {
        json!({
            "id": self.id,
            "status": self.status(),
            "title": title,
            "jobId": self.job_id,
            "startDate": iso(self.started),
            "endDate": self.ended.map(iso),
        })
    }

    /// The funded milestone that was added last.
    pub(crate) fn active_milestone(&self) -> Option<&Milestone> {
        let mut milestones = self.milestones.iter().rev();
        milestones.find(|own| own.status == MilestoneStatus::ActiveFunded)
    }

    pub(crate) fn created_at(&self) -> String {
        iso(self.started)
    }
}

impl OpenTrain {
    /// Hires a trainer. Emits `contract.started` once per link on the job.
    pub fn hire(&self, job: &str, trainer: &str) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|world| world.hire(job, trainer, now))
    }

    /// A contract without a trainer. No event is emitted.
    pub fn contract_without_trainer(&self, job: &str) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|world| world.add_contract(job, None, now))
    }

    /// Ends a contract. Emits `contract.ended` once per link on the job.
    pub fn end_contract(&self, contract: &str) -> Result<(), Misuse> {
        let now = self.now();
        self.change(|world| world.end_contract(contract, now))
    }

    /// Every contract, oldest first.
    pub fn contracts(&self) -> Vec<ContractView> {
        self.look(|world| world.contracts.iter().map(|own| world.view(own)).collect())
    }

    /// A contract's budget.
    pub fn budget(&self, contract: &str) -> Result<Budget, Misuse> {
        self.look(|world| Ok(world.budget(world.contract(contract)?)))
    }

    /// A contract's stored day totals, by worker and day.
    pub fn usage(&self, contract: &str) -> Result<Vec<UsageRow>, Misuse> {
        self.look(|world| Ok(super::usage::rows(world.contract(contract)?)))
    }
}

impl World {
    pub(crate) fn contract(&self, id: &str) -> Result<&Contract, Misuse> {
        self.contracts.get(id).ok_or(Misuse::Unknown("contract"))
    }

    pub(crate) fn view(&self, contract: &Contract) -> ContractView {
        ContractView {
            id: contract.id.clone(),
            status: contract.status(),
            job_id: contract.job_id.clone(),
            trainer_id: contract.trainer_id.clone(),
            budget: self.budget(contract),
        }
    }

    pub(crate) fn hire(
        &mut self,
        job: &str,
        trainer: &str,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        self.hire_as(job, trainer, Hire::default(), now)
    }

    /// Hires a trainer on the terms of a proposal.
    pub(crate) fn hire_as(
        &mut self,
        job: &str,
        trainer: &str,
        hire: Hire,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        if !self.trainers.contains_key(trainer) {
            return Err(Misuse::Unknown("trainer"));
        }
        let contract = self.add_contract(job, Some(trainer), now)?;
        self.public.hires.insert(contract.clone(), hire);
        self.announce_contract(&contract, now)?;
        self.tell_of_contract(EventType::ContractStarted, &contract, now)?;
        Ok(contract)
    }

    fn add_contract(
        &mut self,
        job: &str,
        trainer: Option<&str>,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        let row = self.jobs.get_mut(job).ok_or(Misuse::Unknown("job"))?;
        let add = |id| Contract::new(id, job, trainer, now);
        let contract = self.contracts.add(add);
        row.contract_ids.push(contract.clone());
        Ok(contract)
    }

    pub(crate) fn end_contract(&mut self, id: &str, now: Timestamp) -> Result<(), Misuse> {
        let contract = self.contracts.get_mut(id);
        let contract = contract.ok_or(Misuse::Unknown("contract"))?;
        if contract.ended.replace(now).is_some() {
            return Err(Misuse::AlreadyDone("the contract has ended"));
        }
        self.tell_of_contract(EventType::ContractEnded, id, now)
    }

    /// Emits one event per link, with the link and the data that its install may see.
    fn tell_of_contract(
        &mut self,
        kind: EventType,
        id: &str,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let contract = self.contract(id)?;
        let trainer = contract.trainer_id.as_deref();
        let body = contract.body(&self.job(&contract.job_id)?.title);
        let mut drafts = Vec::new();
        for link in self.links_on(&contract.job_id) {
            let Some(install) = self.installs.get(&link.install_id) else {
                continue;
            };
            let freelancer = trainer.and_then(|id| self.trainers.get(id)).map(|trainer| {
                let origin = &self.public.origin;
                trainer.participant(install, self.email_in_events, origin)
            });
            let data = json!({"contract": body, "freelancer": freelancer, "projectLink": link});
            let draft = Draft::new(kind, id, data).on_job(Some(&contract.job_id));
            drafts.push((install.id.clone(), draft.about(trainer)));
        }
        for (install, draft) in drafts {
            self.emit(&install, draft, now);
        }
        Ok(())
    }
}
