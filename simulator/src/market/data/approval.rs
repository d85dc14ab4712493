//! Approvals: the co-signature of a human.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::{
    kit::{
        clock::iso,
        shape::{Shape, has, maybe, or_null},
    },
    model::milestone::NewMilestone,
};

pub(crate) const APPROVAL_LIFE: Duration = Duration::from_secs(72 * 3600);

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

/// What a confirmation carries out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    Hire {
        proposal: String,
        /// First milestone.
        terms: NewMilestone,
    },
    Fund {
        contract: String,
        milestone: String,
    },
    Payout {
        contract: String,
        milestone: String,
    },
    End {
        contract: String,
    },
}

impl Subject {
    /// `type` of the API.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Hire { .. } => "proposal_hire",
            Self::Fund { .. } => "milestone_fund",
            Self::Payout { .. } => "milestone_approve",
            Self::End { .. } => "contract_end",
        }
    }

    /// Whether both are the same request, apart from the terms of a hire.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Hire { proposal, .. },
                Self::Hire {
                    proposal: other, ..
                },
            ) => proposal == other,
            _ => self == other,
        }
    }
}

pub(crate) struct Approval {
    pub(crate) id: String,
    pub(crate) organization: String,
    /// The token that asked.
    pub(crate) token: String,
    pub(crate) job: String,
    pub(crate) status: ApprovalStatus,
    pub(crate) subject: Subject,
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
    kind: &'static str,
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

const KINDS: [&str; 4] = [
    "proposal_hire",
    "milestone_fund",
    "milestone_approve",
    "contract_end",
];
/// Result of a confirmed approval, by its kind.
const RESULT: Shape = Shape::Object(&[
    maybe("hired", Shape::Flag),
    maybe("contractId", Shape::Text),
    maybe("jobId", Shape::Text),
    maybe("freelancerUserId", Shape::Text),
    maybe("invoiceId", Shape::Text),
    maybe("paymentIntentId", Shape::Text),
    maybe("payoutTransactionId", Shape::Text),
    maybe("contractEnded", Shape::Flag),
]);
pub(crate) const APPROVAL: Shape = Shape::Named(
    "Approval",
    &[&[
        has("id", Shape::Text),
        has("type", Shape::OneOf(&KINDS)),
        has(
            "status",
            Shape::OneOf(&["pending", "confirmed", "declined", "expired"]),
        ),
        or_null("contractId", Shape::Text),
        or_null("milestoneId", Shape::Text),
        has("jobId", Shape::Text),
        or_null("proposalId", Shape::Text),
        has("approvalUrl", Shape::Url),
        has("expiresAt", Shape::Time),
        or_null("resolvedAt", Shape::Time),
        or_null("result", RESULT),
        has("createdAt", Shape::Time),
    ]],
);

impl Approval {
    pub(crate) fn is_pending(&self) -> bool {
        self.status == ApprovalStatus::Pending
    }

    pub(crate) fn view(&self, origin: &str) -> ApprovalView {
        let (proposal, contract, milestone) = match &self.subject {
            Subject::Hire { proposal, .. } => (Some(proposal), None, None),
            Subject::Fund {
                contract,
                milestone,
            }
            | Subject::Payout {
                contract,
                milestone,
            } => (None, Some(contract), Some(milestone)),
            Subject::End { contract } => (None, Some(contract), None),
        };
        ApprovalView {
            id: self.id.clone(),
            kind: self.subject.kind(),
            status: self.status,
            contract_id: contract.cloned(),
            milestone_id: milestone.cloned(),
            job_id: self.job.clone(),
            proposal_id: proposal.cloned(),
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
