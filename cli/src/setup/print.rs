//! What all commands print with.

use serde_json::Value;
use shared::http::UnreadableElements;

use crate::paint::{BAD, paint};
pub(super) use crate::screen::{cell, own, plain, table};

/// Names the elements of a list that could not be read.
pub(super) fn unreadable(elements: &UnreadableElements) {
    for line in elements.lines() {
        anstream::println!(
            "{} {}. Report it to OpenTrain.",
            paint(BAD, "unreadable"),
            plain(&line)
        );
    }
}

/// Prints a value, for programs.
pub(super) fn json(value: &Value) {
    anstream::println!("{value:#}");
}
