//! What a failure's text says to do.

use serde::{Deserialize, Serialize};
use shared::model::failure::Failure;

/// A failure whose text may quote OpenTrain or the tool; also one that the running bridge tells a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{text}")]
pub struct Reason {
    pub text: String,
    /// The fix in the bridge's own part of the text.
    pub fix: Option<String>,
}

/// The fix in the bridge's own message. Texts of its sources, of OpenTrain and of the tool do not count.
pub(super) fn own_fix(error: &anyhow::Error) -> Option<String> {
    let outermost: &(dyn std::error::Error + 'static) = error.as_ref();
    let text = error.to_string();
    match outermost.downcast_ref::<Reason>() {
        Some(reason) => reason.fix.clone(),
        None if outermost.is::<Failure>() && may_quote(&text) => None,
        None => fix_in(&text).map(str::to_owned),
    }
}

/// Whether a failure's text may contain an answer of OpenTrain or of the tool: such a text names who answered.
fn may_quote(text: &str) -> bool {
    text.contains("OpenTrain") || text.contains("the tool")
}

/// Verbs that begin the part of a message that states what to do.
const VERBS: &[&str] = &[
    "add", "call", "check", "choose", "compare", "connect", "correct", "create", "delete", "do",
    "enable", "fix", "give", "grant", "have", "install", "link", "name", "omit", "open", "pass",
    "put", "read", "remove", "repeat", "replace", "run", "see", "set", "settle", "start", "stop",
    "try", "unset", "update", "upgrade", "use", "wait", "write",
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
