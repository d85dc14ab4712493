//! Tables of the report.

mod lines;
mod notes;
mod tables;

use jiff::civil::Date;
use shared::usage::Report;

use crate::paint::{BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::count;

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

/// First day of the report. Open days before the look-back are also sent.
fn first_day(report: &Report) -> Date {
    let sent = report.sent.iter().flat_map(|it| it.days.keys());
    let refused = report.refused.iter().map(|it| &it.day);
    let days = sent.chain(refused).chain([&report.from]);
    days.copied().min().unwrap_or(report.from)
}
