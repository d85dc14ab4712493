//! Tables of the outcome.

use shared::model::ids::TrainerId;
use shared::reconcile::{AccessChange, Change, Outcome, Waits};

use super::text::words;
use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{cell, count, own, plain, table};

/// Maximum rows of a table; `--json` shows all.
const MOST_ROWS: usize = 50;

pub fn show(outcome: &Outcome) {
    let checked = &outcome.checked;
    anstream::println!(
        "{} {} on {} of {}, {}, in {:.1} s",
        paint(BOLD, "Compared"),
        count(checked.contracts, "contract", "contracts"),
        count(checked.links, "link", "links"),
        count(checked.connections, "install", "installs"),
        count(checked.trainers, "trainer", "trainers"),
        std::time::Duration::from_millis(outcome.took_ms).as_secs_f32()
    );
    let unwritten = outcome.dry_run;
    drift(outcome, unwritten);
    access(outcome, unwritten);
    for note in &outcome.notes {
        let connection = note.connection.iter().map(|name| format!("{name}: "));
        let connection: String = connection.collect();
        anstream::println!(
            "{} {connection}{}: {}",
            paint(DIM, "note"),
            plain(&note.about),
            plain(&note.text)
        );
    }
    for held in &outcome.held {
        let trainers: Vec<_> = held.trainers.iter().map(TrainerId::as_str).collect();
        anstream::println!(
            "{} {}: {} of {} trainers would lose access: {}",
            paint(WAITS, "held"),
            held.connection,
            held.losing,
            held.live,
            trainers.join(", ")
        );
    }
    for problem in &outcome.problems {
        anstream::println!("{} {}", paint(BAD, "not done"), plain(problem.line()));
    }
    if outcome.dry_run {
        anstream::println!(
            "{}",
            paint(WAITS, "Nothing was written: this was a dry run.")
        );
    }
}

fn drift(outcome: &Outcome, unwritten: bool) {
    if outcome.drift.is_empty() {
        anstream::println!("No differences.");
        return;
    }
    let mut table = table(["connection", "difference", "object", "action"]);
    for drift in outcome.drift.iter().take(MOST_ROWS) {
        let state = match (drift.waits, drift.repaired, unwritten) {
            (Some(Waits::Operator), ..) => paint(WAITS, "held"),
            (Some(Waits::SecondLook), ..) => paint(WAITS, "counts at the second look"),
            (None, true, _) => paint(GOOD, "recorded"),
            (None, false, true) => paint(WAITS, "would be recorded"),
            (None, false, false) => paint(BAD, "not recorded"),
        };
        let (says, about) = words(drift);
        table.add_row([cell(&drift.connection), cell(says), cell(about), own(state)]);
    }
    anstream::println!("{table}");
    more(outcome.drift.len());
}

fn access(outcome: &Outcome, unwritten: bool) {
    if outcome.access.is_empty() {
        return;
    }
    let mut table = table(["trainer", "project", "access"]);
    for change in outcome.access.iter().take(MOST_ROWS) {
        table.add_row([
            cell(&change.trainer),
            cell(&change.project),
            own(verb(change, unwritten)),
        ]);
    }
    anstream::println!("{table}");
    more(outcome.access.len());
    if !unwritten {
        anstream::println!("These changes are queued; `bridge status` shows their result.");
    }
}

fn verb(change: &AccessChange, unwritten: bool) -> String {
    let (done, would) = match change.change {
        Change::Remove => ("to be revoked", "would be revoked"),
        Change::Release => (
            "to be released, seat kept for another project",
            "would be released",
        ),
        Change::Grant => ("to be granted", "would be granted"),
        Change::Check => ("invitation to be checked", "invitation would be checked"),
        Change::Keep => (
            "to be looked up, and kept if it exists",
            "would be looked up, and kept if it exists",
        ),
    };
    let style = if change.change == Change::Remove {
        BAD
    } else {
        GOOD
    };
    if unwritten {
        paint(WAITS, would)
    } else {
        paint(style, done)
    }
}

fn more(rows: usize) {
    if rows > MOST_ROWS {
        anstream::println!("  … and {} more; --json shows all", rows - MOST_ROWS);
    }
}
