//! Approvals: the co-signature of a human.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::terms::NewMilestone;
use crate::clock::iso;

pub(crate) const APPROVAL_LIFE: Duration = Duration::from_secs(72 * 3600);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApprovalKind {
    ProposalHire,
    MilestoneFund,
    MilestoneApprove,
    ContractEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ApprovalStatus {
    Pending,
    Confirmed,
    Declined,
    Expired,
}

impl ApprovalStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }
}

/// What an approval is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Subject {
    pub(crate) job: String,
    pub(crate) proposal: Option<String>,
    pub(crate) contract: Option<String>,
    pub(crate) milestone: Option<String>,
}

pub(crate) struct Approval {
    pub(crate) id: String,
    pub(crate) organization: String,
    /// The token that asked.
    pub(crate) token: String,
    pub(crate) kind: ApprovalKind,
    pub(crate) status: ApprovalStatus,
    pub(crate) subject: Subject,
    /// First milestone of a hire.
    pub(crate) terms: NewMilestone,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) resolved: Option<Timestamp>,
    pub(crate) result: Option<Value>,
}

/// `approval` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApprovalView {
    id: String,
    #[serde(rename = "type")]
    kind: ApprovalKind,
    status: ApprovalStatus,
    contract_id: Option<String>,
    milestone_id: Option<String>,
    job_id: String,
    proposal_id: Option<String>,
    approval_url: String,
    expires_at: String,
    resolved_at: Option<String>,
    result: Option<Value>,
    created_at: String,
}

impl Approval {
    pub(crate) fn is_pending(&self) -> bool {
        self.status == ApprovalStatus::Pending
    }

    pub(crate) fn view(&self, origin: &str) -> ApprovalView {
        ApprovalView {
            id: self.id.clone(),
            kind: self.kind,
            status: self.status,
            contract_id: self.subject.contract.clone(),
            milestone_id: self.subject.milestone.clone(),
            job_id: self.subject.job.clone(),
            proposal_id: self.subject.proposal.clone(),
            approval_url: format!("{origin}/approvals/{}", self.id),
            expires_at: iso(self.expires),
            resolved_at: self.resolved.map(iso),
            result: self.result.clone(),
            created_at: iso(self.created),
        }
    }
}

/// How a charge is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentMethod {
    Card,
    Credits,
}
