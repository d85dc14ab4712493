//! Ledger and settings from which budgets are read.

use shared::ledger::{Ledger, Policy, Projects};

use crate::exit::CliError;
use crate::status::{Allowed, choices};
use crate::targets::Target;

/// The ledger, with what decides whether a contract is live.
pub(crate) struct Books {
    pub(super) ledger: Ledger,
    pub(super) policy: Policy,
    pub(super) projects: Projects,
    /// Why the projects of some connections are unknown.
    pub(crate) unread: Vec<String>,
    /// The target in words.
    what: &'static str,
}

impl Books {
    /// Fails if a setting is invalid, or if the database is missing.
    pub(crate) async fn open(target: &Target) -> Result<Self, CliError> {
        let (policy, Allowed { projects, unread }) = choices(target).await?;
        Ok(Self {
            ledger: target.ledger()?,
            policy,
            projects,
            unread,
            what: target.what(),
        })
    }

    /// Text for a failed read.
    pub(super) fn unread_text(&self) -> String {
        format!("{} can't be read", self.what)
    }
}
