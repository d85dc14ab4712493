//! Output of all setup commands.

use shared::model::ids::ProjectId;
use shared::model::json::UnreadableElements;

use crate::paint::{BAD, paint};
pub(super) use crate::screen::{cell, json, own, plain, table};

/// A project's id, and its name if that differs.
pub(super) fn project(id: &ProjectId, name: &str) -> String {
    match name.is_empty() || name == id.as_str() {
        true => id.to_string(),
        false => format!("{id} {name}"),
    }
}

/// Prints the unreadable elements of a list.
pub(crate) fn unreadable(elements: &UnreadableElements) {
    for line in elements.lines() {
        anstream::println!(
            "{} {}. Report it to OpenTrain.",
            paint(BAD, "unreadable"),
            plain(&line)
        );
    }
}
