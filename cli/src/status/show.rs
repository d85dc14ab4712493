//! The report as tables for people.

use std::io::IsTerminal;

use anstyle::Style;
use jiff::Timestamp;
use shared::ledger::{AccessState, Cause, LastRun, Strangers};
use shared::provision::{Standing, Why};

use super::hand_over;
use super::report::{Because, ConnectionReport, Report, Row, UsageTrouble};
use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{cell, cells, own, plain, table};

/// Prints the report.
pub fn show(report: &Report, now: Timestamp) {
    access(report, now);
    for (trainer, reason) in &report.unreadable {
        let (what, reason) = (paint(BAD, "unreadable"), plain(reason));
        anstream::println!("{what} trainer {}: {reason}", plain(trainer));
    }
    invitations(report);
    let queue = report.queue;
    anstream::println!(
        "{} {} waiting, {} in flight, {} retrying, {} dead",
        paint(BOLD, "Queue:"),
        queue.waiting,
        queue.in_flight,
        queue.retrying,
        queue.dead
    );
    for dead in &report.dead_letters {
        anstream::println!(
            "  {} {} after {} receives: {}",
            paint(BAD, "dead"),
            plain(&dead.group),
            dead.receive_count,
            plain(&dead.reason)
        );
    }
    if let Some(run) = &report.last_reconcile {
        last_reconcile(run, now);
    }
    report.usage.iter().for_each(|it| usage(it, now));
    report.connections.iter().for_each(connection);
}

fn usage(it: &UsageTrouble, now: Timestamp) {
    let line = |text: String| {
        let what = paint(BAD, "Work not reported as it should be:");
        anstream::println!("{what} project {}: {}", plain(&it.project), plain(text));
    };
    if let Some(failing) = &it.is.failing {
        let (times, since) = (failing.times, ago(failing.since, now));
        line(format!(
            "not read {times} times in a row, for {since}: {}",
            failing.reason
        ));
    }
    if let Some(held) = &it.is.held {
        line(format!(
            "{} reported days are gone at once, {} s in all, for {}: `bridge usage --accept-deletions {}` if that is right",
            held.days,
            held.seconds,
            ago(held.since, now),
            it.project
        ));
    }
    if let Some(frozen) = &it.is.frozen {
        line(format!("{}, for {}", frozen.reason, ago(frozen.since, now)));
    }
}

fn last_reconcile(run: &LastRun, now: Timestamp) {
    let (ago, found, mended) = (ago(run.started_at, now), run.drift, run.repaired);
    let what = paint(BOLD, "Last reconcile:");
    anstream::println!("{what} {ago} ago, {found} differences, {mended} repaired");
    for problem in &run.problems {
        anstream::println!("  {} {}", paint(BAD, "not done"), plain(problem));
    }
    if run.strangers.count > 0 {
        let what = paint(BOLD, "Members who belong to no hire:");
        anstream::println!("{what} {}", plain(strangers(&run.strangers)));
    }
}

/// The members of the tool who belong to no hire, in words.
pub(crate) fn strangers(it: &Strangers) -> String {
    let named: Vec<_> = it.accounts.iter().map(ToString::to_string).collect();
    format!(
        "{} (newest accounts: {}): your own people, or accounts under another address that an invitation link made",
        it.count,
        named.join(", ")
    )
}

fn access(report: &Report, now: Timestamp) {
    if report.access.is_empty() {
        anstream::println!("Nobody was hired yet: no contract event has come in.");
        return;
    }
    let mut table = table(["trainer", "project", "access", "since", "because"]);
    for row in &report.access {
        let (word, style) = state(row);
        table.add_row([
            cell(&row.trainer),
            cell(&row.project),
            own(paint(style, word)),
            own(row.since.map_or_else(String::new, |since| ago(since, now))),
            cells(reasons(row)),
        ]);
    }
    anstream::println!("{table}");
}

fn invitations(report: &Report) {
    let lines = hand_over::lines(&report.hand_over, std::io::stdout().is_terminal());
    for line in lines {
        let what = paint(WAITS, "Invitation to hand over:");
        anstream::println!("{what} {}", plain(line));
    }
}

fn state(row: &Row) -> (&'static str, Style) {
    match (row.trouble.as_ref().map(|it| it.cause), row.state) {
        (Some(Cause::Wrong), _) => ("failed", BAD),
        (Some(Cause::Operator), _) => ("needs you", BAD),
        (Some(Cause::Transient), _) => ("tried again", WAITS),
        (None, Some(AccessState::Granted)) => ("granted", GOOD),
        (None, Some(AccessState::Invited)) => ("invited", WAITS),
        (None, Some(AccessState::AwaitingEmail)) => ("awaiting e-mail", WAITS),
        (None, Some(AccessState::Granting)) => ("being given", WAITS),
        (None, Some(AccessState::Removing)) => ("being removed", WAITS),
        (None, Some(AccessState::Released)) => ("over, seat kept for another project", DIM),
        (None, Some(AccessState::Kept)) => ("over, was a member before and stays", DIM),
        (None, Some(AccessState::Removed)) => ("removed", DIM),
        (None, None) => ("none", DIM),
    }
}

fn reasons(row: &Row) -> impl Iterator<Item = String> {
    let hires = row.because.iter().map(reason);
    hires.chain(row.trouble.iter().map(|it| it.reason.clone()))
}

fn reason(hire: &Because) -> String {
    let standing = match hire.standing {
        Standing::Live => "runs",
        Standing::Orphaned => "runs, orphaned: its link or install is gone",
        Standing::NotAllowed | Standing::NotAllowedOver => {
            "not allowed: the project, or a tool in which a seat opens every project, is another organisation's; see `bridge projects` and `bridge reconcile`"
        }
        Standing::Unconfirmed => "old start: waits until OpenTrain lists the contract as active",
        Standing::Managed => "runs, provisioned by OpenTrain",
        Standing::ManagedOver => "over, provisioned by OpenTrain",
        Standing::Over(Why::ContractEnded) => "ended",
        Standing::Over(Why::LinkRemoved) => "its link was removed",
        Standing::Over(Why::InstallRevoked) => "its install was revoked",
    };
    format!("{} {standing}", hire.contract)
}

fn connection(connection: &ConnectionReport) {
    let install =
        connection
            .install
            .as_ref()
            .map_or("install not seen yet".to_owned(), |install| {
                format!(
                    "install {:?} {}",
                    install.status,
                    install.id.as_ref().map_or("", |id| id.as_str())
                )
                .to_lowercase()
            });
    let live = connection.links.iter().filter(|link| !link.removed).count();
    anstream::println!(
        "{} {}: {}, links: {live}",
        paint(BOLD, "Connection"),
        connection.name,
        plain(install)
    );
    for aside in &connection.set_aside {
        let delivery = aside.delivery.as_ref().map_or("-", |id| id.as_str());
        anstream::println!(
            "  {} delivery {}: {}",
            paint(BAD, "set aside"),
            plain(delivery),
            plain(&aside.reason)
        );
    }
}

fn ago(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
