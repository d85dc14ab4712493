//! Scopes of a personal API token.

use serde::Serialize;

/// One permission of a personal API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) enum TokenScope {
    /// Read jobs.
    #[serde(rename = "jobs:read")]
    JobsRead,
    /// Draft, publish, change and close jobs.
    #[serde(rename = "jobs:write")]
    JobsWrite,
    /// Read proposals and profiles.
    #[serde(rename = "proposals:read")]
    ProposalsRead,
    /// Invite and hire.
    #[serde(rename = "proposals:write")]
    ProposalsWrite,
    /// Read conversations.
    #[serde(rename = "messages:read")]
    MessagesRead,
    /// Start conversations and send messages.
    #[serde(rename = "messages:write")]
    MessagesWrite,
    /// Read contracts, approvals, credits and payments.
    #[serde(rename = "payments:read")]
    PaymentsRead,
    /// Fund and approve milestones, end contracts, top up credits.
    #[serde(rename = "payments:write")]
    PaymentsWrite,
    /// Read the team.
    #[serde(rename = "team:read")]
    TeamRead,
    /// Invite to the team.
    #[serde(rename = "team:write")]
    TeamWrite,
    /// Manage webhooks.
    #[serde(rename = "webhooks:manage")]
    WebhooksManage,
}

use TokenScope::*;

impl TokenScope {
    /// All scopes.
    pub(crate) const ALL: [Self; 11] = [
        JobsRead,
        JobsWrite,
        ProposalsRead,
        ProposalsWrite,
        MessagesRead,
        MessagesWrite,
        PaymentsRead,
        PaymentsWrite,
        TeamRead,
        TeamWrite,
        WebhooksManage,
    ];

    /// Scopes of the token that a registration gets.
    pub(crate) const UNCLAIMED: [Self; 6] = [
        JobsRead,
        JobsWrite,
        ProposalsRead,
        MessagesRead,
        PaymentsRead,
        TeamRead,
    ];

    /// Scopes of the token that a claim gets.
    pub(crate) const CLAIMED: [Self; 9] = [
        JobsRead,
        JobsWrite,
        ProposalsRead,
        ProposalsWrite,
        MessagesRead,
        MessagesWrite,
        PaymentsRead,
        TeamRead,
        TeamWrite,
    ];

    pub(crate) const NAMES: [&'static str; 11] = [
        "jobs:read",
        "jobs:write",
        "proposals:read",
        "proposals:write",
        "messages:read",
        "messages:write",
        "payments:read",
        "payments:write",
        "team:read",
        "team:write",
        "webhooks:manage",
    ];

    /// The name on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Whether this scope is sufficient for `wanted`: `:write` implies its `:read`.
    pub(crate) fn covers(self, wanted: Self) -> bool {
        let implied = match self {
            JobsWrite => Some(JobsRead),
            ProposalsWrite => Some(ProposalsRead),
            MessagesWrite => Some(MessagesRead),
            PaymentsWrite => Some(PaymentsRead),
            TeamWrite => Some(TeamRead),
            _ => None,
        };
        self == wanted || implied == Some(wanted)
    }
}

/// Whether one of `granted` is sufficient for `wanted`.
pub(crate) fn grants(granted: &[TokenScope], wanted: TokenScope) -> bool {
    granted.iter().any(|scope| scope.covers(wanted))
}
