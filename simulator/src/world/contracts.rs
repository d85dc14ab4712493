//! Contracts: which install sees them, their start and their end.

use jiff::Timestamp;
use serde_json::json;

use super::World;
use crate::{
    kit::refusal::Refusal,
    model::{
        contract::{Contract, ContractView},
        event::{Draft, EventType},
        misuse::Misuse,
    },
};

impl World {
    pub(crate) fn contract(&self, id: &str) -> Result<&Contract, Misuse> {
        self.contracts.get(id).ok_or(Misuse::Unknown("contract"))
    }

    /// A contract on a job that the install links.
    pub(crate) fn seen_contract(&self, install: &str, id: &str) -> Result<&Contract, Refusal> {
        let contract = self.contracts.get(id);
        let contract = contract.filter(|own| self.sees(install, own));
        contract.ok_or_else(|| Refusal::not_found("contract"))
    }

    fn sees(&self, install: &str, contract: &Contract) -> bool {
        let mut links = self.links_on(&contract.job_id);
        links.any(|link| link.install_id == install)
    }

    /// The contracts on the jobs that the install links, or on the job of one of its links, newest first.
    pub(crate) fn seen_contracts<'a>(
        &'a self,
        install: &'a str,
        link: Option<&str>,
    ) -> Result<Box<dyn Iterator<Item = &'a Contract> + 'a>, Refusal> {
        let Some(link) = link else {
            let newest = self.contracts.iter().rev();
            return Ok(Box::new(newest.filter(move |own| self.sees(install, own))));
        };
        let job = self.link(install, link)?.job_id.as_deref();
        let job = job.and_then(|job| self.jobs.get(job));
        let ids = job.map(|job| job.contract_ids.as_slice());
        let newest = ids.unwrap_or_default().iter().rev();
        Ok(Box::new(newest.filter_map(|id| self.contracts.get(id))))
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

    /// Adds a contract, without emitting an event.
    pub(crate) fn add_contract(
        &mut self,
        job: &str,
        trainer: Option<&str>,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        if trainer.is_some_and(|id| !self.trainers.contains_key(id)) {
            return Err(Misuse::Unknown("trainer"));
        }
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
    pub(crate) fn tell_of_contract(
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
            let freelancer = trainer
                .and_then(|id| self.trainers.get(id))
                .map(|trainer| trainer.participant(install, self.email_in_events, &self.origin));
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
