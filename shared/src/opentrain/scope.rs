//! Scopes of a token.

use super::vocabulary::vocabulary;

vocabulary! {
    /// A scope that the customer approved on the consent screen.
    Scope {
        /// Read project links.
        LinksRead = "project-links:read",
        /// Create and delete project links; implies reading them.
        LinksWrite = "project-links:write",
        /// Read contracts and budgets.
        ContractsRead = "contracts:read",
        /// Read participants.
        ParticipantsRead = "participants:read",
        /// See work e-mails; also requires the install's PII consent.
        ParticipantsEmail = "participants:email",
        /// Report work.
        UsageWrite = "usage:write",
        /// Manage webhook endpoints.
        WebhooksManage = "webhooks:manage",
    }
}

impl Scope {
    /// Whether this scope includes `needed`.
    pub fn implies(&self, needed: &Self) -> bool {
        self == needed || (*self == Self::LinksWrite && *needed == Self::LinksRead)
    }
}
