//! Tables of the report.

use std::io::IsTerminal;

use anstyle::Style;
use jiff::Timestamp;
use shared::ledger::{AccessState, Entitlement, LastRun, Strangers, Why};
use shared::model::failure::Cause;
use shared::model::text::Escaped;

use super::report::{Because, ConnectionReport, Report, Row};
use super::{hand_over, usage};
use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{ago, cell, cells, own, plain, table};

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
    if report.bridge_runs == Some(false) {
        anstream::println!(
            "{} No bridge runs on this database, so nothing is processed: start it with `bridge serve`.",
            paint(BAD, "Stopped:")
        );
    }
    for dead in &report.dead_letters {
        anstream::println!(
            "  {} {} after {} receives: {}",
            paint(BAD, "dead"),
            plain(&dead.group),
            dead.receive_count,
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
}

fn last_reconcile(run: &LastRun, now: Timestamp) {
    let (ago, found, mended) = (ago(run.started_at, now), run.drift, run.repaired);
    let what = paint(BOLD, "Last reconcile:");
    let differences = if found == 1 {
        "difference"
    } else {
        "differences"
    };
    anstream::println!("{what} {ago} ago, {found} {differences} from OpenTrain, {mended} recorded");
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
        anstream::println!("No hires yet: no contract event received.");
        return;
    }
    let mut table = table(["trainer", "project", "access", "since", "because"]);
    for row in &report.access {
        let (word, style) = state(row);
        table.add_row([
            cell(&row.trainer),
            cell(&row.project),
            own(paint(style, &word)),
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
            format!("due for {}, {} tries", ago(due.since, now), due.tries)
        }
        (_, Some(since)) => ago(since, now),
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

fn state(row: &Row) -> (String, Style) {
    if let (Some(AccessState::Removed), Some(reason)) = (row.state, &row.settled) {
        return (
            format!("removed, settled by an operator ({})", Escaped(reason)),
            DIM,
        );
    }
    let (word, style) = word(row);
    (word.to_owned(), style)
}

fn word(row: &Row) -> (&'static str, Style) {
    let removes = removes(row);
    match (row.trouble.as_ref().map(|it| it.cause), row.state) {
        (Some(Cause::Wrong), _) if removes => ("removal refused", BAD),
        (Some(Cause::Operator), _) if removes => ("removal needs you", BAD),
        (Some(Cause::Transient), _) if removes => ("removal retried", WAITS),
        (Some(Cause::Wrong), _) => ("failed", BAD),
        (Some(Cause::Operator), _) => ("needs you", BAD),
        (Some(Cause::Transient), Some(AccessState::Granted)) => ("retried", WAITS),
        (Some(Cause::Transient), _) => ("grant retried", WAITS),
        (None, Some(AccessState::Granted)) => ("granted", GOOD),
        (None, Some(AccessState::Invited)) => ("invited", WAITS),
        (None, Some(AccessState::AwaitingEmail)) => ("awaiting e-mail", WAITS),
        (None, Some(AccessState::Granting)) => ("being granted", WAITS),
        (None, Some(AccessState::Removing)) => ("being removed", WAITS),
        (None, Some(AccessState::Released)) => ("ended, seat kept for another project", DIM),
        (None, Some(AccessState::Kept)) => ("ended, was a member before and stays", DIM),
        (None, Some(AccessState::Removed)) => ("removed", DIM),
        (None, None) => ("none", DIM),
    }
}

fn removes(row: &Row) -> bool {
    matches!(
        row.state,
        Some(AccessState::Removing | AccessState::Released)
    )
}

fn reasons(row: &Row) -> impl Iterator<Item = String> {
    let hires = row.because.iter().map(reason);
    let trouble = row.trouble.iter().map(|it| it.reason.clone());
    let needs_operator = row
        .trouble
        .as_ref()
        .is_some_and(|it| it.cause != Cause::Transient);
    let cure = (needs_operator && removes(row)).then(|| {
        format!(
            "remove the person in the tool, or run `bridge settle {} {} --reason …`",
            row.trainer, row.project
        )
    });
    hires.chain(trouble).chain(cure)
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
    for aside in &connection.set_aside {
        let delivery = aside.delivery.as_ref().map_or("-", |id| id.as_str());
        anstream::println!(
            "  {} delivery {}: {}",
            paint(BAD, "quarantined"),
            plain(delivery),
            plain(&aside.reason)
        );
    }
}
