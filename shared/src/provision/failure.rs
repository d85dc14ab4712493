//! What went wrong, sorted by what has to happen next.

use std::time::Duration;

use crate::connection::StoreError;
use crate::ledger::{Cause, LedgerError, Trouble};
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
    /// How long the other side asks us to wait.
    pub after: Option<Duration>,
}

impl Failure {
    /// It may work later.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self {
            cause: Cause::Transient,
            reason: reason.into(),
            after: None,
        }
    }

    /// An operator has to act.
    pub fn operator(reason: impl Into<String>) -> Self {
        Self {
            cause: Cause::Operator,
            reason: reason.into(),
            after: None,
        }
    }

    /// No retry can mend it.
    pub fn wrong(reason: impl Into<String>) -> Self {
        Self {
            cause: Cause::Wrong,
            reason: reason.into(),
            after: None,
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
            LedgerError::Table(_) | LedgerError::Contended(_) => Self::transient(reason),
            LedgerError::Unreadable { .. } => Self::operator(reason),
        }
    }
}

impl From<StoreError> for Failure {
    /// Whatever it is, an operator can see to it, and the work goes on then.
    fn from(error: StoreError) -> Self {
        Self::operator(error.to_string())
    }
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        Self::transient(error.to_string())
    }
}
