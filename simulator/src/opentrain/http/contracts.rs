//! Endpoints 6 to 9.

use serde_json::{Value, json};

use super::Caller;
use crate::{
    opentrain::{
        contract::{Contract, ContractStatus},
        usage,
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, ok},
};

impl Caller<'_> {
    pub(super) fn list_contracts(&self, world: &World) -> Answer {
        let query = self.call.query(&["projectLinkId", "status", "limit"])?;
        self.call.no_body()?;
        let status = status(query.get("status").map(String::as_str))?;
        let limit = limit(query.get("limit").map(String::as_str))?;
        let wanted = |own: &&Contract| {
            status.is_none_or(|status| status == own.status()) && self.sees(world, own)
        };
        let contracts: Vec<&Contract> = match query.get("projectLinkId") {
            Some(link) => {
                let job = world.link(&self.install, link)?.job_id.as_deref();
                let job = job.and_then(|job| world.jobs.get(job));
                let ids = job.map(|job| job.contract_ids.as_slice());
                let ids = ids.unwrap_or_default().iter().rev();
                let contracts = ids.filter_map(|id| world.contracts.get(id));
                contracts.filter(wanted).take(limit).collect()
            }
            None => {
                let newest = world.contracts.iter().rev();
                newest.filter(wanted).take(limit).collect()
            }
        };
        let body = |own: &&Contract| self.body(world, own);
        let contracts: Vec<Value> = contracts.iter().map(body).collect();
        ok(json!({"contracts": contracts}))
    }

    pub(super) fn participants(&self, world: &World, id: &str) -> Answer {
        self.call.bare()?;
        let contract = self.contract(world, id)?;
        let trainer = contract.trainer_id.as_deref();
        let trainer = trainer.and_then(|id| world.trainers.get(id));
        let install = world.installs.get(&self.install).into_iter();
        let participants: Vec<Value> = install
            .flat_map(|install| trainer.map(|trainer| trainer.participant(install, true)))
            .collect();
        ok(json!({"contractId": id, "participants": participants}))
    }

    pub(super) fn budget(&self, world: &World, id: &str) -> Answer {
        self.call.bare()?;
        ok(json!(world.budget(self.contract(world, id)?)))
    }

    pub(super) fn usage(&self, world: &mut World, id: &str) -> Answer {
        let entries = usage::read(&self.call.json()?, self.now)?;
        let accepted = entries.len();
        self.contract(world, id)?;
        let budget = world.report(id, entries, self.now)?;
        ok(json!({"contractId": id, "accepted": accepted, "budget": budget}))
    }

    /// A contract on a job that the caller's install links.
    fn contract<'w>(&self, world: &'w World, id: &str) -> Result<&'w Contract, Refusal> {
        let contract = world.contracts.get(id);
        contract
            .filter(|contract| self.sees(world, contract))
            .ok_or_else(|| Refusal::not_found("contract"))
    }

    fn sees(&self, world: &World, contract: &Contract) -> bool {
        let mut links = world.links_on(&contract.job_id);
        links.any(|link| link.install_id == self.install)
    }

    fn body(&self, world: &World, contract: &Contract) -> Value {
        let job = world.jobs.get(&contract.job_id);
        let mut body = contract.body(job.map_or("", |job| &job.title));
        let links = world.links_on(&contract.job_id);
        let own = links.filter(|link| link.install_id == self.install);
        let own: Vec<&str> = own.map(|link| link.id.as_str()).collect();
        body["createdAt"] = contract.created_at().into();
        body["projectLinkIds"] = own.into();
        body
    }
}

fn status(text: Option<&str>) -> Result<Option<ContractStatus>, Refusal> {
    match text {
        None => Ok(None),
        Some("active") => Ok(Some(ContractStatus::Active)),
        Some("ended") => Ok(Some(ContractStatus::Ended)),
        Some(_) => Err(Refusal::bad("status must be active or ended")),
    }
}

fn limit(text: Option<&str>) -> Result<usize, Refusal> {
    let Some(text) = text else {
        return Ok(50);
    };
    let limit = text.parse().ok().filter(|limit| (1..=200).contains(limit));
    limit.ok_or_else(|| Refusal::bad("limit must be 1 to 200"))
}
