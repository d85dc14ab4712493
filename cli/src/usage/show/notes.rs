//! Notes of `bridge usage` about work that is not an accepted entry.

use jiff::civil::Date;
use shared::usage::{Report, Stuck};

use super::lines::{lines, time};
use crate::paint::{BAD, DIM, WAITS, paint};
use crate::screen::count;

/// Prints work to review, work that was left out, and work that is missing.
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

/// Prints reported and unreported work that an operator should review.
fn look(report: &Report) {
    lines(report.disputed.iter().map(|it| {
        let text = format!(
            "{} of {} on {}: {} pieces of this work were changed or withdrawn later; review them in project {}",
            it.contract, it.worker, it.day, it.pieces, it.project
        );
        (paint(WAITS, "look"), text)
    }));
    lines(report.apart.iter().map(|it| {
        let text = format!(
            "{} pieces of work of {} on {} in project {}, {}: {}",
            it.pieces,
            it.worker,
            it.day,
            it.project,
            time(it.seconds),
            it.why
        );
        (paint(WAITS, "not reported"), text)
    }));
    lines(report.frozen.iter().map(|it| {
        let text = format!("in project {}: {}", it.project, it.reason);
        (paint(BAD, "frozen"), text)
    }));
}

/// Prints days whose result is open.
fn waits(report: &Report) {
    lines(report.missing.iter().map(|it| {
        let text = format!(
            "{} of {} on {}: project {} shows no work since {:.0}; it stays reported until a run over all work confirms the deletion",
            it.of.contract, it.of.worker, it.day, it.project, it.since
        );
        (paint(WAITS, "missing"), text)
    }));
    lines(report.stuck.iter().map(stuck));
    lines(report.busy.iter().map(|project| {
        let text = format!("project {project} is reported by another run now");
        (paint(WAITS, "waits"), text)
    }));
}

fn unattributed(report: &Report) {
    lines(report.unattributed.iter().map(|it| {
        let text = format!(
            "{} on {} in project {}: the worker had no live contract",
            it.worker, it.day, it.project
        );
        (paint(DIM, "skipped"), text)
    }));
}

fn stuck(it: &Stuck) -> (String, String) {
    let text = format!(
        "{} of {} on {}: work in project {} is reported for {} and can't be withdrawn from there",
        it.of.contract, it.of.worker, it.day, it.project, it.held_by
    );
    (paint(WAITS, "waits"), text)
}

/// Prints work that can no longer be reported, and work that needs an operator.
fn held(report: &Report) {
    lines(report.lost.iter().map(|it| {
        let days: Vec<_> = it.days.keys().map(Date::to_string).collect();
        let days = days.join(", ");
        let text = format!("{} of {}, {days}: {}", it.of.contract, it.of.worker, it.why);
        let what = if it.is_new { "lost" } else { "lost before" };
        (paint(BAD, what), text)
    }));
    lines(report.held_projects.iter().map(|it| {
        let text = format!(
            "{} of project {} gone at once, {} in total. They stay reported. If the deletion is right: bridge usage --accept-deletions {}",
            count(it.hold.days, "reported day", "reported days"), it.project, time(it.hold.seconds), it.project
        );
        (paint(BAD, "held"), text)
    }));
}

fn troubles(report: &Report) {
    let line = |what: &str, reason: &str| (paint(BAD, what), reason.to_owned());
    lines(report.failed.iter().map(|it| {
        let what = format!("{} of {} waits:", it.of.contract, it.of.connection);
        line(
            &what,
            &format!("{}. {}", count(it.entries, "entry", "entries"), it.reason),
        )
    }));
    lines(report.unread.iter().map(|it| {
        let what = format!(
            "project {} not read, waiting: {}:",
            it.project,
            count(it.hires, "hire", "hires")
        );
        line(&what, &it.reason)
    }));
    for it in &report.read_in_part {
        let what = format!("project {} not read completely:", it.project);
        let text = "Correct it in the tool; the next run sends it";
        lines(
            it.rows
                .iter()
                .map(|row| line(&what, &format!("{row}. {text}"))),
        );
        let more = it.count.saturating_sub(it.rows.len());
        if more > 0 {
            lines([line(&what, &format!("and {more} more rows"))].into_iter());
        }
    }
    lines(report.stopped.iter().map(|it| {
        let what = format!(
            "{} stopped for now, {}:",
            it.connection,
            count(it.hires, "hire waits", "hires wait")
        );
        line(&what, &it.reason)
    }));
    let troubles = report.troubles.iter();
    lines(troubles.map(|(reason, times)| line(&count(*times, "time", "times"), reason)));
}
