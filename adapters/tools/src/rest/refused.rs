//! Errors from answers with other statuses.

use serde::Deserialize;

use super::RestTool;
use crate::outcome::{operator, transient, wrong};
use shared::http::Answer;
use shared::tool::ToolError;

impl RestTool {
    /// The error for a status without a specific meaning. Only `error` of the tool's answer is shown. `known` are texts
    /// that the tool might quote and that must not be shown.
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

    /// The tool's own message, safe to show, with a colon before it; or empty.
    pub(super) fn told(&self, answer: &Answer, known: &[&str]) -> String {
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
