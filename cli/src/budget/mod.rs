//! `bridge budget`: how much of each contract's funded work is used up.

mod gauge;
mod report;
mod show;

use std::sync::Arc;

use anyhow::Context;
use shared::clock::{Clock, SystemClock};
use shared::config::{Reader, Vars, database, policy};
use shared::connection::ConnectionName;
use shared::ledger::{Ledger, SqliteTable};
use shared::sqlite::Database;

pub use report::Report;
pub use show::show;

use crate::args::BudgetArgs;
use crate::exit::Failed;

/// Prints the report, as bars or as JSON.
///
/// # Errors
/// A database that is missing or can't be read; a connection that nothing is known of.
pub async fn run(args: &BudgetArgs, vars: &Vars) -> Result<(), Failed> {
    let mut reader = Reader::new(vars);
    let path = database(&mut reader);
    let policy = policy(&mut reader);
    let (path, policy) = reader.finish(path.zip(policy))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database =
        Database::open_read_only(&path).map_err(|error| Failed::Misused(error.to_string()))?;
    let ledger = Ledger::new(Arc::new(SqliteTable::new(database)), Arc::clone(&clock));
    let connections = connections(&ledger, args.connection.as_ref()).await?;
    let report = Report::read(&ledger, policy, connections).await;
    let report = report.context("the database can't be read")?;
    if args.json {
        let text = serde_json::to_string_pretty(&report);
        let text = text.context("the report can't be written as JSON")?;
        anstream::println!("{text}");
    } else {
        show(&report, clock.now());
    }
    Ok(())
}

async fn connections(
    ledger: &Ledger,
    wanted: Option<&ConnectionName>,
) -> Result<Vec<ConnectionName>, Failed> {
    let known = ledger.connections().await;
    let known = known.context("the database can't be read")?;
    match wanted {
        None => Ok(known.into_iter().collect()),
        Some(name) if known.contains(name) => Ok(vec![name.clone()]),
        Some(name) => {
            let names: Vec<_> = known.iter().map(ConnectionName::as_str).collect();
            let names = names.join(", ");
            let known = if names.is_empty() {
                "of none yet".into()
            } else {
                format!("of {names}")
            };
            Err(Failed::Misused(format!(
                "nothing is known of the connection `{name}`; something is {known}"
            )))
        }
    }
}
