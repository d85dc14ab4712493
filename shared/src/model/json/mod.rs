//! Lenient decoding of JSON from other services: an unreadable member affects only itself or its element.
//!
//! A document is decoded unchanged first. If that fails, it is rewritten (`rewrite.rs`) and decoded once more. A list
//! that access or pay depends on is a [`Listing`]: its elements are decoded one by one.

mod listing;
mod rewrite;
mod unreadable;

use serde::de::DeserializeOwned;
use serde_json::Deserializer;

pub use listing::Element;
pub use listing::{Listing, Sought};
pub(crate) use rewrite::{holds_long_integer, rewrite};
pub use unreadable::{UnreadableElement, UnreadableElements};

use super::plain;

/// Decodes a document.
///
/// # Errors
/// Names the unreadable member and the expected type. Nothing of the document is quoted.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(_) => decode_text(&rewrite(bytes)),
    }
}

/// Decodes a rewritten document.
pub(crate) fn decode_text<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut deserializer = Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, error.inner())
    })?;
    let rest = deserializer.end().map_err(|error| explain("", &error));
    rest.map(|()| value)
}

/// Names the member and describes the fault. serde's own text may quote the value, which may be personal data.
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
        // In a map the names come from the document: they are made safe to show like its other texts.
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
    // The expected type is our own text. The text before it may quote the value.
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if expected.starts_with("struct ") => {
            format!("{member} should be an object")
        }
        Some((_, expected)) => format!("{member} should be {expected}"),
        None if text.starts_with("duplicate field ") => format!("{member} contains a member twice"),
        None => format!("{member} can't be read"),
    }
}

#[cfg(test)]
mod tests;
