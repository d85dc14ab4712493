//! Tables and lines with text of other systems: OpenTrain, the tool, a customer.
//!
//! [`plain`] escapes such text, so that it can't move the cursor, start a line that looks like the bridge's own, or
//! reorder the text next to it. Only this module creates cells; clippy.toml enforces that.

use anyhow::Context;
use comfy_table::{Cell, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use jiff::Timestamp;
use serde::Serialize;
use shared::model::text::Escaped;

use crate::exit::CliError;

/// Prints a result as JSON.
pub(crate) fn json(result: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(result);
    anstream::println!("{}", text.context("the result can't be written as JSON")?);
    Ok(())
}

/// Prints a result as JSON on one line.
pub(crate) fn json_line(result: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(result);
    anstream::println!("{}", text.context("the result can't be written as JSON")?);
    Ok(())
}

pub(crate) fn table<const N: usize>(columns: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns);
    table
}

/// Escapes control characters, line breaks, and characters that change the text direction.
pub(crate) fn plain(text: impl ToString) -> String {
    Escaped(&text.to_string()).to_string()
}

/// A cell with text of another system.
pub(crate) fn cell(text: impl ToString) -> Cell {
    own(plain(text))
}

/// A cell with several texts of other systems, one per line.
pub(crate) fn cells(texts: impl IntoIterator<Item = impl ToString>) -> Cell {
    let lines: Vec<_> = texts.into_iter().map(plain).collect();
    own(lines.join("\n"))
}

/// A cell with the bridge's own text, which may contain colours and line breaks.
#[allow(clippy::disallowed_methods, reason = "only this module creates cells")]
pub(crate) fn own(text: impl ToString) -> Cell {
    Cell::new(text.to_string())
}

/// Time since `since`, e.g. `5 min`.
pub(crate) fn ago(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
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
