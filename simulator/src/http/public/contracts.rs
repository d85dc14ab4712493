//! Contracts, milestones and approvals.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
    views::contract::{
        self as views, CONTRACT, CONTRACT_DETAIL, MilestoneBody, contract_body, contract_detail,
    },
};
use crate::{
    http::{
        bodies::MILESTONE,
        operation::{Body, Group},
        param::Param,
    },
    kit::{
        reply::{Answer, accepted, created, ok},
        schema::Kind,
        shape::{Refused, Reply, Shape, has},
    },
    market::{
        Market,
        data::{approval::APPROVAL, feature::Feature, scope::TokenScope},
    },
    model::{
        contract::{Contract, ContractStatus},
        milestone::NewMilestone,
    },
};

const READ: &[TokenScope] = &[TokenScope::PaymentsRead];
const WRITE: &[TokenScope] = &[TokenScope::PaymentsWrite];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Contracts and approvals",
    calls: &[
        PublicCall::token(
            "getApproval",
            ("GET", "/approvals/{approvalId}"),
            "Read an approval, which a human confirms or declines",
            approval,
        )
        .scope(READ)
        .answers(&[Reply::ok(APPROVED)]),
        PublicCall::token(
            "listContracts",
            ("GET", "/contracts"),
            "List the organization's contracts, newest first",
            list,
        )
        .scope(READ)
        .query(&[
            Param::new(
                "jobId",
                "Only contracts of this job.",
                Kind::MaybeEmpty { most: 64 },
            ),
            Param::status(&ContractStatus::NAMES),
        ])
        .answers(&[Reply::ok(MANY)])
        .refuses(&[Refused::not_found()]),
        PublicCall::token(
            "getContract",
            ("GET", "/contracts/{contractId}"),
            "Read a contract with its budget",
            read,
        )
        .scope(READ)
        .answers(&[Reply::ok(ONE)]),
        PublicCall::token(
            "createMilestone",
            ("POST", "/contracts/{contractId}/milestones"),
            "Add a milestone, which is not funded yet",
            create_milestone,
        )
        .scope(WRITE)
        .feature(Feature::PaymentsWrite)
        .claimed()
        .body(Body::Json(&MILESTONE))
        .answers(&[Reply::created(CREATED)])
        .refuses(&[Refused::conflict(&[
            "contract_ended",
            "contract_rate_missing",
        ])]),
        PublicCall::token(
            "endContract",
            ("POST", "/contracts/{contractId}/end"),
            "End a contract, or ask a human if a milestone is funded",
            end,
        )
        .scope(WRITE)
        .feature(Feature::PaymentsWrite)
        .claimed()
        .answers(&[Reply::ok(ENDED), Reply::accepted(REQUESTED)])
        .refuses(&[Refused::conflict(&["contract_ended"])]),
        PublicCall::token(
            "fundMilestone",
            ("POST", "/milestones/{milestoneId}/fund"),
            "Ask a human to fund a milestone",
            fund,
        )
        .scope(WRITE)
        .feature(Feature::PaymentsWrite)
        .claimed()
        .answers(&[Reply::accepted(REQUESTED)])
        .refuses(&[Refused::conflict(&[
            "contract_ended",
            "milestone_not_fundable",
            "payment_method_required",
        ])]),
        PublicCall::token(
            "approveMilestone",
            ("POST", "/milestones/{milestoneId}/approve"),
            "Ask a human to pay a milestone out",
            approve,
        )
        .scope(WRITE)
        .feature(Feature::PaymentsWrite)
        .claimed()
        .answers(&[Reply::accepted(REQUESTED)])
        .refuses(&[Refused::conflict(&["milestone_not_funded"])]),
    ],
};

const APPROVED: Shape = Shape::Object(&[has("approval", APPROVAL)]);
/// A request that waits for a human.
pub(super) const REQUESTED: Shape =
    Shape::Object(&[has("approval", APPROVAL), has("message", Shape::Text)]);
const MANY: Shape = Shape::Object(&[has("contracts", Shape::List(&CONTRACT))]);
const ONE: Shape = Shape::Object(&[has("contract", CONTRACT_DETAIL)]);
const CREATED: Shape = Shape::Object(&[has("milestone", views::MILESTONE)]);
const ENDED: Shape = Shape::Object(&[
    has("ok", Shape::Flag),
    has("contractId", Shape::Text),
    has("status", Shape::OneOf(&["ended"])),
]);

fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let job = caller.request.query("jobId");
    let all = market.contracts_of(caller.organization(), job)?;
    let status = caller.request.query("status");
    let status = status.and_then(ContractStatus::parse);
    let own = all.filter(|own: &&Contract| status.is_none_or(|status| status == own.status()));
    let contracts: Vec<Value> = own.map(|own| json!(contract_body(market, own))).collect();
    ok(json!({"contracts": contracts}))
}

fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let own = market.own_contract(caller.organization(), caller.id())?;
    ok(json!({"contract": contract_detail(market, own)}))
}

fn create_milestone(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let (organization, contract) = (caller.organization(), caller.id());
    market.own_contract(organization, contract)?;
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
    let id = market.create_milestone(organization, contract, new, amount, caller.now())?;
    let (_, own) = market.own_milestone(organization, &id)?;
    created(json!({"milestone": MilestoneBody::from(own)}))
}

fn fund(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = market.request_funding(&caller.actor, caller.id(), caller.now())?;
    approval_answer(caller, market, &id)
}

fn approve(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let id = market.request_payout(&caller.actor, caller.id(), caller.now())?;
    approval_answer(caller, market, &id)
}

fn end(caller: &Caller<'_>, market: &mut Market) -> Answer {
    match market.request_end(&caller.actor, caller.id(), caller.now())? {
        Some(id) => approval_answer(caller, market, &id),
        None => ok(json!({"ok": true, "contractId": caller.id(), "status": "ended"})),
    }
}

fn approval(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let approval = market.read_approval(&caller.actor, caller.id(), caller.now())?;
    ok(json!({"approval": approval}))
}

/// 202: a human has to confirm first.
pub(super) fn approval_answer(caller: &Caller<'_>, market: &mut Market, id: &str) -> Answer {
    let approval = market.read_approval(&caller.actor, id, caller.now())?;
    accepted(json!({
        "approval": approval,
        "message": "A human must confirm at approvalUrl. Poll the approval for its result.",
    }))
}
