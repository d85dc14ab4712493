//! States of contracts.

use serde::{Deserialize, Serialize};
use shared::ledger::{Entitlement, Why};

/// Whether a contract entitles to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ContractState {
    Live,
    Orphaned,
    NotAllowed,
    NotAllowedOver,
    Unconfirmed,
    Managed,
    ManagedOver,
    Over,
}

impl ContractState {
    /// The state, and why the contract is over.
    pub(super) fn of(standing: Entitlement) -> (Self, Option<Why>) {
        match standing {
            Entitlement::Live => (Self::Live, None),
            Entitlement::Orphaned => (Self::Orphaned, None),
            Entitlement::NotAllowed => (Self::NotAllowed, None),
            Entitlement::NotAllowedOver => (Self::NotAllowedOver, None),
            Entitlement::Unconfirmed => (Self::Unconfirmed, None),
            Entitlement::Managed => (Self::Managed, None),
            Entitlement::ManagedOver => (Self::ManagedOver, None),
            Entitlement::Over(why) => (Self::Over, Some(why)),
        }
    }
}
