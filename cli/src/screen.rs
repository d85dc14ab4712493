//! Tables and lines with text of other systems: OpenTrain, the tool, a customer.
//!
//! [`plain`] escapes such text, so that it can't move the cursor, start a line that looks like the bridge's own, or
//! reorder the text next to it. Only this module creates cells; clippy.toml enforces that.

use std::fmt;

use anyhow::Context;
use comfy_table::{Cell, ContentArrangement, Row, Table, presets::UTF8_HORIZONTAL_ONLY};
use jiff::Timestamp;
use serde::Serialize;
use shared::model::text::Escaped;

use crate::document::Document;
use crate::exit::CliError;
use crate::paint::{BOLD, paint};

/// Below this width a row is printed as one line for each column.
const NARROW: u16 = 60;

/// Prints the result of an operator's command as a JSON document.
pub(crate) fn json(result: &impl Serialize) -> Result<(), CliError> {
    foreign_json(&Document::of(result))
}

/// The same on one line.
pub(crate) fn json_line(result: &impl Serialize) -> Result<(), CliError> {
    foreign_json_line(&Document::of(result))
}

/// Prints the JSON of another system as it is.
pub(crate) fn foreign_json(answer: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(answer);
    anstream::println!("{}", text.context("the result can't be written as JSON")?);
    Ok(())
}

/// The same on one line.
pub(crate) fn foreign_json_line(answer: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(answer);
    anstream::println!("{}", text.context("the result can't be written as JSON")?);
    Ok(())
}

pub(crate) fn table<const N: usize>(columns: [&'static str; N]) -> Sheet {
    Sheet {
        columns: columns.to_vec(),
        rows: Vec::new(),
    }
}

/// A table. On a narrow terminal it is a list, because columns of a few characters can't be read.
pub(crate) struct Sheet {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

impl Sheet {
    pub(crate) fn add_row(&mut self, row: impl Into<Row>) {
        self.rows.push(row.into());
    }

    pub(crate) fn add_rows<R: Into<Row>>(&mut self, rows: impl IntoIterator<Item = R>) {
        self.rows.extend(rows.into_iter().map(Into::into));
    }

    fn as_table(&self, width: Option<u16>) -> Table {
        let mut table = Table::new();
        table
            .load_style(UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(self.columns.clone())
            .add_rows(self.rows.clone());
        match width {
            Some(width) => table.set_width(width),
            // A pipe has no width: lines are as long as they have to be.
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table
    }

    /// One line for each column that has a text, and an empty line between rows.
    fn as_list(&self) -> String {
        let row = |row: &Row| {
            let cells = self.columns.iter().zip(row.cell_iter());
            let lines = cells.filter_map(|(column, cell)| {
                let text = cell.content().replace('\n', " ");
                let name = if column.is_empty() {
                    String::new()
                } else {
                    format!("{} ", paint(BOLD, &format!("{column}:")))
                };
                (!text.is_empty()).then(|| format!("{name}{text}"))
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        self.rows.iter().map(row).collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some terminals report a width of zero: it is unknown.
        match Table::new().width().filter(|width| *width > 0) {
            Some(width) if width < NARROW => f.write_str(&self.as_list()),
            width => self.as_table(width).fmt(f),
        }
    }
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

/// A number with its noun, e.g. `1 try` or `2 tries`.
pub(crate) fn count(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// An age with its date and time in UTC, on two lines.
pub(crate) fn dated(since: Timestamp, now: Timestamp) -> String {
    format!("{}\n{}", ago(since, now), minute(since))
}

/// Date and time in UTC, to the minute.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
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
    use super::{count, own, table};

    #[test]
    fn a_row_is_a_list_where_there_is_no_room_for_columns() {
        let mut sheet = table(["trainer", "project", "because"]);
        sheet.add_row([own("usr_1"), own(""), own("ctr_1 ended\nctr_2 runs")]);
        sheet.add_row([own("usr_2"), own("42"), own("")]);
        let list = anstream::adapter::strip_str(&sheet.as_list()).to_string();
        assert_eq!(
            list,
            "trainer: usr_1\nbecause: ctr_1 ended ctr_2 runs\n\ntrainer: usr_2\nproject: 42"
        );
        let wide = sheet.as_table(None).to_string();
        assert!(wide.contains("ctr_1 ended"), "{wide}");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(count(1_u32, "try", "tries"), "1 try");
        assert_eq!(count(0_usize, "try", "tries"), "0 tries");
    }

    #[test]
    fn what_moves_the_cursor_is_escaped() {
        assert_eq!(
            super::plain("a\u{1b}[31mb\nc\u{202e}"),
            r"a\u{1b}[31mb\u{a}c\u{202e}"
        );
    }
}
