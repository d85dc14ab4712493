//! Endpoints 6 to 9.

use serde_json::{Value, json};

use super::Caller;
use crate::{
    opentrain::{
        budget::BUDGET,
        contract::{Contract, ContractStatus},
        openapi::shape::{Shape, TEXTS, has, or_null},
        trainer::PARTICIPANT,
        usage,
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, ok},
};

const CONTRACT: Shape = Shape::Named(
    "Contract",
    &[&[
        has("id", Shape::Text),
        has("status", Shape::OneOf(&ContractStatus::NAMES)),
        has("title", Shape::Text),
        has("jobId", Shape::Text),
        has("startDate", Shape::Time),
        or_null("endDate", Shape::Time),
        has("createdAt", Shape::Time),
        has("projectLinkIds", TEXTS),
    ]],
);
pub(super) const MANY: Shape = Shape::Object(&[has("contracts", Shape::List(&CONTRACT))]);
pub(super) const PARTICIPANTS: Shape = Shape::Object(&[
    has("contractId", Shape::Text),
    has("participants", Shape::List(&PARTICIPANT)),
]);
pub(super) const REPORTED: Shape = Shape::Object(&[
    has("contractId", Shape::Text),
    has("accepted", Shape::Whole),
    has("budget", BUDGET),
]);

pub(super) fn list(caller: &Caller<'_>, world: &mut World) -> Answer {
    let request = &caller.request;
    let status = request.query("status").and_then(ContractStatus::parse);
    let limit = request.limit();
    let wanted = |own: &&Contract| {
        status.is_none_or(|status| status == own.status()) && sees(caller, world, own)
    };
    let contracts: Vec<&Contract> = match request.query("projectLinkId") {
        Some(link) => {
            let job = world.link(&caller.install, link)?.job_id.as_deref();
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
    let body = |own: &&Contract| contract_body(caller, world, own);
    let contracts: Vec<Value> = contracts.iter().map(body).collect();
    ok(json!({"contracts": contracts}))
}

pub(super) fn participants(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = caller.id();
    let contract = contract(caller, world, id)?;
    let trainer = contract.trainer_id.as_deref();
    let trainer = trainer.and_then(|id| world.trainers.get(id));
    let install = world.installs.get(&caller.install).into_iter();
    let participants: Vec<Value> = install
        .flat_map(|install| {
            let origin = &world.public.origin;
            trainer.map(|trainer| trainer.participant(install, true, origin))
        })
        .collect();
    ok(json!({"contractId": id, "participants": participants}))
}

pub(super) fn budget(caller: &Caller<'_>, world: &mut World) -> Answer {
    ok(json!(world.budget(contract(caller, world, caller.id())?)))
}

pub(super) fn report(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = caller.id();
    let entries = usage::read(&caller.request.body()?, caller.now())?;
    let accepted = entries.len();
    contract(caller, world, id)?;
    let budget = world.report(id, entries, caller.now())?;
    ok(json!({"contractId": id, "accepted": accepted, "budget": budget}))
}

/// A contract on a job that the caller's install links.
fn contract<'w>(caller: &Caller<'_>, world: &'w World, id: &str) -> Result<&'w Contract, Refusal> {
    let contract = world.contracts.get(id);
    contract
        .filter(|contract| sees(caller, world, contract))
        .ok_or_else(|| Refusal::not_found("contract"))
}

fn sees(caller: &Caller<'_>, world: &World, contract: &Contract) -> bool {
    let mut links = world.links_on(&contract.job_id);
    links.any(|link| link.install_id == caller.install)
}

fn contract_body(caller: &Caller<'_>, world: &World, contract: &Contract) -> Value {
    let job = world.jobs.get(&contract.job_id);
    let mut body = contract.body(job.map_or("", |job| &job.title));
    let links = world.links_on(&contract.job_id);
    let own = links.filter(|link| link.install_id == caller.install);
    let own: Vec<&str> = own.map(|link| link.id.as_str()).collect();
    body["createdAt"] = contract.created_at().into();
    body["projectLinkIds"] = own.into();
    body
}
