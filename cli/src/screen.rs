//! Tables and lines with texts of others: OpenTrain's, the tool's, a customer's.
//!
//! Each such text goes through [`plain`], so that it can't move the cursor, begin a line that looks like the bridge's
//! own, or change the order of what stands beside it. Cells are made here alone; clippy.toml keeps it so.

use comfy_table::{Cell, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use jiff::Timestamp;
use shared::model::text::Escaped;

/// A table with these columns.
pub(crate) fn table<const N: usize>(columns: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns);
    table
}

/// A text with what would move a terminal's cursor, begin a line or turn text around escaped.
pub(crate) fn plain(text: impl ToString) -> String {
    Escaped(&text.to_string()).to_string()
}

/// A cell with a text of others.
pub(crate) fn cell(text: impl ToString) -> Cell {
    own(plain(text))
}

/// A cell with several texts of others, one below the other.
pub(crate) fn cells(texts: impl IntoIterator<Item = impl ToString>) -> Cell {
    let lines: Vec<_> = texts.into_iter().map(plain).collect();
    own(lines.join("\n"))
}

/// A cell with the bridge's own text, colours and lines in it.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the one place that makes cells"
)]
pub(crate) fn own(text: impl ToString) -> Cell {
    Cell::new(text.to_string())
}

/// The time between two moments in words: `5 min`.
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
