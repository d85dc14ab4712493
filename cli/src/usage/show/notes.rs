//! What has to be known beside the entries.

use jiff::civil::Date;
use shared::usage::{Report, Stuck};

use super::lines;
use super::tables::time;
use crate::paint::{BAD, DIM, WAITS, paint};

/// Prints what to look at, what was left out and what is missing.
pub(super) fn show(report: &Report) {
    look(report);
    waits(report);
    for (why, count) in &report.skipped {
        anstream::println!("  {} {count} {why}", paint(DIM, "skipped"));
    }
    unattributed(report);
    held(report);
    troubles(report);
}

/// Work that is reported, or not, for reasons that an operator should see.
fn look(report: &Report) {
    lines(report.disputed.iter().map(|it| {
        format!(
            "{} {} of {} on {}: {} pieces of this work were changed or taken back after they were done; look at them in project {}",
            paint(WAITS, "look"), it.contract, it.worker, it.day, it.pieces, it.project
        )
    }));
    lines(report.apart.iter().map(|it| {
        format!(
            "{} {} pieces of work of {} on {} in project {}, {}: {}",
            paint(WAITS, "not reported"),
            it.pieces,
            it.worker,
            it.day,
            it.project,
            time(it.seconds),
            it.why
        )
    }));
    lines(report.frozen.iter().map(|it| {
        format!(
            "{} in project {}: {}",
            paint(BAD, "frozen"),
            it.project,
            it.reason
        )
    }));
}

/// Days that are not settled.
fn waits(report: &Report) {
    lines(report.missing.iter().map(|it| {
        format!(
            "{} {} of {} on {}: project {} shows no work since {:.0}; it stays reported until a run over all work confirms that",
            paint(WAITS, "missing"), it.of.contract, it.of.worker, it.day, it.project, it.since
        )
    }));
    lines(report.stuck.iter().map(stuck));
    lines(report.busy.iter().map(|project| {
        format!(
            "{} project {project} is reported by another run now",
            paint(WAITS, "waits")
        )
    }));
}

fn unattributed(report: &Report) {
    lines(report.unattributed.iter().map(|it| {
        format!(
            "{} {} on {} in project {}: no contract of theirs was live",
            paint(DIM, "skipped"),
            it.worker,
            it.day,
            it.project
        )
    }));
}

fn stuck(it: &Stuck) -> String {
    format!(
        "{} {} of {} on {}: work in project {} is reported for {}, from which it can't be taken back",
        paint(WAITS, "waits"),
        it.of.contract,
        it.of.worker,
        it.day,
        it.project,
        it.held_by
    )
}

/// What can't be reported any more, or not without an operator.
fn held(report: &Report) {
    lines(report.lost.iter().map(|it| {
        let days: Vec<_> = it.days.keys().map(Date::to_string).collect();
        let what = if it.is_new { "lost" } else { "lost before" };
        format!(
            "{} {} of {}, {}: {}",
            paint(BAD, what),
            it.of.contract,
            it.of.worker,
            days.join(", "),
            it.why
        )
    }));
    lines(report.held_projects.iter().map(|it| {
        format!(
            "{} {} reported days of project {} are gone at once, {} in all: they stay reported. If that is right: bridge usage --accept-deletions {}",
            paint(BAD, "held"), it.hold.days, it.project, time(it.hold.seconds), it.project
        )
    }));
}

fn troubles(report: &Report) {
    let line = |what: &str, reason: &str| format!("{} {reason}", paint(BAD, what));
    lines(report.failed.iter().map(|it| {
        let what = format!("{} of {} waits:", it.of.contract, it.of.connection);
        line(&what, &format!("{} entries. {}", it.entries, it.reason))
    }));
    lines(report.unread.iter().map(|it| {
        let what = format!("project {} not read, {} hires wait:", it.project, it.hires);
        line(&what, &it.reason)
    }));
    for it in &report.read_in_part {
        let what = format!("project {} not read whole:", it.project);
        let text = "Correct it in the tool; the next run sends it";
        lines(
            it.rows
                .iter()
                .map(|row| line(&what, &format!("{row}. {text}"))),
        );
        let more = it.count.saturating_sub(it.rows.len());
        if more > 0 {
            anstream::println!("  {}", line(&what, &format!("and {more} rows more")));
        }
    }
    lines(report.stopped.iter().map(|it| {
        let what = format!(
            "{} given up for now, {} hires wait:",
            it.connection, it.hires
        );
        line(&what, &it.reason)
    }));
    let troubles = report.troubles.iter();
    lines(troubles.map(|(reason, count)| line(&format!("{count} times"), reason)));
}
