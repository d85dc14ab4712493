//! `bridge status`: who has access to what and why, and what waits or failed.

mod report;
mod show;

use std::sync::Arc;

use anyhow::Context;
use shared::clock::{Clock, SystemClock};
use shared::config::{Reader, Vars, database, policy};
use shared::ledger::{Ledger, SqliteTable};
use shared::queue::{Limits, SqliteQueue};
use shared::sqlite::Database;

pub use report::Report;
pub use show::show;

use crate::exit::Failed;

/// Prints the report, as tables or as JSON.
///
/// # Errors
/// A database that is missing or can't be read.
pub async fn run(vars: &Vars, json: bool) -> Result<(), Failed> {
    let mut reader = Reader::new(vars);
    let path = database(&mut reader);
    let policy = policy(&mut reader);
    let (path, policy) = reader.finish(path.zip(policy))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database =
        Database::open_read_only(&path).map_err(|error| Failed::Misused(error.to_string()))?;
    let queue = SqliteQueue::new(database.clone(), Arc::clone(&clock), Limits::default());
    let ledger = Ledger::new(Arc::new(SqliteTable::new(database)), Arc::clone(&clock));
    let report = Report::read(&ledger, &queue, policy)
        .await
        .context("the database can't be read")?;
    if json {
        let text =
            serde_json::to_string_pretty(&report).context("the report can't be written as JSON")?;
        anstream::println!("{text}");
    } else {
        show(&report, clock.now());
    }
    Ok(())
}
