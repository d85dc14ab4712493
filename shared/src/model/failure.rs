//! Failures, by how they are handled.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Work that could not be done, for now or for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What has to happen next.
    pub cause: Cause,
    /// The failure, and the action for the operator. Contains no personal data.
    pub reason: String,
    /// Pause that the other side requests.
    pub after: Option<Duration>,
    /// A store failed, the bridge's own: nothing was recorded, and the message has to be received again.
    pub is_of_store: bool,
    /// A row of the ledger cannot be read by this version. The message waits for a version that can read it.
    pub is_unreadable: bool,
    /// The tool or OpenTrain is called as often as it allows: nothing was tried, and no try is counted.
    pub is_paused: bool,
}

impl Failure {
    /// It may work later.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::of(Cause::Transient, reason.into())
    }

    /// An operator has to act.
    pub fn operator(reason: impl Into<String>) -> Self {
        Self::of(Cause::Operator, reason.into())
    }

    /// No retry can fix it.
    pub fn wrong(reason: impl Into<String>) -> Self {
        Self::of(Cause::Wrong, reason.into())
    }

    fn of(cause: Cause, reason: String) -> Self {
        Self {
            cause,
            reason,
            after: None,
            is_of_store: false,
            is_unreadable: false,
            is_paused: false,
        }
    }

    /// A store of the bridge failed.
    pub(crate) fn store(reason: String) -> Self {
        Self {
            is_of_store: true,
            ..Self::transient(reason)
        }
    }

    /// As it is noted in the ledger.
    pub fn trouble(&self) -> Trouble {
        Trouble {
            cause: self.cause,
            reason: self.reason.clone(),
        }
    }

    /// The failure to act on if there are several: one that a retry may fix comes first.
    pub fn worst(failures: impl IntoIterator<Item = Self>) -> Option<Self> {
        failures
            .into_iter()
            .max_by_key(|failure| (failure.cause, failure.after))
    }
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What has to happen next.
    pub cause: Cause,
    /// What happened and what to do; free of personal data.
    pub reason: String,
}

/// What has to happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The data is wrong: no retry can fix it.
    Wrong,
    /// An operator has to act; it is retried meanwhile.
    Operator,
    /// It is retried, and may succeed then.
    Transient,
}
