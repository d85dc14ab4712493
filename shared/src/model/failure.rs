//! Failures, by how they are handled.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Failure of some work, temporary or permanent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What has to happen next.
    pub cause: Cause,
    /// The failure, and the action for the operator. Contains no personal data.
    pub reason: String,
    /// Pause that the other side requests.
    pub after: Option<Duration>,
    /// A store of the bridge failed: nothing was recorded, and the message has to be redelivered.
    pub is_of_store: bool,
    /// A row of the ledger cannot be read by this version. The message waits for a version that can read it.
    pub is_unreadable: bool,
    /// The rate limit of the tool or of OpenTrain is reached: nothing was tried, and no try is counted.
    pub is_paused: bool,
}

impl Failure {
    /// A failure that a retry may fix.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::of(Cause::Transient, reason.into())
    }

    /// A failure that an operator has to fix.
    pub fn operator(reason: impl Into<String>) -> Self {
        Self::of(Cause::Operator, reason.into())
    }

    /// A failure that no retry can fix.
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

    /// The failure in its ledger form.
    pub fn trouble(&self) -> Trouble {
        Trouble {
            cause: self.cause,
            reason: self.reason.clone(),
        }
    }

    /// The failure that counts if there are several: transient before operator before wrong, and of equal ones the one
    /// with the longest pause.
    pub fn worst(failures: impl IntoIterator<Item = Self>) -> Option<Self> {
        failures
            .into_iter()
            .max_by_key(|failure| (failure.cause, failure.after))
    }
}

/// A failure as the ledger stores it.
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
