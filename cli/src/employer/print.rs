//! Output of the employer's commands.

use shared::opentrain::public::{Listed, Page};

use crate::exit::CliError;
use crate::paint::{DIM, paint};
pub(super) use crate::screen::{
    cell, foreign_json as json, foreign_json_line as json_line, own, plain, table,
};
use crate::setup::print::unreadable;

/// A page as JSON or as a table, with what could not be read and how to get the next page.
pub(super) fn page<T: Listed, const N: usize>(
    page: &Page<T>,
    as_json: bool,
    (columns, empty): ([&'static str; N], &str),
    row: impl Fn(&T) -> [comfy_table::Cell; N],
) -> Result<(), CliError> {
    if as_json {
        return json(page);
    }
    unreadable(page.items.unreadable());
    if page.items.is_empty() {
        anstream::println!("{empty}");
        return Ok(());
    }
    let mut rows = table(columns);
    for item in page.items.readable() {
        rows.add_row(row(item));
    }
    anstream::println!("{rows}");
    if let Some(cursor) = &page.next_cursor {
        anstream::println!(
            "There are more: repeat the command with --cursor {}",
            plain(cursor)
        );
    }
    Ok(())
}

/// One object's members, one per line.
pub(super) fn members(rows: impl IntoIterator<Item = (&'static str, String)>) {
    for (name, value) in rows {
        anstream::println!("{} {}", paint(DIM, &format!("{name:<16}")), plain(value));
    }
}

pub(super) fn text(text: Option<impl AsRef<str>>) -> String {
    text.map_or_else(String::new, |text| text.as_ref().to_owned())
}

pub(super) fn time(time: Option<jiff::Timestamp>) -> String {
    time.map_or_else(String::new, |time| {
        time.strftime("%Y-%m-%d %H:%M").to_string()
    })
}

pub(super) fn usd(amount: Option<f64>) -> String {
    amount.map_or_else(String::new, |amount| format!("${amount:.2}"))
}

pub(super) fn cents(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    format!("{sign}${}.{:02}", amount / 100, amount % 100)
}

pub(super) fn number(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
