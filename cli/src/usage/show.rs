//! The report as tables for people.

use comfy_table::{Cell, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use jiff::civil::Date;
use shared::ledger::{Hired, Measures};
use shared::usage::Report;

use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};

/// How many entries are shown one by one.
const MOST_ROWS: usize = 50;

/// Prints the report.
pub fn show(report: &Report) {
    let (verb, style) = if report.dry_run {
        ("would be sent", WAITS)
    } else {
        ("sent", GOOD)
    };
    anstream::println!(
        "{} {} to {} (UTC): {} entries of {} hires {}, {} unchanged.",
        paint(BOLD, "Work"),
        report.from,
        report.to,
        report.entries(),
        report.sent.len(),
        paint(style, verb),
        report.unchanged
    );
    table(report, &paint(style, verb));
    if let Some(figures) = report.figures.as_ref().filter(|_| report.entries() > 0) {
        anstream::println!("  {} {figures}", paint(DIM, "figures"));
    }
    for it in &report.disputed {
        anstream::println!(
            "  {} {} of {} on {}: somebody else has written to {} pieces of this work; look at them in project {}",
            paint(WAITS, "look"),
            it.contract,
            it.worker,
            it.day,
            it.pieces,
            it.project
        );
    }
    for (why, count) in &report.skipped {
        anstream::println!("  {} {count} {why}", paint(DIM, "skipped"));
    }
    troubles(report);
}

fn table(report: &Report, verb: &str) {
    let mut rows = refused(report);
    let bad = rows.len();
    let sent = report.sent.iter().flat_map(|sent| {
        let days = sent.days.iter();
        days.map(|(day, measures)| row(&sent.of, *day, *measures, verb.to_owned()))
    });
    rows.extend(sent.take(MOST_ROWS));
    if rows.is_empty() {
        return;
    }
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header([
            "contract", "worker", "day", "time", "tasks", "labels", "outcome",
        ]);
    let shown = rows.len() - bad;
    table.add_rows(rows);
    anstream::println!("{table}");
    let more = report.entries() - shown;
    if more > 0 {
        anstream::println!("  … and {more} entries more; --json shows all");
    }
}

/// What was refused or held back comes first, and all of it.
fn refused(report: &Report) -> Vec<Vec<Cell>> {
    let held_back = report.held_back.iter().map(|it| {
        let outcome = format!("{}: {}", paint(BAD, "held back"), it.because);
        row(&it.of, it.day, it.measures, outcome)
    });
    let refused = report.refused.iter().map(|it| {
        let outcome = format!("{}: {}", paint(BAD, "refused"), it.reason);
        row(&it.of, it.day, it.measures, outcome)
    });
    held_back.chain(refused).collect()
}

fn row(of: &Hired, day: Date, measures: Measures, outcome: String) -> Vec<Cell> {
    let count = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |it| it.to_string());
    vec![
        Cell::new(&of.contract),
        Cell::new(&of.worker),
        Cell::new(day),
        Cell::new(measures.seconds.map_or_else(|| "-".to_owned(), time)),
        Cell::new(count(measures.tasks)),
        Cell::new(count(measures.labels)),
        Cell::new(outcome),
    ]
}

/// `7:05:09`, as a time sheet has it; nothing is rounded.
fn time(seconds: i64) -> String {
    if seconds < 0 {
        return format!("{seconds} s");
    }
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn troubles(report: &Report) {
    let line = |what: &str, reason: &str| anstream::println!("  {} {reason}", paint(BAD, what));
    for it in &report.failed {
        let what = format!("{} of {} waits:", it.of.contract, it.of.connection);
        line(&what, &format!("{} entries. {}", it.entries, it.reason));
    }
    for it in &report.unread {
        let what = format!("project {} not read, {} hires wait:", it.project, it.hires);
        line(&what, &it.reason);
    }
    for it in &report.read_in_part {
        let what = format!("project {} not read whole:", it.project);
        for row in &it.rows {
            line(
                &what,
                &format!("{row}. Correct it in the tool; the next run sends it"),
            );
        }
        if it.count > it.rows.len() {
            line(
                &what,
                &format!("and {} rows more", it.count - it.rows.len()),
            );
        }
    }
    for it in &report.stopped {
        let what = format!(
            "{} given up for now, {} hires wait:",
            it.connection, it.hires
        );
        line(&what, &it.reason);
    }
    for (reason, count) in &report.troubles {
        line(&format!("{count} times"), reason);
    }
}
