//! `bridge budget`: consumption of each contract's funded work. The figures are OpenTrain's, because they include work
//! that OpenTrain tracked itself. The bridge calculates none of them.

pub mod args;
pub(crate) mod books;
pub(crate) mod figures;
#[cfg(any(feature = "console", feature = "mcp"))]
pub(crate) mod forecast;
mod gauge;
#[cfg(any(feature = "console", feature = "mcp"))]
pub(crate) mod known;
mod report;
mod show;

use std::collections::BTreeSet;

use anyhow::Context;
use shared::config::Vars;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};

pub use report::{Report, Row};
pub use show::show;

use args::BudgetArgs;
use books::Books;

use crate::exit::CliError;
use crate::screen::json;
use crate::status::note_unread;
use crate::targets::Target;

/// Prints the report, as bars or as JSON. Fails if the database can't be read, or if the connection is unknown.
pub async fn run(args: &BudgetArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(vars).await?;
    let report = read(&target, args.connection.as_ref()).await?;
    if args.json {
        json(&report)?;
    } else {
        show(&report, SystemClock.now());
    }
    Ok(())
}

/// The report on one connection, or on all. Fails if the database can't be read, or if the connection is unknown.
async fn read(target: &Target, connection: Option<&ConnectionName>) -> Result<Report, CliError> {
    let books = Books::open(target).await?;
    let unread = || books.unread_text();
    let known = books.ledger.connections().await.with_context(unread)?;
    let connections = connections(known, connection)?;
    let Books {
        ledger,
        policy,
        projects,
        unread: faults,
        ..
    } = &books;
    let report = Report::read(ledger, policy, projects, connections).await;
    faults.iter().for_each(|it| note_unread(it));
    Ok(report.with_context(unread)?)
}

fn connections(
    known: BTreeSet<ConnectionName>,
    wanted: Option<&ConnectionName>,
) -> Result<Vec<ConnectionName>, CliError> {
    match wanted {
        None => Ok(known.into_iter().collect()),
        Some(name) if known.contains(name) => Ok(vec![name.clone()]),
        Some(name) => Err(CliError::Usage(name.unknown(&known))),
    }
}
