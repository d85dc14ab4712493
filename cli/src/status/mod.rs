//! `bridge status`: each trainer's access with its reason, and waiting or failed work.
//!
//! - `report`, `row`, `cause`: the report, its rows, and what needs an operator; `read` reads it, `whole` for a target
//! - `cached`: a report that several questions share
//! - `attention`: the rules of what needs an operator; `alerts` and `late` are parts of them
//! - `allowed`: the operator's choices, and the projects that connections may use
//! - `filter`: the rows that are shown; `show`: the tables

mod alerts;
mod allowed;
pub mod args;
mod attention;
#[cfg(any(feature = "console", feature = "mcp"))]
mod cached;
mod cause;
mod filter;
mod hand_over;
mod late;
#[cfg(any(feature = "console", feature = "mcp"))]
mod projects;
mod read;
mod report;
mod row;
mod show;
mod state;
mod usage;
mod whole;

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use shared::config::Vars;
use shared::model::clock::{Clock, SystemClock};

pub(crate) use allowed::{Allowed, choices, note as note_unread};
#[cfg(any(feature = "console", feature = "mcp"))]
pub(crate) use cached::Cached;
#[cfg(feature = "console")]
pub(crate) use cached::{Reading, state_of};
#[cfg(feature = "console")]
pub(crate) use cause::{Attention, AttentionKind};
pub use filter::Filter;
pub(crate) use hand_over::Exposed;
pub use hand_over::HandOver;
pub(crate) use late::{PERIODS, is_late, late};
#[cfg(feature = "console")]
pub(crate) use projects::Project;
pub use report::Report;
pub use row::Row;
pub use show::show;
pub(crate) use show::strangers;
#[cfg(feature = "console")]
pub(crate) use show::{reasons, styled_state};
#[cfg(feature = "mcp")]
pub(crate) use state::State;
pub(crate) use usage::LastReport;
pub(crate) use whole::read;

use args::StatusArgs;

use crate::exit::CliError;
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
    // In a whole report, they are causes.
    if args.filter.is_partial() {
        let unread = report.unread_connections.iter();
        unread.for_each(|it| note_unread(it));
    }
    if args.watch {
        return watch(&target, args, report).await;
    }
    print(&report, args)?;
    match args.exit_code && !report.attention.is_empty() {
        true => Err(needs_operator(&report)),
        false => Ok(()),
    }
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
    let causes = report.attention.iter();
    let causes: Vec<_> = causes
        .map(|it| format!("{}: {}", it.title(), it.text))
        .collect();
    CliError::Attention(format!(
        "{}: {}",
        count(causes.len(), "cause needs you", "causes need you"),
        causes.join("; ")
    ))
}

/// Prints the report again when it changes, until the operator stops it. On a terminal, prints it at each interval, so
/// that the ages are current.
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
