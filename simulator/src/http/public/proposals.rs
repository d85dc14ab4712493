//! Proposals: invitations, reading and hiring.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
    contracts::{REQUESTED, approval_answer},
    views::{
        freelancer::{FREELANCER, freelancer_body, trainer_by},
        proposal::{PROPOSAL, PROPOSAL_DETAIL, proposal_body, proposal_detail},
    },
};
use crate::{
    http::{
        bodies::{HIRE, INVITE, first_milestone},
        operation::{Body, Group},
        page::{CURSOR, LIMIT, page},
        param::Param,
    },
    kit::{
        refusal::Refusal,
        reply::{Answer, created, ok},
        shape::{Refused, Reply, Shape, has, or_null},
    },
    market::{
        Market,
        data::{
            feature::Feature,
            proposal::{INTERVIEW, Proposal, ProposalStatus},
            scope::TokenScope,
        },
    },
};

const READ: &[TokenScope] = &[TokenScope::ProposalsRead];
const WRITE: &[TokenScope] = &[TokenScope::ProposalsWrite];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Proposals",
    calls: &[
        PublicCall::token(
            "inviteToJob",
            ("POST", "/jobs/{jobId}/invites"),
            "Invite a freelancer to apply",
            invite,
        )
        .scope(WRITE)
        .feature(Feature::Hiring)
        .claimed()
        .body(Body::Json(&INVITE))
        .answers(&[Reply::created(INVITED), Reply::ok(INVITED)])
        .refuses(&[Refused::conflict(&[
            "job_not_published",
            "not_a_freelancer",
            "freelancer_unavailable",
        ])]),
        PublicCall::token(
            "listProposals",
            ("GET", "/jobs/{jobId}/proposals"),
            "List the proposals for a job, newest first",
            list,
        )
        .scope(READ)
        .query(&[Param::status(&ProposalStatus::NAMES), LIMIT, CURSOR])
        .answers(&[Reply::ok(MANY)]),
        PublicCall::token(
            "getProposal",
            ("GET", "/proposals/{proposalId}"),
            "Read a proposal",
            read,
        )
        .scope(READ)
        .answers(&[Reply::ok(ONE)]),
        PublicCall::token(
            "getInterview",
            ("GET", "/proposals/{proposalId}/interview"),
            "Read the recorded interview",
            interview,
        )
        .scope(READ)
        .answers(&[Reply::ok(INTERVIEWED)]),
        PublicCall::token(
            "hire",
            ("POST", "/proposals/{proposalId}/hire"),
            "Ask a human to confirm the hire with its first milestone",
            hire,
        )
        .scope(WRITE)
        .feature(Feature::Hiring)
        .claimed()
        .body(Body::Json(&HIRE))
        .answers(&[Reply::accepted(REQUESTED)])
        .refuses(&[Refused::conflict(&[
            "payment_method_required",
            "proposal_already_hired",
            "proposal_not_a_fit",
            "proposal_not_ready",
        ])]),
        PublicCall::token(
            "getFreelancer",
            ("GET", "/freelancers/{idOrSlug}"),
            "Read the public profile of a freelancer",
            freelancer,
        )
        .scope(READ)
        .answers(&[Reply::ok(PROFILE)]),
    ],
};

const INVITED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("proposalId", Shape::Text),
    has("jobId", Shape::Text),
    has("freelancerId", Shape::Text),
    has("alreadyInvited", Shape::Flag),
]);
const MANY: Shape = Shape::Object(&[
    has("proposals", Shape::List(&PROPOSAL)),
    or_null("nextCursor", Shape::Text),
]);
const ONE: Shape = Shape::Object(&[has("proposal", PROPOSAL_DETAIL)]);
const INTERVIEWED: Shape = Shape::Object(&[has("interview", INTERVIEW)]);
const PROFILE: Shape = Shape::Object(&[has("freelancer", FREELANCER)]);

fn invite(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let job = caller.id();
    market.own_job(caller.organization(), job)?;
    let body = caller.request.body()?;
    let trainer = body.get("freelancerId");
    let (proposal, already) = market.invite(caller.organization(), job, trainer, caller.now())?;
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

fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let job = market.world.jobs.get(caller.id());
    let job = job.ok_or_else(|| Refusal::not_found("job"))?;
    if job.organization != caller.organization() {
        return Err(Refusal::forbidden("the job is not yours"));
    }
    let request = &caller.request;
    let status = request.query("status");
    let newest = market.proposals.iter().rev();
    let own = newest.filter(|own| {
        own.job == job.id && status.is_none_or(|status| status == own.status.as_str())
    });
    let (proposals, next) = page(request, own, |own: &&Proposal| &own.id)?;
    let proposals: Vec<Value> = proposals
        .into_iter()
        .map(|own| json!(proposal_body(market, own)))
        .collect();
    ok(json!({"proposals": proposals, "nextCursor": next}))
}

fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let own = market.own_proposal(caller.organization(), caller.id())?;
    ok(json!({"proposal": proposal_detail(market, own)}))
}

fn interview(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let own = market.own_proposal(caller.organization(), caller.id())?;
    match &own.interview {
        Some(interview) => ok(json!({"interview": interview.body(&own.id)})),
        None => {
            let details = json!({"proposalId": own.id});
            Err(Refusal::not_found("interview").with_details(details))
        }
    }
}

fn hire(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let proposal = caller.id();
    market.own_proposal(caller.organization(), proposal)?;
    let body = caller.request.body()?;
    let terms = first_milestone(&body);
    let despite_not_fit = body.flag("confirmNotFit").unwrap_or_default();
    let asked = (terms, despite_not_fit);
    let approval = market.request_hire(&caller.actor, proposal, asked, caller.now())?;
    approval_answer(caller, market, &approval)
}

fn freelancer(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let trainer = trainer_by(market, caller.id());
    let trainer = trainer.ok_or_else(|| Refusal::not_found("freelancer"))?;
    ok(json!({"freelancer": freelancer_body(market, trainer)}))
}
