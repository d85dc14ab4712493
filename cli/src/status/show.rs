//! Tables of the report.

use std::io::IsTerminal;

#[cfg(feature = "console")]
use anstyle::Style;
use jiff::Timestamp;
use shared::ledger::{Entitlement, LastRun, Strangers, Why};
use shared::model::text::Escaped;

use super::filter::Filter;
use super::report::{ConnectionReport, Report};
use super::row::{Because, Row};
use super::state::State;
use super::{hand_over, usage};
use crate::control::note_stopped;
use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{ago, cell, cells, count, dated, minute, own, plain, table};

/// Prints the whole report.
pub fn show(report: &Report, now: Timestamp) {
    if report.access.is_empty() {
        anstream::println!("No hires yet: no contract event received.");
    }
    access(report, now);
    unreadable(report);
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
            "  {} {} after {}: {}",
            paint(BAD, "dead"),
            plain(&dead.group),
            count(dead.receive_count, "receive", "receives"),
            plain(&dead.reason)
        );
    }
    if queue.dead > 0 {
        anstream::println!(
            "  `bridge dead-letters` shows causes and ids, redrives and drops them."
        );
    }
    if let Some(run) = &report.last_reconcile {
        last_reconcile(run, now);
    }
    usage::show(report.last_usage.as_ref(), &report.usage, now);
    report.connections.iter().for_each(connection);
    needs_you(report);
}

/// Prints the access that the filter names, and what needs an operator.
pub(super) fn show_part(report: &Report, filter: &Filter, now: Timestamp) {
    access(report, now);
    unreadable(report);
    if !filter.failed {
        invitations(report);
        stopped(report);
        if report.access.is_empty() {
            anstream::println!("No access matches the filter.");
        }
        return;
    }
    needs_you(report);
    if report.attention.is_empty() {
        anstream::println!("{} nothing failed or waits for you.", paint(GOOD, "ok:"));
    }
}

/// Prints the causes, the most urgent first.
fn needs_you(report: &Report) {
    for it in &report.attention {
        anstream::println!(
            "{} {}: {} {}",
            paint(BAD, "needs you:"),
            it.title(),
            plain(&it.text),
            paint(DIM, &format!("→ {}", it.fix))
        );
    }
}

fn unreadable(report: &Report) {
    for (trainer, reason) in &report.unreadable {
        let (what, reason) = (paint(BAD, "unreadable"), plain(reason));
        anstream::println!("{what} trainer {}: {reason}", plain(trainer));
    }
}

fn stopped(report: &Report) {
    if report.bridge_runs == Some(false) {
        note_stopped();
    }
}

fn last_reconcile(run: &LastRun, now: Timestamp) {
    let (ago, found, mended) = (ago(run.started_at, now), run.drift, run.repaired);
    let (what, at) = (paint(BOLD, "Last reconcile:"), minute(run.started_at));
    let differences = count(found, "difference", "differences");
    anstream::println!(
        "{what} {ago} ago ({at} UTC), {differences} from OpenTrain, {mended} recorded"
    );
    for problem in &run.problems {
        anstream::println!("  {} {}", paint(BAD, "not done"), plain(problem));
    }
    if run.strangers.count > 0 {
        let what = paint(BOLD, "Members who belong to no hire:");
        anstream::println!("{what} {}", plain(strangers(&run.strangers)));
    }
}

/// Text about members who belong to no hire.
pub(crate) fn strangers(it: &Strangers) -> String {
    let named: Vec<_> = it.accounts.iter().map(ToString::to_string).collect();
    format!(
        "{} (newest accounts: {}): your own staff, or accounts that were created with an invitation link under another address",
        it.count,
        named.join(", ")
    )
}

fn access(report: &Report, now: Timestamp) {
    if report.access.is_empty() {
        return;
    }
    let at_a_terminal = std::io::stdout().is_terminal();
    let mut table = table(["trainer", "project", "access", "since (UTC)", "because"]);
    for row in &report.access {
        // Redirected output is often stored in files.
        let name = row.name.as_ref().filter(|_| at_a_terminal);
        table.add_row([
            cells(
                [row.trainer.as_str()]
                    .into_iter()
                    .chain(name.map(String::as_str)),
            ),
            cell(&row.project),
            own(paint(row.state.style(), &state(row))),
            own(since(row, now)),
            cells(reasons(row)),
        ]);
    }
    anstream::println!("{table}");
}

/// Age of the state. For due work, the time since it became due.
fn since(row: &Row, now: Timestamp) -> String {
    match (row.due, row.since) {
        (Some(due), _) if due.tries > 0 => {
            let tries = count(due.tries, "try", "tries");
            format!(
                "due for {}, {tries}\n{}",
                ago(due.since, now),
                minute(due.since)
            )
        }
        (_, Some(since)) => dated(since, now),
        (_, None) => String::new(),
    }
}

fn invitations(report: &Report) {
    let lines = hand_over::lines(&report.hand_over, std::io::stdout().is_terminal());
    for line in lines {
        let what = paint(WAITS, "Invitation to hand over:");
        anstream::println!("{what} {}", plain(line));
    }
}

/// The state of a row in words, with its style.
#[cfg(feature = "console")]
pub(crate) fn styled_state(row: &Row) -> (String, Style) {
    (state(row), row.state.style())
}

fn state(row: &Row) -> String {
    let text = row.state.text();
    match &row.settled {
        Some(reason) if row.state == State::Settled => format!("{text} ({})", Escaped(reason)),
        _ => text.to_owned(),
    }
}

pub(crate) fn reasons(row: &Row) -> impl Iterator<Item = String> {
    let hires = row.because.iter().map(reason);
    let trouble = row.trouble.iter().map(|it| it.reason.clone());
    let fix = row.state.is_open_removal().then(|| {
        format!(
            "remove the person in the tool, or run `bridge settle {} {} --reason …`",
            row.trainer, row.project
        )
    });
    hires.chain(trouble).chain(fix)
}

fn reason(hire: &Because) -> String {
    let standing = match hire.standing {
        Entitlement::Live => "runs",
        Entitlement::Orphaned => "runs, orphaned: its link, install or connection is gone",
        Entitlement::NotAllowed => {
            let why = hire.not_allowed.as_deref().unwrap_or_default();
            return format!("{} not allowed: {why}", hire.contract);
        }
        Entitlement::NotAllowedOver => "ended; it was not allowed",
        Entitlement::Unconfirmed => {
            "late start: waits until OpenTrain lists the contract as active"
        }
        Entitlement::Managed => "runs, provisioned by OpenTrain",
        Entitlement::ManagedOver => "ended, provisioned by OpenTrain",
        Entitlement::Over(Why::ContractEnded) => "ended",
        Entitlement::Over(Why::LinkRemoved) => "its link was removed",
        Entitlement::Over(Why::InstallRevoked) => "its install was revoked",
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
    let is_disconnected = connection
        .install
        .as_ref()
        .is_some_and(|it| it.disconnected);
    let disconnected = if is_disconnected {
        ", disconnected by an operator"
    } else {
        ""
    };
    let live = connection.links.iter().filter(|link| !link.removed).count();
    anstream::println!(
        "{} {}: {}{disconnected}, links: {live}",
        paint(BOLD, "Connection"),
        connection.name,
        plain(install)
    );
    for aside in &connection.quarantined {
        let delivery = aside.delivery.as_ref().map_or("-", |id| id.as_str());
        anstream::println!(
            "  {} delivery {}: {}",
            paint(BAD, "quarantined"),
            plain(delivery),
            plain(&aside.reason)
        );
    }
}
