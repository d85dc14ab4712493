//! Failures of commands, and their exit codes.

mod fix;

use schemars::JsonSchema;
use serde::Serialize;
use shared::connection::StoreError;
use shared::model::failure::{Cause, Failure};
use shared::opentrain::OpenTrainError;
use shared::tool::ToolError;
use shared::usage::UsageError;

pub use self::fix::Reason;
use self::fix::{fix_in, fix_of, own_fix};
use crate::document::Document;

/// Failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Usage or configuration error; nothing was done. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// An order that can't be done as given, such as one with an unknown id, or for a trainer with open contracts; nothing
    /// was done. Exit code 2.
    #[error("{}", chain(.0))]
    Refused(anyhow::Error),
    /// The command was done, and something needs an operator. Exit code 1.
    #[error("{0}")]
    Attention(String),
    /// Any other failure. Exit code 1.
    #[error("{}", chain(.0))]
    Failed(#[from] anyhow::Error),
}

/// A failure as JSON.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorOutput {
    error: ErrorBody,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ErrorBody {
    kind: ErrorKind,
    /// What failed, why, and what to do.
    message: String,
    /// What to do, alone.
    fix: String,
}

/// Kind of a failure.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorKind {
    /// Usage or configuration error; nothing was done. Exit code 2.
    Usage,
    /// The command was done, and something needs an operator. Exit code 1.
    NeedsOperator,
    /// Any other failure. Exit code 1.
    Failed,
}

/// The name in JSON.
#[cfg(feature = "mcp")]
impl std::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

/// The fix of a usage error whose message contains none.
const CORRECT: &str =
    "correct what the message names: `bridge settings` shows the settings, and `--help` the flags";

impl ErrorOutput {
    pub fn of(error: &CliError) -> Self {
        let (fix, otherwise) = match error {
            CliError::Attention(_) => (
                None,
                "do what each `fix` of `attention` on standard output says",
            ),
            CliError::Usage(text) => (fix_in(text).map(str::to_owned), CORRECT),
            CliError::Refused(error) => (
                own_fix(error),
                "correct what the message names, then repeat the command",
            ),
            CliError::Failed(error) => (
                own_fix(error),
                "fix what the message names, then repeat the command",
            ),
        };
        let fix = fix.unwrap_or_else(|| otherwise.to_owned());
        Self::new(error.kind(), fix, error.to_string())
    }

    /// A command line that can't be parsed.
    pub fn of_arguments(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let (message, usage) = text.split_once("\n\nUsage:").unwrap_or((text, ""));
        let (message, tip) = message.split_once("\n\n  tip: ").unwrap_or((message, ""));
        let usage = usage.lines().next().unwrap_or_default().trim();
        let fix = match (tip, usage) {
            ("", "") => "run it with `--help`, which describes the flags".to_owned(),
            ("", usage) => format!("use: {usage}"),
            (tip, _) => tip.to_owned(),
        };
        Self::new(ErrorKind::Usage, fix, message.trim().to_owned())
    }

    fn new(kind: ErrorKind, fix: String, message: String) -> Self {
        Self {
            error: ErrorBody { kind, message, fix },
        }
    }

    /// Prints it on standard error.
    pub fn print(&self) {
        let text = serde_json::to_string_pretty(&Document::of(self));
        anstream::eprintln!("{}", text.unwrap_or_default());
    }
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

/// Connections that can't be read or written are a configuration error, which the operator must repair.
impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// The error's text already contains its causes, and the fix after OpenTrain's message.
impl From<OpenTrainError> for CliError {
    fn from(error: OpenTrainError) -> Self {
        let (text, fix) = (error.to_string(), fix_of(&error));
        Self::Failed(Reason { text, fix }.into())
    }
}

/// The error's text already contains its causes, and what the tool has said.
impl From<ToolError> for CliError {
    fn from(error: ToolError) -> Self {
        Self::quoting(error.to_string())
    }
}

impl CliError {
    /// A failure whose text may quote OpenTrain or the tool.
    pub(crate) fn quoting(text: String) -> Self {
        Self::Failed(Reason { text, fix: None }.into())
    }

    /// Failure of an order: `Refused` if no repetition of the same order can succeed.
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
            true => Self::Refused(error),
            false => Self::Failed(error),
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Usage(_) | Self::Refused(_) => ErrorKind::Usage,
            Self::Attention(_) => ErrorKind::NeedsOperator,
            Self::Failed(_) => ErrorKind::Failed,
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Refused(_) => 2,
            Self::Attention(_) | Self::Failed(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use shared::model::failure::Failure;
    use shared::tool::ToolError;

    use super::{CliError, ErrorOutput};

    #[derive(Debug, thiserror::Error)]
    #[error("nothing was stored: {0}")]
    struct Quotes(#[source] std::io::Error);

    #[test]
    fn what_to_do_is_found_in_a_message() {
        for (message, fix) in [
            (
                "TOOL_BASE_URL is not set: set it to the tool's base URL, e.g. https://tool.example.com",
                Some("set it to the tool's base URL, e.g. https://tool.example.com"),
            ),
            (
                "the plan no longer holds, and nothing was changed. Call `plan_reconcile` again",
                Some("Call `plan_reconcile` again"),
            ),
            (
                "no answer: Name or service not known. Check the network",
                Some("Check the network"),
            ),
            ("the disk is full: I/O error 28", None),
        ] {
            assert_eq!(super::fix_in(message), fix);
        }
    }

    #[test]
    fn what_others_say_is_no_fix() {
        let said = "name already exists";
        let refused = || ToolError::Wrong {
            reason: format!("the tool answers 400: {said}"),
        };
        let sourced =
            || Err::<(), _>(std::io::Error::other(said)).context("the queue can't be read");
        for error in [
            CliError::from(refused()),
            CliError::of_order(Failure::transient(refused().to_string()).into()),
            CliError::Failed(sourced().unwrap_err()),
        ] {
            let output = ErrorOutput::of(&error).error;
            assert!(output.message.contains(said), "{output:?}");
            assert!(!output.fix.contains(said), "{output:?}");
        }
        let own = sourced()
            .context("the bridge stopped: start it")
            .unwrap_err();
        assert_eq!(
            ErrorOutput::of(&CliError::Failed(own)).error.fix,
            "start it"
        );
    }

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
