//! Failures of tool calls.

use std::time::Duration;

use crate::model::failure::Failure;

/// Begins the reason of each [`ToolError::NoProject`] that an adapter makes. The ledger stores the reason alone.
pub const NO_PROJECT: &str = "no such project in the tool";

/// Failure of a tool call, by how it must be handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// A temporary failure: the tool is down, slow or busy. `after` is the pause that the tool requests.
    #[error("{reason}")]
    Transient {
        /// The failure. Contains no personal data.
        reason: String,
        /// The `Retry-After` of the answer.
        after: Option<Duration>,
    },
    /// The rate limit is reached, or the tool has requested a pause: nothing was sent.
    #[error("the tool is called as often as it allows, and this waits for its turn")]
    Paused {
        /// Time until there is capacity.
        after: Duration,
    },
    /// An operator must act: the token or its rights are wrong. The call is retried meanwhile.
    #[error("{reason}")]
    Operator {
        /// The failure, and the action for the operator. Contains no personal data.
        reason: String,
    },
    /// The tool answers that there is no such project.
    #[error("{reason}")]
    NoProject {
        /// The failure, and the action for the operator. Contains no personal data.
        reason: String,
    },
    /// No retry can fix it: the data is wrong.
    #[error("{reason}")]
    Wrong {
        /// The failure, and the action for the operator. Contains no personal data.
        reason: String,
    },
}

impl ToolError {
    /// An answer that violates the tool's API.
    pub fn unreadable(why: impl std::fmt::Display) -> Self {
        Self::Transient {
            reason: format!("the tool's answer can't be used: {why}"),
            after: None,
        }
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
            ToolError::Wrong { reason } | ToolError::NoProject { reason } => Self::wrong(reason),
        }
    }
}
