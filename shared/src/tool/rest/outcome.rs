//! What an answer that isn't the wanted one means.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::RestTool;
use crate::http::{Answer, Fault, OddId, cause};
use crate::ids::ProjectId;
use crate::tool::ToolError;

impl RestTool {
    /// The error of a status that the call has no meaning of its own for. Of what the tool says, only
    /// `error` goes into the text, made fit to be shown; `known` are words that the tool might quote and that must not be shown.
    pub(super) fn refused(&self, answer: &Answer, known: &[&str]) -> ToolError {
        let status = answer.status;
        let told = self.told(answer, known);
        match status.as_u16() {
            401 => operator(
                "the tool refuses our token (401): check that TOOL_API_TOKEN is whole, alive and the tool's own",
            ),
            403 => operator(
                "the tool's token may not do this (403): the owner of TOOL_API_TOKEN needs the right to read, add and \
                 remove members; a plain member's token can often add but not remove",
            ),
            501 => wrong(format!(
                "the tool does not implement this call of the contract (501){told}"
            )),
            408 | 425 | 429 => transient(answer, "the tool is busy", &told),
            500.. => transient(answer, "the tool failed", &told),
            422 => wrong(format!("the tool can't add this person (422){told}")),
            _ => wrong(format!(
                "the tool refuses the request ({}){told}",
                status.as_u16()
            )),
        }
    }

    /// The tool's own words, fit to be shown, with a colon before them; or nothing.
    fn told(&self, answer: &Answer, known: &[&str]) -> String {
        let body: Refusal = answer.json().unwrap_or_default();
        let text = match body.error {
            Some(serde_json::Value::String(text)) => self.http.plain(&text, known),
            _ => String::new(),
        };
        if text.is_empty() {
            text
        } else {
            format!(": {text}")
        }
    }
}

#[derive(Default, Deserialize)]
struct Refusal {
    error: Option<serde_json::Value>,
}

fn transient(answer: &Answer, what: &str, told: &str) -> ToolError {
    ToolError::Transient {
        reason: format!("{what} ({}){told}", answer.status.as_u16()),
        after: answer.retry_after,
    }
}

/// The project isn't there, which no retry brings back.
pub(super) fn no_such_project(project: &ProjectId) -> ToolError {
    wrong(format!("no such project in the tool: {project}"))
}

/// The body of a success; what can't be read is the tool's fault and goes away when the tool is mended.
pub(super) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, ToolError> {
    answer.json().map_err(no_answer)
}

/// An answer that breaks the contract.
pub(super) fn unreadable(why: impl std::fmt::Display) -> ToolError {
    ToolError::Transient {
        reason: format!("the tool's answer can't be used: {why}"),
        after: None,
    }
}

/// There is no answer, or none that can be read.
pub(super) fn no_answer(fault: Fault) -> ToolError {
    let reason = match fault {
        Fault::Unsent(error) => format!("the tool can't be reached: {}", cause(&error)),
        Fault::Timeout => "the tool did not answer in time".to_owned(),
        Fault::Broken(error) => format!("the connection to the tool broke: {}", cause(&error)),
        Fault::Unreadable(why) => return unreadable(why),
        Fault::Redirected { status, to } => {
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            return operator(&format!(
                "the tool redirects{to} ({status}), and redirects are not followed: set TOOL_BASE_URL to the address that answers"
            ));
        }
    };
    ToolError::Transient {
        reason,
        after: None,
    }
}

/// The id can't be part of an address.
pub(super) fn odd_id(OddId(id): OddId) -> ToolError {
    wrong(format!(
        "`{id}` can't be the id of a project or a person; nothing was sent"
    ))
}

fn operator(reason: &str) -> ToolError {
    ToolError::Operator {
        reason: reason.to_owned(),
    }
}

fn wrong(reason: String) -> ToolError {
    ToolError::Wrong { reason }
}
