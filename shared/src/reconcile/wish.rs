//! Options of a reconcile.

use serde::{Deserialize, Serialize};

use crate::model::ConnectionName;

/// Options of a reconcile. By default all connections are processed, with the guard in place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wish {
    /// Write nothing: neither in the ledger nor in the tool nor at OpenTrain.
    pub dry_run: bool,
    /// Revoke access from any number of trainers.
    pub force: bool,
    /// Skip work that the queue retries by itself: scheduled runs must not accumulate messages while the tool is down.
    pub leave_retries: bool,
    /// Process only this connection.
    pub connection: Option<ConnectionName>,
}

impl Wish {
    /// Options of a scheduled run.
    pub fn scheduled() -> Self {
        Self {
            leave_retries: true,
            ..Self::default()
        }
    }
}
