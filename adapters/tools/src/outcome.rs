//! Errors from answers of a tool, common to all adapters.

use serde::de::DeserializeOwned;

use shared::http::{Answer, Fault, OddId, cause};
use shared::model::ids::ProjectId;
use shared::model::json::UnreadableElements;
use shared::tool::{NO_PROJECT, ToolError};

/// A temporary failure. `told` is the tool's own message with a colon before it, or empty.
pub(crate) fn transient(answer: &Answer, what: &str, told: &str) -> ToolError {
    ToolError::Transient {
        reason: format!("{what} ({}){told}", answer.status.as_u16()),
        after: answer.retry_after,
    }
}

/// Whether a project's id is possible in a tool that numbers its projects.
pub(crate) fn is_number(project: &ProjectId) -> bool {
    let id = project.as_str();
    id.bytes().all(|b| b.is_ascii_digit()) && id.parse::<u64>().is_ok()
}

/// The project does not exist, so no retry can succeed.
pub(crate) fn no_such_project(project: &ProjectId) -> ToolError {
    no_project(project, "")
}

/// "Not found" without a JSON body: it may be a proxy's answer.
pub(crate) fn foreign_not_found() -> ToolError {
    ToolError::Transient {
        reason: FOREIGN_NOT_FOUND.to_owned(),
        after: None,
    }
}

/// Text about a "not found" without a JSON body, which proves nothing.
pub(crate) const FOREIGN_NOT_FOUND: &str = "\"not found\" (404) without a JSON body: this may be a proxy's answer, and it proves \
                                            nothing; if it lasts, check TOOL_BASE_URL, and make the tool send a JSON \
                                            body with its 404";

/// Converts the error of a removal: it is retried until the removal is proven, so no error is final.
pub(crate) fn never_final(error: ToolError) -> ToolError {
    match error {
        ToolError::Wrong { reason } | ToolError::NoProject { reason } => {
            ToolError::Operator { reason }
        }
        other => other,
    }
}

/// First error of independent steps. All steps run, so a failed step does not stop another one that revokes access.
#[derive(Debug, Default)]
pub(crate) struct Failed(Option<ToolError>);

impl Failed {
    /// Records the error of a step, and returns its result.
    pub(crate) fn note<T>(&mut self, done: Result<T, ToolError>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(error) => {
                self.0.get_or_insert(error);
                None
            }
        }
    }

    /// Success if no step has failed.
    pub(crate) fn result(self) -> Result<(), ToolError> {
        self.0.map_or(Ok(()), Err)
    }
}

/// Decodes the body of a success. An unreadable body is a fault of the tool, and temporary.
pub(crate) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, ToolError> {
    answer.json().map_err(no_answer)
}

/// Decodes the body of a success. `cure` is the fix if it is repeatedly unreadable.
pub(crate) fn body_else<T: DeserializeOwned>(answer: &Answer, cure: &str) -> Result<T, ToolError> {
    body(answer).map_err(|error| match error {
        ToolError::Transient { reason, after } => ToolError::Transient {
            reason: format!("{reason}; {cure}"),
            after,
        },
        other => other,
    })
}

/// An answer that violates the contract.
pub(crate) fn unreadable(why: impl std::fmt::Display) -> ToolError {
    ToolError::unreadable(why)
}

/// Number of bytes that may still be read for one request.
pub(crate) struct Allowance {
    most: u64,
    read: u64,
}

impl Allowance {
    /// An allowance of `most` bytes.
    pub(crate) fn of(most: u64) -> Self {
        Self { most, read: 0 }
    }

    /// Uses `bytes` of it.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<(), ToolError> {
        self.read = self.read.saturating_add(bytes);
        if self.read <= self.most {
            return Ok(());
        }
        Err(ToolError::Transient {
            reason: format!("the totals are larger than {} MiB", self.most >> 20),
            after: None,
        })
    }
}

/// The error if a list does not contain the sought element, but an unreadable element may be it.
pub(crate) fn unproven(list: &str, unreadable: &UnreadableElements) -> ToolError {
    ToolError::Transient {
        reason: format!(
            "the tool's list of {list} can't be read whole: {unreadable}; correct this in the tool: until then an absence \
            from the list proves nothing"
        ),
        after: None,
    }
}

/// There is no answer, or an unreadable one.
pub fn no_answer(fault: Fault) -> ToolError {
    let reason = match fault {
        Fault::Unsent(error) => format!("the tool can't be reached: {}", cause(&error)),
        Fault::Timeout => "the tool did not answer in time".to_owned(),
        Fault::Broken(error) => format!("the connection to the tool broke: {}", cause(&error)),
        Fault::Busy(busy) => return ToolError::Paused { after: busy.after },
        Fault::Unreadable(why) => return unreadable(why),
        Fault::Redirected { status, to } => {
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            return operator(format!(
                "the tool redirects{to} ({status}), and redirects are not followed: set TOOL_BASE_URL to the address that answers"
            ));
        }
    };
    ToolError::Transient {
        reason,
        after: None,
    }
}

/// The id cannot be part of a URL.
pub(crate) fn odd_id(OddId(id): OddId) -> ToolError {
    wrong(format!(
        "`{id}` can't be the id of a project or a person; nothing was sent"
    ))
}

/// An operator must act.
pub(crate) fn operator(reason: impl Into<String>) -> ToolError {
    ToolError::Operator {
        reason: reason.into(),
    }
}

/// There is no such project. `more` follows the reason.
pub(crate) fn no_project(project: &ProjectId, more: &str) -> ToolError {
    ToolError::NoProject {
        reason: format!("{NO_PROJECT}: {project}{more}"),
    }
}

/// No retry can fix it.
pub(crate) fn wrong(reason: impl Into<String>) -> ToolError {
    ToolError::Wrong {
        reason: reason.into(),
    }
}
