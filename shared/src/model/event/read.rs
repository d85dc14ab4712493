//! Decodes the body of a delivery.

use serde_json::Value;

use super::Event;
use crate::model::json::{decode_text, holds_long_integer, rewrite};

/// Maximum nesting of an event. A stored message contains the event one level down, and its decoder supports 127
/// levels.
const MAX_DEPTH: usize = 126;

/// Decodes an event. Every event that is decoded here can also be decoded from the queue.
///
/// # Errors
/// Names the unreadable part, without quoting the body.
pub fn read(body: &[u8]) -> Result<Event, String> {
    let strict = match holds_long_integer(body) {
        true => None,
        false => serde_json::from_slice(body).ok(),
    };
    let event = match strict {
        Some(event) => event,
        None => {
            decode_text(&rewrite(body)).map_err(|why| format!("the body is not an event: {why}"))?
        }
    };
    if is_deep(body) && depth(&event) > MAX_DEPTH {
        return Err(format!(
            "the JSON is nested more than {MAX_DEPTH} levels deep"
        ));
    }
    Ok(event)
}

/// Whether there are enough brackets for a depth that matters.
fn is_deep(body: &[u8]) -> bool {
    let opening = body.iter().filter(|b| matches!(b, b'[' | b'{'));
    opening.count() > MAX_DEPTH
}

fn depth(event: &Event) -> usize {
    let members = event.unknown.values().chain([&event.data]);
    1 + members.map(nested).max().unwrap_or_default()
}

/// Levels of arrays and objects; the decoder has bounded them.
fn nested(value: &Value) -> usize {
    let inside = match value {
        Value::Array(items) => items.iter().map(nested).max(),
        Value::Object(members) => members.values().map(nested).max(),
        _ => return 0,
    };
    1 + inside.unwrap_or_default()
}

#[cfg(test)]
mod tests;
