//! What a token may do.

use super::vocabulary::vocabulary;

vocabulary! {
    /// A right that the customer approved on the consent screen.
    Scope {
        /// Read project links.
        LinksRead = "project-links:read",
        /// Make and delete project links; implies reading them.
        LinksWrite = "project-links:write",
        /// Read contracts and budgets.
        ContractsRead = "contracts:read",
        /// Read participants.
        ParticipantsRead = "participants:read",
        /// See work e-mails; needs the install's PII consent too.
        ParticipantsEmail = "participants:email",
        /// Report work.
        UsageWrite = "usage:write",
        /// Manage webhook endpoints.
        WebhooksManage = "webhooks:manage",
    }
}

impl Scope {
    /// Whether this scope allows what `needed` stands for.
    pub fn implies(&self, needed: &Self) -> bool {
        self == needed || (*self == Self::LinksWrite && *needed == Self::LinksRead)
    }
}
