//! Failures of commands, and their exit codes.

use anyhow::anyhow;
use serde_json::{Value, json};
use shared::connection::StoreError;
use shared::model::failure::{Cause, Failure};
use shared::opentrain::OpenTrainError;
use shared::tool::ToolError;
use shared::usage::UsageError;

/// Failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Usage or configuration error; nothing was done. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Any other failure. Exit code 1.
    #[error("{}", chain(.0))]
    Failed(#[from] anyhow::Error),
}

/// An error and its causes in one line. Omits a cause that the previous text contains.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !told.last().is_some_and(|before| before.contains(&text)) {
            told.push(text);
        }
    }
    told.join(": ")
}

impl From<shared::config::Faults> for CliError {
    fn from(faults: shared::config::Faults) -> Self {
        Self::Usage(faults.to_string())
    }
}

/// A command line that can't be parsed.
impl From<clap::Error> for CliError {
    fn from(error: clap::Error) -> Self {
        let text = error.to_string();
        Self::Usage(text.trim_start_matches("error: ").trim_end().to_owned())
    }
}

/// The operator must repair connections that can't be read or written.
impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// The error's text already contains the fix.
impl From<OpenTrainError> for CliError {
    fn from(error: OpenTrainError) -> Self {
        Self::Failed(anyhow!("{error}"))
    }
}

/// The error's text already contains the fix.
impl From<ToolError> for CliError {
    fn from(error: ToolError) -> Self {
        Self::Failed(anyhow!("{error}"))
    }
}

impl CliError {
    /// Failure of an order. An unknown name and a day in the future are usage errors.
    pub fn of_order(error: anyhow::Error) -> Self {
        let failure = error.downcast_ref::<Failure>();
        let is_wrong = failure.is_some_and(|it| it.cause == Cause::Wrong);
        let usage = error.downcast_ref::<UsageError>();
        let is_misused = usage.is_some_and(|it| {
            use UsageError::{FutureDay, NoDays, NothingHeld, UnknownConnection};
            matches!(
                it,
                UnknownConnection(_) | FutureDay(..) | NoDays(..) | NothingHeld(_)
            )
        });
        match is_wrong || is_misused {
            true => Self::Usage(chain(&error)),
            false => Self::Failed(error),
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
        }
    }

    /// The error as a command with `--json` prints it, on standard error.
    pub fn as_json(&self) -> Value {
        json!({ "error": self.to_string(), "exitCode": self.code() })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    #[derive(Debug, thiserror::Error)]
    #[error("nothing was stored: {0}")]
    struct Quotes(#[source] std::io::Error);

    #[test]
    fn a_cause_is_told_once() {
        let full = || std::io::Error::other("the disk is full");
        let quoted = Err::<(), _>(Quotes(full())).context("the queue can't be read");
        let told = super::chain(&quoted.unwrap_err());
        assert_eq!(
            told,
            "the queue can't be read: nothing was stored: the disk is full"
        );
        let hidden = Err::<(), _>(full()).context("can't listen");
        assert_eq!(
            super::chain(&hidden.unwrap_err()),
            "can't listen: the disk is full"
        );
    }
}
