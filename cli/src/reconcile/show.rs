//! The outcome as tables for people.

use shared::ledger::InstallStatus;
use shared::reconcile::{AccessChange, Change, Drift, HireRef, Outcome, What};

use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{cell, own, plain, table};

/// How many rows of a table are shown; `--json` shows all.
const MOST_ROWS: usize = 50;

/// Prints the outcome.
pub fn show(outcome: &Outcome) {
    let checked = &outcome.checked;
    anstream::println!(
        "{} {} contracts on {} links of {} installs, {} trainers, in {:.1} s",
        paint(BOLD, "Compared"),
        checked.contracts,
        checked.links,
        checked.connections,
        checked.trainers,
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
        anstream::println!("The ledger says what OpenTrain says.");
        return;
    }
    let mut table = table(["connection", "OpenTrain says", "about", "ledger"]);
    for drift in outcome.drift.iter().take(MOST_ROWS) {
        let state = match (drift.repaired, unwritten) {
            (true, _) => paint(GOOD, "repaired"),
            (false, true) => paint(WAITS, "would be repaired"),
            (false, false) => paint(BAD, "not repaired"),
        };
        let (says, about) = words(drift);
        table.add_row([cell(&drift.connection), cell(says), cell(about), own(state)]);
    }
    anstream::println!("{table}");
    more(outcome.drift.len());
}

fn words(Drift { what, .. }: &Drift) -> (String, String) {
    let says = match what {
        What::Install {
            status: InstallStatus::Active,
            ..
        } => "it is connected".into(),
        What::Install {
            status: InstallStatus::Revoked,
            ..
        } => "it is disconnected".into(),
        What::LinkFound { project, .. } => {
            let project = project
                .as_ref()
                .map_or("nothing", |project| project.as_str());
            format!("it leads to {project}")
        }
        What::LinkGone { .. } => "it is gone".into(),
        What::HireFound(hire) => format!("{} works on {}", hire.trainer, hire.project),
        What::HireEnded(HireRef {
            trainer, project, ..
        }) => {
            format!("{trainer} works no more on {project}")
        }
        What::EndpointDisabled {
            redelivered: Some(count),
            ..
        } => {
            format!("it was disabled by failures; {count} deliveries come again")
        }
        What::EndpointDisabled { .. } => "it was disabled by failures".into(),
    };
    (says, what.about())
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
        anstream::println!("The bridge works on these now; `bridge status` shows how far it is.");
    }
}

fn verb(change: &AccessChange, unwritten: bool) -> String {
    let (done, would) = match change.change {
        Change::Remove => ("is taken away", "would be taken away"),
        Change::Release => ("is over here, and due elsewhere", "would be over here"),
        Change::Grant => ("is given", "would be given"),
        Change::Check => ("invitation is looked at", "invitation would be looked at"),
        Change::Keep => ("is kept if it is there", "would be kept if it is there"),
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
