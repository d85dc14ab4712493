//! Contracts and milestones.

use serde::Serialize;
use serde_json::Number;

use super::{freelancer::Shown, number};
use crate::{
    kit::{
        clock::iso,
        shape::{Part, Shape, has, or_null},
    },
    market::Market,
    model::{
        budget::{BUDGET, Budget, Unit},
        contract::{Contract, ContractStatus},
        milestone::{Milestone, MilestoneStatus},
        payment::PaymentType,
    },
};

/// `contract` of the API. The last two members belong to the detail alone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContractBody {
    id: String,
    status: ContractStatus,
    title: String,
    job_id: String,
    proposal_id: Option<String>,
    payment_type: Option<PaymentType>,
    rate_usd: Option<Number>,
    estimated_total_usd: Option<Number>,
    estimated_volume: Option<Number>,
    has_active_milestone: bool,
    start_date: String,
    end_date: Option<String>,
    created_at: String,
    updated_at: String,
    freelancer: Option<ContractFreelancer>,
    milestones: Vec<MilestoneBody>,
    #[serde(flatten)]
    detail: Option<ContractDetail>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContractFreelancer {
    user_id: String,
    display_name: String,
    country: String,
    profile_path: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContractDetail {
    job_dm_conversation_id: Option<String>,
    budget: Budget,
}

/// `milestone` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MilestoneBody {
    id: String,
    name: String,
    description: String,
    status: MilestoneStatus,
    amount_usd: Number,
    volume: Option<Number>,
    milestone_number: usize,
    due_date: Option<String>,
    pending_approval: bool,
    needs_review: bool,
    invoice_id: Option<String>,
    created_at: String,
}

pub(crate) const MILESTONE: Shape = Shape::Named(
    "Milestone",
    &[&[
        has("id", Shape::Text),
        has("name", Shape::Text),
        has("description", Shape::Text),
        has("status", Shape::OneOf(&MilestoneStatus::NAMES)),
        has("amountUsd", Shape::Number),
        or_null("volume", Shape::Number),
        has("milestoneNumber", Shape::Whole),
        or_null("dueDate", Shape::Text),
        has("pendingApproval", Shape::Flag),
        has("needsReview", Shape::Flag),
        or_null("invoiceId", Shape::Text),
        has("createdAt", Shape::Time),
    ]],
);
const FREELANCER: Shape = Shape::Object(&[
    has("userId", Shape::Text),
    has("displayName", Shape::Text),
    has("country", Shape::Text),
    has("profilePath", Shape::Text),
]);
const BASE: [Part; 16] = [
    has("id", Shape::Text),
    has("status", Shape::OneOf(&ContractStatus::NAMES)),
    has("title", Shape::Text),
    has("jobId", Shape::Text),
    or_null("proposalId", Shape::Text),
    or_null("paymentType", Shape::OneOf(&PaymentType::NAMES)),
    or_null("rateUsd", Shape::Number),
    or_null("estimatedTotalUsd", Shape::Number),
    or_null("estimatedVolume", Shape::Number),
    has("hasActiveMilestone", Shape::Flag),
    has("startDate", Shape::Time),
    or_null("endDate", Shape::Time),
    has("createdAt", Shape::Time),
    has("updatedAt", Shape::Time),
    or_null("freelancer", FREELANCER),
    has("milestones", Shape::List(&MILESTONE)),
];
const DETAIL: [Part; 2] = [
    or_null("jobDmConversationId", Shape::Text),
    has("budget", BUDGET),
];
pub(crate) const CONTRACT: Shape = Shape::Named("Contract", &[&BASE]);
pub(crate) const CONTRACT_DETAIL: Shape = Shape::Named("ContractDetail", &[&BASE, &DETAIL]);

impl From<&Milestone> for MilestoneBody {
    fn from(own: &Milestone) -> Self {
        Self {
            id: own.id.clone(),
            name: own.name.clone(),
            description: own.terms.description.clone(),
            status: own.status,
            amount_usd: number(own.amount_usd),
            volume: own.volume.map(number),
            milestone_number: own.terms.number,
            due_date: own.terms.due_date.clone(),
            pending_approval: own.terms.payout_requested,
            needs_review: own.terms.payout_requested,
            invoice_id: own.terms.invoice_id.clone(),
            created_at: iso(own.terms.created_at),
        }
    }
}

pub(crate) fn contract_body(market: &Market, own: &Contract) -> ContractBody {
    let job = market.world.jobs.get(&own.job_id);
    let payment_type = job.and_then(|job| job.payment_type);
    let hire = market.hires.get(&own.id);
    let total: f64 = own.milestones.iter().map(|own| own.amount_usd).sum();
    let volume: f64 = own.milestones.iter().filter_map(|own| own.volume).sum();
    let has_milestones = !own.milestones.is_empty();
    let counted = has_milestones && Unit::of(payment_type).is_some();
    ContractBody {
        id: own.id.clone(),
        status: own.status(),
        title: job.map_or_else(String::new, |job| job.title.clone()),
        job_id: own.job_id.clone(),
        proposal_id: hire.and_then(|hire| hire.proposal.clone()),
        payment_type,
        rate_usd: market.rate(own).map(number),
        estimated_total_usd: has_milestones.then(|| number(total)),
        estimated_volume: counted.then(|| number(volume)),
        has_active_milestone: own.active_milestone().is_some(),
        start_date: iso(own.started),
        end_date: own.ended.map(iso),
        created_at: own.created_at(),
        updated_at: iso(own.ended.unwrap_or(own.started)),
        freelancer: contract_freelancer(market, own),
        milestones: own.milestones.iter().map(MilestoneBody::from).collect(),
        detail: None,
    }
}

fn contract_freelancer(market: &Market, own: &Contract) -> Option<ContractFreelancer> {
    let trainer = market.world.trainers.get(own.trainer_id.as_deref()?)?;
    let shown = Shown::from(trainer);
    Some(ContractFreelancer {
        user_id: trainer.id.clone(),
        display_name: shown.name.to_owned(),
        country: shown.country.to_owned(),
        profile_path: shown.path,
    })
}

/// The contract with its budget and its conversation.
pub(crate) fn contract_detail(market: &Market, own: &Contract) -> ContractBody {
    let hire = market.hires.get(&own.id);
    let detail = ContractDetail {
        job_dm_conversation_id: hire.and_then(|hire| hire.conversation.clone()),
        budget: market.world.budget(own),
    };
    ContractBody {
        detail: Some(detail),
        ..contract_body(market, own)
    }
}
