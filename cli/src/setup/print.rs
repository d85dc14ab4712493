//! What all commands print with.

use comfy_table::{Cell, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use serde_json::Value;
use shared::http::UnreadableElements;
use shared::ids::ProjectId;
use shared::text::Escaped;

use crate::paint::{BAD, paint};

/// A table with these columns.
pub(super) fn table<const N: usize>(columns: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns);
    table
}

/// A cell with another service's text.
pub(super) fn cell(text: impl ToString) -> Cell {
    Cell::new(plain(&text.to_string()))
}

/// Another service's text, with what would move a terminal's cursor or turn text around escaped.
pub(super) fn plain(text: &str) -> String {
    Escaped(text).to_string()
}

/// A project's id, and its name if that says more.
pub(super) fn project(id: &ProjectId, name: &str) -> String {
    match name.is_empty() || name == id.as_str() {
        true => id.to_string(),
        false => format!("{id} {name}"),
    }
}

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

#[cfg(test)]
mod tests {
    #[test]
    fn what_moves_the_cursor_is_escaped() {
        assert_eq!(
            super::plain("a\u{1b}[31mb\nc\u{202e}"),
            r"a\u{1b}[31mb\u{a}c\u{202e}"
        );
    }
}
