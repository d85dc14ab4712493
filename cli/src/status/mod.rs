//! `bridge status`: each trainer's access with its reason, and waiting or failed work.

mod attention;
mod filter;
mod hand_over;
mod report;
mod show;
mod state;
mod usage;

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::Value;
use shared::config::{OpenTrainSettings, Reader, Vars, policy};
use shared::connection::{StoreError, as_served};
use shared::ledger::Projects;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::failure::Cause;

#[cfg(feature = "console")]
pub(crate) use attention::cause;
pub use filter::Filter;
pub(crate) use hand_over::Exposed;
pub use hand_over::HandOver;
pub use report::{Report, Row};
pub use show::show;
pub(crate) use show::strangers;
#[cfg(feature = "console")]
pub(crate) use show::{reasons, styled_state};
pub(crate) use usage::LastReport;

use crate::args::StatusArgs;
use crate::control::is_running;
use crate::exit::CliError;
use crate::paint::{WAITS, paint};
use crate::screen::{count, json, json_line};
use crate::targets::Target;

/// Interval of `--watch`.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Moves the cursor to the top of an empty screen.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// Prints the report, as tables or as JSON. Fails if the database or the stack can't be read, and with `--exit-code` if
/// something needs an operator.
pub async fn run(args: &StatusArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(vars).await?;
    let report = read(&target, &args.filter).await?;
    if args.watch {
        return watch(&target, args, report).await;
    }
    print(&report, args)?;
    match args.exit_code && !report.attention.is_empty() {
        true => Err(needs_operator(&report)),
        false => Ok(()),
    }
}

/// The report with the access that the filter names.
pub(crate) async fn read(target: &Target, filter: &Filter) -> Result<Report, CliError> {
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let opentrain = target.opentrain_to_connect(&mut reader);
    let (policy, opentrain) = reader.finish(policy.zip(opentrain))?;
    let projects = projects(&opentrain).await;
    let books = target.books().await?;
    let report = Report::read_part(
        &books.ledger,
        books.queue.as_ref(),
        &policy,
        projects,
        filter,
    );
    let mut report = report.await.map_err(|failure| match failure.cause {
        Cause::Wrong => CliError::Usage(failure.reason),
        _ => anyhow!("{} can't be read: {failure}", target.what()).into(),
    })?;
    report.bridge_runs = is_running(target).await;
    Ok(report.with_attention(filter, &target.flag()))
}

fn print(report: &Report, args: &StatusArgs) -> Result<(), CliError> {
    let is_whole = !args.filter.failed && !args.filter.is_partial();
    match (args.json, is_whole) {
        (true, _) => json(report)?,
        (false, true) => show(report, SystemClock.now()),
        (false, false) => show::show_part(report, &args.filter, SystemClock.now()),
    }
    Ok(())
}

fn needs_operator(report: &Report) -> CliError {
    let kinds: Vec<_> = report.attention.iter().map(|it| it.text.as_str()).collect();
    CliError::Attention(format!(
        "{}: {}",
        count(kinds.len(), "cause needs you", "causes need you"),
        kinds.join("; ")
    ))
}

/// Prints the report again when it changes, until the operator stops it. On a terminal the ages run on.
async fn watch(target: &Target, args: &StatusArgs, mut report: Report) -> Result<(), CliError> {
    let at_a_terminal = std::io::stdout().is_terminal();
    let mut shown = Value::Null;
    loop {
        let value = serde_json::to_value(&report).context("the report can't be written as JSON")?;
        if args.json && value != shown {
            json_line(&report)?;
        } else if !args.json && (at_a_terminal || value != shown) {
            if at_a_terminal {
                anstream::print!("{CLEAR}");
            }
            print(&report, args)?;
        }
        shown = value;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        report = read(target, &args.filter).await?;
    }
}

/// The projects that connections may use. Prints a note for an unreadable connections file; access is shown anyway.
pub(crate) async fn projects(opentrain: &OpenTrainSettings) -> Projects {
    let note = |error: &StoreError| {
        anstream::eprintln!(
            "{} the allowed projects are unknown: {error}",
            paint(WAITS, "note")
        );
    };
    let read = match opentrain.kept().keeper.read_each().await {
        Ok(read) => read,
        Err(error) => {
            note(&error);
            return Projects::default();
        }
    };
    read.faults.iter().for_each(note);
    // The token of `default` may be in the environment of the running bridge.
    let mut served = BTreeSet::from([ConnectionName::default()]);
    let with_token = read.kept.iter().filter(|(_, own)| own.token.is_some());
    served.extend(with_token.map(|(name, _)| name.clone()));
    let lists = as_served(read.kept)
        .into_iter()
        .filter_map(|(name, own)| Some((name, Arc::new(own.projects?))));
    Projects {
        allowed: lists.collect(),
        recorded: false,
        // An unreadable connection may be served, too. Then the set is unknown.
        served: read.faults.is_empty().then_some(served),
    }
}
