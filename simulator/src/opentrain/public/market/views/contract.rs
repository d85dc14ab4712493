//! Contracts and milestones.

use serde::Serialize;
use serde_json::Number;

use super::{freelancer::Shown, number};
use crate::{
    clock::iso,
    opentrain::{
        budget::{Budget, Unit},
        contract::{Contract, ContractStatus},
        milestone::{Milestone, MilestoneStatus},
        payment::PaymentType,
        world::World,
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

impl World {
    pub(crate) fn contract_body(&self, own: &Contract) -> ContractBody {
        let job = self.jobs.get(&own.job_id);
        let payment_type = job.and_then(|job| job.payment_type);
        let hire = self.public.hires.get(&own.id);
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
            rate_usd: self.rate(own).map(number),
            estimated_total_usd: has_milestones.then(|| number(total)),
            estimated_volume: counted.then(|| number(volume)),
            has_active_milestone: own.active_milestone().is_some(),
            start_date: iso(own.started),
            end_date: own.ended.map(iso),
            created_at: own.created_at(),
            updated_at: iso(own.ended.unwrap_or(own.started)),
            freelancer: self.contract_freelancer(own),
            milestones: own.milestones.iter().map(MilestoneBody::from).collect(),
            detail: None,
        }
    }

    fn contract_freelancer(&self, own: &Contract) -> Option<ContractFreelancer> {
        let trainer = self.trainers.get(own.trainer_id.as_deref()?)?;
        let shown = Shown::from(trainer);
        Some(ContractFreelancer {
            user_id: trainer.id.clone(),
            display_name: shown.name.to_owned(),
            country: shown.country.to_owned(),
            profile_path: shown.path,
        })
    }

    /// The contract with its budget and its conversation.
    pub(crate) fn contract_detail(&self, own: &Contract) -> ContractBody {
        let hire = self.public.hires.get(&own.id);
        let detail = ContractDetail {
            job_dm_conversation_id: hire.and_then(|hire| hire.conversation.clone()),
            budget: self.budget(own),
        };
        ContractBody {
            detail: Some(detail),
            ..self.contract_body(own)
        }
    }
}
