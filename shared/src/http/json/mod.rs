//! JSON of peers, read leniently: a fault in one member costs that member, or its element, and nothing else.
//!
//! A document is decoded as it stands. Only if that fails is it rewritten (`rewrite.rs`) and decoded once more.
//! A list of things that access or pay depends on is a [`Listing`]: its elements are decoded one by one.

mod listing;
mod rewrite;
mod unreadable;

use serde::de::DeserializeOwned;
use serde_json::Deserializer;

pub(crate) use listing::Element;
pub use listing::{Listing, Sought};
pub(crate) use rewrite::{holds_long_integer, rewrite};
pub use unreadable::{UnreadableElement, UnreadableElements};

use super::plain;

/// Decodes a document.
///
/// # Errors
/// The member that can't be read, and what it should be. Nothing of the document is quoted.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(_) => decode_text(&rewrite(bytes)),
    }
}

/// Decodes a document that was rewritten.
pub(crate) fn decode_text<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut deserializer = Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, error.inner())
    })?;
    let rest = deserializer.end().map_err(|error| explain("", &error));
    rest.map(|()| value)
}

/// Names the member and says what is wrong with it. serde's own text may quote the value, which may be personal.
fn explain(path: &str, error: &serde_json::Error) -> String {
    use serde_json::error::Category::Data;
    if error.classify() != Data {
        return format!(
            "it is broken JSON, at line {} column {}",
            error.line(),
            error.column()
        );
    }
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(text, _)| text);
    let member = match path {
        "." | "" => "it".to_owned(),
        // The names are the document's own where it is a map: they are shown like any other of its texts.
        path => format!("`{}`", plain(path, &[])),
    };
    if let Some(missing) = text.strip_prefix("missing field ") {
        return match member.as_str() {
            "it" => format!("{missing} is missing"),
            member => format!("{missing} of {member} is missing"),
        };
    }
    if text.starts_with("should ") {
        return format!("{member} {text}");
    }
    // What serde expected is the reader's text; what it found may be quoted before that.
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if expected.starts_with("struct ") => {
            format!("{member} should be an object")
        }
        Some((_, expected)) => format!("{member} should be {expected}"),
        None if text.starts_with("duplicate field ") => format!("{member} holds a member twice"),
        None => format!("{member} can't be read"),
    }
}

#[cfg(test)]
mod tests;
