//! What a failure's text says to do.

use serde::{Deserialize, Serialize};
use shared::model::failure::Failure;
use shared::opentrain::OpenTrainError;
use shared::tool::ToolError;

use super::chain;

/// The text of a failure with its fix. The text may quote OpenTrain or the tool. The running bridge sends failures to
/// commands in this form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{text}")]
pub struct Reason {
    pub text: String,
    /// The fix in the bridge's own part of the text.
    pub fix: Option<String>,
}

impl Reason {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        Self {
            text: chain(error),
            fix: own_fix(error),
        }
    }
}

/// The fix in the bridge's own message. Texts of its sources, of OpenTrain and of the tool do not count.
pub(super) fn own_fix(error: &anyhow::Error) -> Option<String> {
    let outermost: &(dyn std::error::Error + 'static) = error.as_ref();
    let text = error.to_string();
    if let Some(reason) = outermost.downcast_ref::<Reason>() {
        return reason.fix.clone();
    }
    if let Some(error) = outermost.downcast_ref::<OpenTrainError>() {
        return fix_of(error);
    }
    let quotes = outermost.is::<ToolError>() || (outermost.is::<Failure>() && may_quote(&text));
    fix_in(&text).filter(|_| !quotes).map(str::to_owned)
}

/// The fix in an error of OpenTrain's client. OpenTrain's message does not count.
pub(super) fn fix_of(error: &OpenTrainError) -> Option<String> {
    let text = match error {
        OpenTrainError::Api { .. } => format!(". {}", error.cure()),
        _ => error.to_string(),
    };
    fix_in(&text).map(str::to_owned)
}

/// Whether a failure's text may contain an answer of OpenTrain or of the tool: such a text names who answered.
fn may_quote(text: &str) -> bool {
    text.contains("OpenTrain") || text.contains("the tool")
}

/// Verbs that begin the part of a message that states what to do.
const VERBS: &[&str] = &[
    "add", "call", "check", "choose", "compare", "connect", "correct", "create", "delete", "do",
    "change", "enable", "end", "fix", "give", "grant", "have", "install", "link", "look", "name",
    "omit", "open", "pass", "put", "read", "remove", "repeat", "replace", "run", "see", "set",
    "settle", "start", "stop", "try", "unset", "update", "upgrade", "use", "wait", "write",
];

/// The part of a message that states what to do. It begins with a verb, after a colon or a semicolon, or as a sentence.
pub(super) fn fix_in(message: &str) -> Option<&str> {
    message
        .match_indices([':', ';', '.'])
        .find_map(|(at, mark)| {
            let part = message[at + 1..].strip_prefix(' ')?;
            let word = part.split([' ', ',']).next()?;
            let is_sentence = word.starts_with(char::is_uppercase);
            let is_verb = VERBS.contains(&word.to_lowercase().as_str());
            (is_verb && is_sentence == (mark == ".")).then_some(part)
        })
}
