//! Contracts and their milestones.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Listed, Other, Page, Private, PublicClient, Requested};
use crate::model::ids::{ContractId, ConversationId, JobId, MilestoneId, TrainerId};
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::call::Call;
use crate::opentrain::{Budget, ContractStatus, OpenTrainError, PaymentType};

/// A contract with its milestones. The last two members are in the answer for one contract only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    pub id: ContractId,
    pub status: ContractStatus,
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub payment_type: Option<PaymentType>,
    /// Price of a unit of payment.
    #[serde(default, deserialize_with = "lenient::number")]
    pub rate_usd: Option<f64>,
    /// Whether a milestone is funded.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_active_milestone: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub freelancer: Option<ContractFreelancer>,
    /// Its milestones, without cancelled and refunded ones.
    #[serde(default, deserialize_with = "lenient::list")]
    pub milestones: Vec<Milestone>,
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub job_dm_conversation_id: Option<ConversationId>,
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub budget: Option<Budget>,
    #[serde(flatten)]
    pub other: Other,
}

/// The trainer, with a masked name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractFreelancer {
    pub user_id: TrainerId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: Private,
    #[serde(default, deserialize_with = "lenient::text")]
    pub country: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

/// A part of a contract's work, funded and paid as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    pub id: MilestoneId,
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// `NOT_FUNDED`, `ACTIVE_FUNDED` and others that the documentation does not list.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub amount_usd: Option<f64>,
    /// Hours or labels, by the payment type.
    #[serde(default, deserialize_with = "lenient::number")]
    pub volume: Option<f64>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub due_date: Option<String>,
    /// Whether the trainer has requested the payout.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub pending_approval: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    #[serde(flatten)]
    pub other: Other,
}

/// A milestone to add. A fixed price needs an amount; work by the hour or the label needs a volume.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMilestone {
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
}

/// A filter for contracts. The list has no pages.
#[derive(Debug, Clone, Default)]
pub struct ContractsQuery {
    pub job: Option<JobId>,
    pub status: Option<ContractStatus>,
}

/// Answer to the request to end a contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Set if a milestone is funded: the contract continues until a human confirms its end.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub approval: Option<super::Approval>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Deserialize)]
struct One {
    contract: Contract,
}

#[derive(Deserialize)]
struct Added {
    milestone: Milestone,
}

impl Element for Contract {
    const KIND: &'static str = "contract";
}

impl Listed for Contract {
    const KEY: &'static str = "contracts";
}

const MISSING: &str = "such contract of this account";
const NO_MILESTONE: &str = "such milestone of this account";

static LIST: Call = Call::read("such job");
static GET: Call = Call::read(MISSING);
static ADD: Call = Call::write(Method::POST, MISSING);
static FUND: Call = Call::write(Method::POST, NO_MILESTONE);
static APPROVE: Call = Call::write(Method::POST, NO_MILESTONE);
static END: Call = Call::write(Method::POST, MISSING);

impl PublicClient {
    /// The account's contracts, newest first.
    pub async fn contracts(
        &self,
        query: &ContractsQuery,
    ) -> Result<Page<Contract>, OpenTrainError> {
        let mut pairs = Vec::new();
        pairs.extend(query.job.iter().map(|job| ("jobId", job.as_str())));
        pairs.extend(query.status.iter().map(|it| ("status", it.as_str())));
        let request = self.ask(&LIST, &["contracts"])?;
        request.query(&pairs).read().await
    }

    /// A contract with its budget.
    pub async fn contract(&self, id: &ContractId) -> Result<Contract, OpenTrainError> {
        let request = self.ask(&GET, &["contracts", id.as_str()])?;
        Ok(request.read::<One>().await?.contract)
    }

    /// Adds a milestone that is not funded.
    pub async fn create_milestone(
        &self,
        contract: &ContractId,
        new: &NewMilestone,
    ) -> Result<Milestone, OpenTrainError> {
        let request = self.ask(&ADD, &["contracts", contract.as_str(), "milestones"])?;
        Ok(request.body(json!(new)).read::<Added>().await?.milestone)
    }

    /// Requests the funding of a milestone, which a human confirms.
    pub async fn fund_milestone(&self, id: &MilestoneId) -> Result<Requested, OpenTrainError> {
        let request = self.ask(&FUND, &["milestones", id.as_str(), "fund"])?;
        request.read().await
    }

    /// Requests the payout of a milestone, which a human confirms.
    pub async fn approve_milestone(&self, id: &MilestoneId) -> Result<Requested, OpenTrainError> {
        let request = self.ask(&APPROVE, &["milestones", id.as_str(), "approve"])?;
        request.read().await
    }

    /// Ends a contract at once, or requests its end if a milestone is funded.
    pub async fn end_contract(&self, id: &ContractId) -> Result<Ended, OpenTrainError> {
        let request = self.ask(&END, &["contracts", id.as_str(), "end"])?;
        request.read().await
    }
}
