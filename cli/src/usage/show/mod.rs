//! Tables of the report.

mod notes;
mod tables;

use jiff::civil::Date;
use shared::usage::Report;

use crate::paint::{BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{count, plain};

/// Maximum rows of a table, and maximum lines of a kind; `--json` shows all.
const MOST_ROWS: usize = 50;

pub fn show(report: &Report) {
    let (verb, style) = if report.dry_run {
        ("would be sent", WAITS)
    } else {
        ("sent", GOOD)
    };
    anstream::println!(
        "{} {} to {} (UTC): {} of {} {}, {} unchanged.",
        paint(BOLD, "Work"),
        first_day(report),
        report.to,
        count(report.entries(), "entry", "entries"),
        count(report.sent.len(), "hire", "hires"),
        paint(style, verb),
        report.unchanged
    );
    tables::entries(report, &paint(style, verb));
    tables::contracts(report);
    if let Some(figures) = report.figures.as_ref().filter(|_| report.entries() > 0) {
        anstream::println!("  {} {figures}", paint(DIM, "figures"));
    }
    notes::show(report);
}

/// Prints the first lines of a kind, and the number of omitted ones. A line is a painted label and a text.
fn lines(lines: impl ExactSizeIterator<Item = (String, String)>) {
    let more = lines.len().saturating_sub(MOST_ROWS);
    for (what, text) in lines.take(MOST_ROWS) {
        anstream::println!("  {what} {}", plain(text));
    }
    if more > 0 {
        anstream::println!("  … and {more} more; --json shows all");
    }
}

/// First day of the report. Open days before the look-back are also sent.
fn first_day(report: &Report) -> Date {
    let sent = report.sent.iter().flat_map(|it| it.days.keys());
    let refused = report.refused.iter().map(|it| &it.day);
    let days = sent.chain(refused).chain([&report.from]);
    days.copied().min().unwrap_or(report.from)
}
