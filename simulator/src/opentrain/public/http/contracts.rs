//! Contracts, milestones and approvals.

use serde_json::{Value, json};

use super::{caller::Caller, page::status};
use crate::{
    opentrain::{
        contract::{Contract, ContractStatus},
        public::{market::views::contract::MilestoneBody, terms::NewMilestone},
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, accepted, created, ok},
};

pub(super) fn list(caller: &Caller<'_>, world: &mut World) -> Answer {
    let organization = caller.organization();
    let job = caller.request.query("jobId");
    if let Some(id) = job {
        let job = world.jobs.get(id);
        let job = job.ok_or_else(|| Refusal::not_found("job"))?;
        if job.organization != organization {
            return Err(Refusal::forbidden("the job is not yours"));
        }
    }
    let status = match status(&caller.request, &["active", "ended"])? {
        Some("active") => Some(ContractStatus::Active),
        Some(_) => Some(ContractStatus::Ended),
        None => None,
    };
    let newest = world.contracts.iter().rev();
    let own = newest.filter(|own: &&Contract| {
        let wanted = status.is_none_or(|status| status == own.status());
        let wanted = wanted && job.is_none_or(|job| job == own.job_id);
        wanted && world.employs(organization, own)
    });
    let contracts: Vec<Value> = own.map(|own| json!(world.contract_body(own))).collect();
    ok(json!({"contracts": contracts}))
}

pub(super) fn read(caller: &Caller<'_>, world: &mut World) -> Answer {
    let own = world.own_contract(caller.organization(), caller.id())?;
    ok(json!({"contract": world.contract_detail(own)}))
}

pub(super) fn create_milestone(caller: &Caller<'_>, world: &mut World) -> Answer {
    let (organization, contract) = (caller.organization(), caller.id());
    world.own_contract(organization, contract)?;
    let body = caller.request.body()?;
    let text = |name: &str| body.text(name).map(str::to_owned);
    let new = NewMilestone {
        name: text("name"),
        description: body.get("description").to_owned(),
        volume: body.number("volume"),
        due_date: text("dueDate"),
        amount_usd: 0.0,
    };
    let amount = body.number("amountUsd");
    let id = world.create_milestone(organization, contract, new, amount, caller.now())?;
    let (_, own) = world.own_milestone(organization, &id)?;
    created(json!({"milestone": MilestoneBody::from(own)}))
}

pub(super) fn fund(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = world.request_funding(&caller.actor, caller.id(), caller.now())?;
    approval_answer(caller, world, &id)
}

pub(super) fn approve(caller: &Caller<'_>, world: &mut World) -> Answer {
    let id = world.request_payout(&caller.actor, caller.id(), caller.now())?;
    approval_answer(caller, world, &id)
}

pub(super) fn end(caller: &Caller<'_>, world: &mut World) -> Answer {
    match world.request_end(&caller.actor, caller.id(), caller.now())? {
        Some(id) => approval_answer(caller, world, &id),
        None => ok(json!({"ok": true, "contractId": caller.id(), "status": "ended"})),
    }
}

pub(super) fn approval(caller: &Caller<'_>, world: &mut World) -> Answer {
    let approval = world.read_approval(&caller.actor, caller.id(), caller.now())?;
    ok(json!({"approval": approval}))
}

/// 202: a human has to confirm first.
pub(super) fn approval_answer(caller: &Caller<'_>, world: &mut World, id: &str) -> Answer {
    let approval = world.read_approval(&caller.actor, id, caller.now())?;
    accepted(json!({
        "approval": approval,
        "message": "A human must confirm at approvalUrl. Poll the approval for its result.",
    }))
}
