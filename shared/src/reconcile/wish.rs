//! Options of a reconcile.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::model::ConnectionName;
use crate::model::failure::Failure;

/// Options of a reconcile. By default all connections are processed, with the guard in place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wish {
    /// Write nothing: neither in the ledger nor in the tool nor at OpenTrain.
    pub dry_run: bool,
    /// Revoke access from any number of trainers.
    pub force: bool,
    /// Skip work that the queue retries, so that scheduled runs do not accumulate messages while the tool is down.
    pub leave_retries: bool,
    /// Process only this connection.
    pub connection: Option<ConnectionName>,
    /// Do only what this plan of a dry run predicts ([`Outcome::plan`]). If the state has changed, do nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

impl Wish {
    /// Options of a scheduled run.
    pub fn scheduled() -> Self {
        Self {
            leave_retries: true,
            ..Self::default()
        }
    }

    /// Fails if the run is bound to another plan than that of `predicted`.
    pub(super) fn refuse_other_than(&self, predicted: &Outcome) -> Result<(), Failure> {
        match &self.plan {
            Some(plan) if *plan != predicted.plan() => Err(Failure::wrong(
                "the state has changed since the plan was read, so nothing was changed: read the plan again",
            )),
            _ => Ok(()),
        }
    }
}
