//! Approvals: a human confirms each request that moves money.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Other, PublicClient};
use crate::model::ids::{ApprovalId, ContractId, JobId, MilestoneId, ProposalId};
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;
use crate::opentrain::vocabulary::vocabulary;

vocabulary! {
    /// State of an approval.
    ApprovalStatus {
        /// A human has not decided yet.
        Pending = "pending",
        /// Carried out.
        Confirmed = "confirmed",
        /// Nothing happened.
        Declined = "declined",
        /// Nothing happened: there was no decision within 72 hours, or other terms were requested.
        Expired = "expired",
    }
}

/// A request that a signed-in human confirms or declines on its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub id: ApprovalId,
    /// `proposal_hire`, `milestone_fund`, `milestone_approve` or `contract_end`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    pub status: ApprovalStatus,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub contract_id: Option<ContractId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub milestone_id: Option<MilestoneId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub proposal_id: Option<ProposalId>,
    /// The page for the human.
    #[serde(default, deserialize_with = "lenient::text")]
    pub approval_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub expires_at: Option<Timestamp>,
    /// Result of a confirmed request; of a hire, its `contractId`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub result: Option<Other>,
    #[serde(flatten)]
    pub other: Other,
}

impl Approval {
    /// The contract that a confirmed hire made.
    pub fn hired_contract(&self) -> Option<ContractId> {
        let id = self.result.as_ref()?.get("contractId")?;
        Some(ContractId::from(id.as_str()?))
    }
}

/// Answer to a request: nothing happens until a human confirms it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    pub approval: Approval,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Deserialize)]
struct One {
    approval: Approval,
}

static GET: Call = Call::read(
    "such approval for this token: only the account's owner and the token that requested it can read it",
);

impl PublicClient {
    /// The current state of an approval. OpenTrain sets an approval that is too old to `expired` at this call.
    pub async fn approval(&self, id: &ApprovalId) -> Result<Approval, OpenTrainError> {
        let request = self.ask(&GET, &["approvals", id.as_str()])?;
        Ok(request.read::<One>().await?.approval)
    }
}
