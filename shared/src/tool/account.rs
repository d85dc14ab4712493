//! An account in the tool that the bridge created.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::MemberId;
use crate::model::person::Email;

/// The account that the bridge last created for a trainer, or invited, in a tool in which the trainer then still has to
/// claim it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Time of creation. Recorded before the account is created: after a crash in between, it must not look like an
    /// account that another person has created and can log in to.
    pub made_at: Timestamp,
    /// The tool's id, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<MemberId>,
    /// Whether the account is known to be the person's: the person has logged in to it, or it comes from the bridge's
    /// invitation.
    pub claimed: bool,
    /// Digest of the address with which the account was created or invited. The account is only used with that address.
    /// `None` if an earlier version recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Account {
    /// Whether it was created or invited with one of these addresses.
    pub fn is_by(&self, addresses: &[Email]) -> bool {
        let by = self.by.as_ref();
        by.is_none_or(|by| addresses.iter().any(|it| it.digest() == *by))
    }

    /// Whether the bridge created this account, and the person has not logged in to it as far as known.
    pub fn is_unclaimed(&self, account: &MemberId) -> bool {
        let is_same = self.account.as_ref().is_none_or(|own| own == account);
        is_same && !self.claimed
    }
}
