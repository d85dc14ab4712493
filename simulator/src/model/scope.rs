//! Scopes of an install.

use serde::Serialize;

/// One permission of an install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Scope {
    /// Read project links.
    #[serde(rename = "project-links:read")]
    ProjectLinksRead,
    /// Create and delete project links; implies reading them.
    #[serde(rename = "project-links:write")]
    ProjectLinksWrite,
    /// Read contracts and budgets.
    #[serde(rename = "contracts:read")]
    ContractsRead,
    /// Read the participants of a contract.
    #[serde(rename = "participants:read")]
    ParticipantsRead,
    /// See work e-mails; also needs the install's PII consent.
    #[serde(rename = "participants:email")]
    ParticipantsEmail,
    /// Report usage.
    #[serde(rename = "usage:write")]
    UsageWrite,
    /// Manage webhook endpoints.
    #[serde(rename = "webhooks:manage")]
    WebhooksManage,
}

impl Scope {
    pub(crate) const NAMES: [&'static str; 7] = [
        "project-links:read",
        "project-links:write",
        "contracts:read",
        "participants:read",
        "participants:email",
        "usage:write",
        "webhooks:manage",
    ];

    /// All scopes.
    pub const ALL: [Self; 7] = [
        Self::ProjectLinksRead,
        Self::ProjectLinksWrite,
        Self::ContractsRead,
        Self::ParticipantsRead,
        Self::ParticipantsEmail,
        Self::UsageWrite,
        Self::WebhooksManage,
    ];

    /// The name on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The scope with this name on the wire.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let known = Self::ALL.into_iter();
        known
            .zip(Self::NAMES)
            .find(|(_, own)| *own == name)
            .map(|(scope, _)| scope)
    }

    /// Whether this scope is sufficient for `wanted`.
    pub(crate) fn covers(self, wanted: Self) -> bool {
        let implied = (self, wanted) == (Self::ProjectLinksWrite, Self::ProjectLinksRead);
        self == wanted || implied
    }
}
