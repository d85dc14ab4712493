//! Objects of the API, as they are shown.

pub(crate) mod contract;
pub(crate) mod freelancer;
pub(crate) mod job;
pub(crate) mod proposal;

use serde_json::Number;

/// Last part of a page's address: the words of a text, and the id.
fn slug(text: &str, id: &str) -> String {
    let (text, id) = (text.to_lowercase(), id.replace('_', "-"));
    let words = text.split(|own: char| !own.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let parts: Vec<&str> = words.chain([id.as_str()]).collect();
    parts.join("-")
}

/// A number as JavaScript writes it: whole numbers without a fraction part.
pub(crate) fn number(value: f64) -> Number {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => Number::from(value as i64),
        false => Number::from_f64(value).unwrap_or_else(|| Number::from(0)),
    }
}
