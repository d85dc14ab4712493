//! Endpoints 6 to 9.

use serde_json::{Value, json};

use super::{caller::Caller, report};
use crate::{
    kit::{
        reply::{Answer, ok},
        shape::{Shape, TEXTS, has, or_null},
    },
    market::Market,
    model::{
        budget::BUDGET,
        contract::{Contract, ContractStatus},
        trainer::PARTICIPANT,
    },
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

pub(super) fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let request = &caller.request;
    let status = request.query("status").and_then(ContractStatus::parse);
    let limit = request.limit();
    let seen = market
        .world
        .seen_contracts(&caller.install, request.query("projectLinkId"))?;
    let wanted = seen.filter(|own| status.is_none_or(|status| status == own.status()));
    let contracts: Vec<&Contract> = wanted.take(limit).collect();
    let body = |own: &&Contract| contract_body(caller, market, own);
    let contracts: Vec<Value> = contracts.iter().map(body).collect();
    ok(json!({"contracts": contracts}))
}

pub(super) fn participants(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = caller.id();
    let contract = market.world.seen_contract(&caller.install, id)?;
    let trainer = contract.trainer_id.as_deref();
    let trainer = trainer.and_then(|id| market.world.trainers.get(id));
    let install = market.world.installs.get(&caller.install).into_iter();
    let participants: Vec<Value> = install
        .flat_map(|install| {
            let origin = &market.world.origin;
            trainer.map(|trainer| trainer.participant(install, true, origin))
        })
        .collect();
    ok(json!({"contractId": id, "participants": participants}))
}

pub(super) fn budget(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let contract = market.world.seen_contract(&caller.install, caller.id())?;
    ok(json!(market.world.budget(contract)))
}

pub(super) fn report(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = caller.id();
    let entries = report::read(&caller.request.body()?, caller.now())?;
    let accepted = entries.len();
    market.world.seen_contract(&caller.install, id)?;
    let budget = market.report(id, entries, caller.now())?;
    ok(json!({"contractId": id, "accepted": accepted, "budget": budget}))
}

fn contract_body(caller: &Caller<'_>, market: &Market, contract: &Contract) -> Value {
    let job = market.world.jobs.get(&contract.job_id);
    let mut body = contract.body(job.map_or("", |job| &job.title));
    let links = market.world.links_on(&contract.job_id);
    let own = links.filter(|link| link.install_id == caller.install);
    let own: Vec<&str> = own.map(|link| link.id.as_str()).collect();
    body["createdAt"] = contract.created_at().into();
    body["projectLinkIds"] = own.into();
    body
}
