//! What is asked of a reconcile.

use serde::{Deserialize, Serialize};

use crate::model::ConnectionName;

/// What is asked of a reconcile. By default: everything, with the guard in place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wish {
    /// Write nothing: neither in the ledger nor in the tool nor at OpenTrain.
    pub dry_run: bool,
    /// Remove access however many lose it.
    pub force: bool,
    /// Leave alone what the queue tries again by itself: a schedule that comes again and again must not
    /// pile up messages while the tool is down.
    pub leave_retries: bool,
    /// Only this connection's.
    pub connection: Option<ConnectionName>,
}

impl Wish {
    /// What a schedule asks for.
    pub fn scheduled() -> Self {
        Self {
            leave_retries: true,
            ..Self::default()
        }
    }
}
