//! Entries by day, and the days of each contract.

use std::cmp::Reverse;

use comfy_table::Cell;
use jiff::civil::Date;
use shared::ledger::{Hired, Measures};
use shared::usage::{ContractDays, Report};

use super::lines::{MOST_ROWS, time};
use crate::paint::{BAD, paint};
use crate::screen::{cell, own, plain, table};

/// Prints all refused entries, then sent ones.
pub(super) fn entries(report: &Report, verb: &str) {
    let mut rows = refused(report);
    let bad = rows.len();
    let sent = report.sent.iter().flat_map(|sent| {
        let days = sent.days.iter();
        days.map(|(day, measures)| row(&sent.of, *day, *measures, verb.to_owned()))
    });
    rows.extend(sent.take(MOST_ROWS));
    let shown = rows.len() - bad;
    let header = [
        "contract",
        "connection",
        "worker",
        "day",
        "time",
        "tasks",
        "labels",
        "outcome",
    ];
    print(header, rows);
    let more = report.entries() - shown;
    if more > 0 {
        anstream::println!("  … and {more} more entries; --json shows all");
    }
}

/// Prints the number of days of each contract by state, the worst first.
pub(super) fn contracts(report: &Report) {
    let mut contracts: Vec<&ContractDays> = report.contracts.iter().collect();
    contracts.sort_by_key(|it| Reverse((it.lost, it.held_back, it.corrected, it.open)));
    let more = contracts.len().saturating_sub(MOST_ROWS);
    let row = |it: &&ContractDays| {
        let bad = |count: u64| match count {
            0 => own(count),
            _ => own(paint(BAD, &count.to_string())),
        };
        vec![
            cell(&it.of.contract),
            cell(&it.of.connection),
            cell(&it.of.worker),
            own(it.reported),
            own(it.corrected),
            own(it.open),
            bad(it.held_back),
            bad(it.lost),
        ]
    };
    let header = [
        "contract",
        "connection",
        "worker",
        "days reported",
        "corrected",
        "open",
        "held back",
        "lost",
    ];
    print(header, contracts.iter().take(MOST_ROWS).map(row).collect());
    if more > 0 {
        anstream::println!("  … and {more} more contracts; --json shows all");
    }
}

fn print<const N: usize>(header: [&'static str; N], rows: Vec<Vec<Cell>>) {
    if rows.is_empty() {
        return;
    }
    let mut table = table(header);
    table.add_rows(rows);
    anstream::println!("{table}");
}

/// Rows of all held-back and refused entries.
fn refused(report: &Report) -> Vec<Vec<Cell>> {
    let held_back = report.held_back.iter().map(|it| {
        let outcome = format!("{}: {}", paint(BAD, "held back"), plain(it.because));
        row(&it.of, it.day, it.measures, outcome)
    });
    let refused = report.refused.iter().map(|it| {
        let outcome = format!("{}: {}", paint(BAD, "refused"), plain(&it.reason));
        row(&it.of, it.day, it.measures, outcome)
    });
    held_back.chain(refused).collect()
}

fn row(of: &Hired, day: Date, measures: Measures, outcome: String) -> Vec<Cell> {
    let count = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |it| it.to_string());
    vec![
        cell(&of.contract),
        cell(&of.connection),
        cell(&of.worker),
        own(day),
        own(measures.seconds.map_or_else(|| "-".to_owned(), time)),
        own(count(measures.tasks)),
        own(count(measures.labels)),
        own(outcome),
    ]
}
