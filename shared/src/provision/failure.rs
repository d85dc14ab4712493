//! What went wrong, sorted by what has to happen next.

use std::time::Duration;

use crate::connection::StoreError;
use crate::ledger::{Cause, LedgerError, TableError, Trouble};
use crate::opentrain::{Disposition, OpenTrainError};
use crate::queue::QueueError;
use crate::tool::ToolError;

/// Work that could not be done, for now or for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What has to happen next.
    pub cause: Cause,
    /// What happened and what to do; free of personal data.
    pub reason: String,
    /// How long the other side asks to wait.
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

    /// No retry can mend it.
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
    fn store(reason: String) -> Self {
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

    /// The one to act on when several things failed: what a retry may mend comes first.
    pub fn worst(failures: impl IntoIterator<Item = Self>) -> Option<Self> {
        failures
            .into_iter()
            .max_by_key(|failure| (failure.cause, failure.after))
    }
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Transient { reason, after } => Self {
                after,
                ..Self::transient(reason)
            },
            ToolError::Paused { after } => Self {
                after: Some(after),
                is_paused: true,
                ..Self::transient(error.to_string())
            },
            ToolError::Operator { reason } => Self::operator(reason),
            ToolError::Wrong { reason } => Self::wrong(reason),
        }
    }
}

impl From<OpenTrainError> for Failure {
    fn from(error: OpenTrainError) -> Self {
        let reason = error.to_string();
        match error.disposition() {
            Disposition::Transient { after } => Self {
                after,
                is_paused: matches!(error, OpenTrainError::Paused { .. }),
                ..Self::transient(reason)
            },
            Disposition::Operator => Self::operator(reason),
            Disposition::Wrong => Self::wrong(reason),
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let reason = error.to_string();
        match error {
            // What does not fit today does not fit tomorrow: it is quarantined.
            LedgerError::Table(TableError::Unfit(_)) => Self::wrong(reason),
            LedgerError::Table(_) | LedgerError::Contended(_) => Self::store(reason),
            LedgerError::Unreadable { .. } => Self {
                is_of_store: true,
                is_unreadable: true,
                ..Self::operator(reason)
            },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::store(error.to_string())
    }
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        Self::store(error.to_string())
    }
}
