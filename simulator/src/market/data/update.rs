//! Events of the updates feed, which webhooks deliver as well.

use serde_json::Value;

use super::scope::TokenScope;

/// Type of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateKind {
    ProposalReceived,
    ProposalStatusChanged,
    MessageReceived,
    ContractCreated,
    MilestoneStatusChanged,
    PaymentPending,
    ApprovalConfirmed,
    ContractBudgetStateChanged,
}

use UpdateKind::*;

impl UpdateKind {
    pub(crate) const ALL: [Self; 8] = [
        ProposalReceived,
        ProposalStatusChanged,
        MessageReceived,
        ContractCreated,
        MilestoneStatusChanged,
        PaymentPending,
        ApprovalConfirmed,
        ContractBudgetStateChanged,
    ];

    pub(crate) const NAMES: [&'static str; 8] = [
        "proposal.received",
        "proposal.status_changed",
        "message.received",
        "contract.created",
        "milestone.status_changed",
        "payment.pending",
        "approval.confirmed",
        "contract.budget_state_changed",
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }

    /// The scope that sees it.
    pub(crate) fn scope(self) -> TokenScope {
        match self {
            ProposalReceived | ProposalStatusChanged => TokenScope::ProposalsRead,
            MessageReceived => TokenScope::MessagesRead,
            ContractCreated
            | MilestoneStatusChanged
            | PaymentPending
            | ApprovalConfirmed
            | ContractBudgetStateChanged => TokenScope::PaymentsRead,
        }
    }
}

/// One event, for the employer of its job.
pub(crate) struct Update {
    pub(crate) id: u64,
    pub(crate) kind: UpdateKind,
    pub(crate) organization: String,
    /// The event on the wire.
    pub(crate) body: Value,
}
