//! Proposals: invitations, reading and hiring.

use serde_json::{Value, json};

use super::{
    caller::Caller,
    contracts::approval_answer,
    page::{Above, limit, page, status},
};
use crate::{
    opentrain::{
        public::{
            market::confirmations::first_milestone,
            proposal::{Proposal, ProposalStatus},
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

pub(super) fn invite(caller: &Caller<'_>, world: &mut World) -> Answer {
    let job = caller.id();
    world.own_job(caller.organization(), job)?;
    let body = caller.request.body()?;
    let trainer = body.get("freelancerId");
    let (proposal, already) = world.invite(caller.organization(), job, trainer, caller.now())?;
    let answer = json!({
        "ok": true,
        "proposalId": proposal,
        "jobId": job,
        "freelancerId": trainer,
        "alreadyInvited": already,
    });
    match already {
        true => ok(answer),
        false => created(answer),
    }
}

pub(super) fn list(caller: &Caller<'_>, world: &mut World) -> Answer {
    let job = world.jobs.get(caller.id());
    let job = job.ok_or_else(|| Refusal::not_found("job"))?;
    if job.organization != caller.organization() {
        return Err(Refusal::forbidden("the job is not yours"));
    }
    let request = &caller.request;
    let status = status(request, &ProposalStatus::NAMES)?;
    let limit = limit(request, 25, (100, Above::Lowered))?;
    let newest = world.public.proposals.iter().rev();
    let own = newest.filter(|own| {
        own.job == job.id && status.is_none_or(|status| status == own.status.as_str())
    });
    let (proposals, next) = page(request, own, |own: &&Proposal| &own.id, limit)?;
    let proposals: Vec<Value> = proposals
        .into_iter()
        .map(|own| json!(world.proposal_body(own)))
        .collect();
    ok(json!({"proposals": proposals, "nextCursor": next}))
}

pub(super) fn read(caller: &Caller<'_>, world: &mut World) -> Answer {
    let own = world.own_proposal(caller.organization(), caller.id())?;
    ok(json!({"proposal": world.proposal_detail(own)}))
}

pub(super) fn interview(caller: &Caller<'_>, world: &mut World) -> Answer {
    let own = world.own_proposal(caller.organization(), caller.id())?;
    match &own.interview {
        Some(interview) => ok(json!({"interview": interview.body(&own.id)})),
        None => {
            let details = json!({"proposalId": own.id});
            Err(Refusal::not_found("interview").with_details(details))
        }
    }
}

pub(super) fn hire(caller: &Caller<'_>, world: &mut World) -> Answer {
    let proposal = caller.id();
    world.own_proposal(caller.organization(), proposal)?;
    let body = caller.request.body()?;
    let terms = first_milestone(&body)?;
    let despite_not_fit = body.flag("confirmNotFit").unwrap_or_default();
    let asked = (terms, despite_not_fit);
    let approval = world.request_hire(&caller.actor, proposal, asked, caller.now())?;
    approval_answer(caller, world, &approval)
}

pub(super) fn freelancer(caller: &Caller<'_>, world: &mut World) -> Answer {
    let trainer = world.trainer_by(caller.id());
    let trainer = trainer.ok_or_else(|| Refusal::not_found("freelancer"))?;
    ok(json!({"freelancer": world.freelancer_body(trainer)}))
}
