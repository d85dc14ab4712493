//! An account in the tool that the bridge made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::MemberId;
use crate::model::person::Email;

/// The account that the bridge last made for a trainer, or invited, in a tool where that alone does not let the trainer
/// in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// When it was made. Written before it is made: after a crash in between, it must not look like an account that
    /// another person made and can log in to.
    pub made_at: Timestamp,
    /// The tool's id; nothing until it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<MemberId>,
    /// It is known to be the person's: they have logged in to it, or the bridge's invitation made it.
    pub claimed: bool,
    /// The digest of the address that it was made or invited by: it is used only where that address is. Nothing where an
    /// earlier version noted the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Account {
    /// Whether it was made or invited by one of these addresses.
    pub fn is_by(&self, addresses: &[Email]) -> bool {
        let by = self.by.as_ref();
        by.is_none_or(|by| addresses.iter().any(|it| it.digest() == *by))
    }

    /// Whether the bridge made this account and has not seen the person log in to it.
    pub fn is_unclaimed(&self, account: &MemberId) -> bool {
        let is_same = self.account.as_ref().is_none_or(|own| own == account);
        is_same && !self.claimed
    }
}
