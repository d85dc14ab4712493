//! `bridge events`: deliveries that were received, and requests that were refused.

mod args;
mod log;

use std::time::Duration;

use anyhow::Context;
use comfy_table::Cell;
use schemars::JsonSchema;
use serde::Serialize;
use shared::config::Vars;
use shared::ledger::Quarantined;
use shared::model::ConnectionName;
use shared::queue::Depth;
use shared::sqlite::Database;
use shared::webhook::{Found, Query, Row};

pub use args::EventsArgs;

use crate::exit::CliError;
use crate::screen::{cell, json_line, table};
use crate::targets::Target;

/// Interval of looking for new deliveries.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Output of `bridge events` on a stack.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OnStack {
    queue: Depth,
    quarantined: Vec<OfConnection>,
    /// The command that reads the deliveries from the function's log.
    log: String,
}

/// A quarantined delivery.
#[derive(Debug, Serialize, JsonSchema)]
struct OfConnection {
    connection: ConnectionName,
    #[serde(flatten)]
    delivery: Quarantined,
}

/// Result of a query for deliveries.
pub(crate) enum Answer {
    /// The journal of a machine.
    Found(Found),
    /// A stack has no journal.
    OnStack(OnStack),
}

/// The deliveries that the filters name.
pub(crate) async fn read(target: &Target, filter: &EventsArgs) -> Result<Answer, CliError> {
    let Some(database) = target.database_to_read()? else {
        return Ok(Answer::OnStack(of_stack(filter, target).await?));
    };
    let found = query(filter).read(&database).await;
    let found = found.with_context(|| format!("{} can't be read", target.what()))?;
    Ok(Answer::Found(found))
}

pub async fn run(args: &EventsArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let found = match read(&target, args).await? {
        Answer::Found(found) => found,
        Answer::OnStack(found) => return on_stack(&found, args.json),
    };
    show(&found.rows, args.json)?;
    let Some(database) = target.database_to_read()?.filter(|_| args.follow) else {
        return Ok(());
    };
    let unread = || format!("{} can't be read", target.what());
    let mut query = query(args);
    query.after = found.last;
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let found = newer(&query, &database).await.with_context(unread)?;
        query.after = found.last;
        if !found.rows.is_empty() {
            show(&found.rows, args.json)?;
        }
    }
}

/// Deliveries since the last look, without the limit of the first.
async fn newer(
    query: &Query,
    database: &Database,
) -> Result<shared::webhook::Found, shared::sqlite::DatabaseError> {
    let query = Query {
        limit: usize::MAX,
        ..query.clone()
    };
    query.read(database).await
}

fn query(args: &EventsArgs) -> Query {
    Query {
        kind: args.kind.clone(),
        contract: args.contract.clone(),
        connection: args.connection.as_ref().map(ToString::to_string),
        outcome: args.outcome.clone(),
        since: args.since,
        before: None,
        after: 0,
        limit: args.limit,
    }
}

fn show(rows: &[Row], json: bool) -> Result<(), CliError> {
    if json {
        return rows.iter().try_for_each(json_line);
    }
    if rows.is_empty() {
        anstream::println!("No deliveries. `bridge events --help` has the filters.");
        return Ok(());
    }
    let mut shown = table([
        "time",
        "type",
        "event",
        "contract",
        "connection",
        "outcome",
        "ms",
    ]);
    for row in rows {
        shown.add_row(cells(row));
    }
    anstream::println!("{shown}");
    Ok(())
}

fn cells(row: &Row) -> Vec<Cell> {
    let text = |text: &Option<String>| cell(text.as_deref().unwrap_or("-"));
    let outcome = match row.took_ms {
        Some(_) => row.outcome.clone(),
        None => format!("{} ×{} in this minute", row.outcome, row.requests),
    };
    let ms = row
        .took_ms
        .map_or_else(|| "-".to_owned(), |ms| ms.to_string());
    vec![
        cell(format!("{:.0}", row.at)),
        text(&row.kind),
        text(&row.event),
        text(&row.contract),
        text(&row.connection),
        cell(outcome),
        cell(ms),
    ]
}

/// A stack has no journal: its function's log has each delivery. The ledger and the queue have the rest.
fn on_stack(found: &OnStack, json: bool) -> Result<(), CliError> {
    if json {
        return json_line(found);
    }
    let depth = found.queue;
    anstream::println!(
        "Queue: {} waiting, {} in flight, {} retrying, {} dead. Quarantined deliveries: {}.",
        depth.waiting,
        depth.in_flight,
        depth.retrying,
        depth.dead,
        found.quarantined.len()
    );
    anstream::println!("The log of the webhook function has each delivery:");
    anstream::println!("  {}", found.log);
    Ok(())
}

async fn of_stack(args: &EventsArgs, target: &Target) -> Result<OnStack, CliError> {
    let books = target.books().await?;
    let unread = || format!("{} can't be read", target.what());
    let depth = books.queue.depth().await.with_context(unread)?;
    let connections = books.ledger.connections().await.with_context(unread)?;
    let mut quarantined = Vec::new();
    for name in connections {
        if args.connection.as_ref().is_none_or(|it| *it == name) {
            let rows = books.ledger.aside(&name).await.with_context(unread)?;
            quarantined.extend(rows.into_iter().map(|delivery| OfConnection {
                connection: name.clone(),
                delivery,
            }));
        }
    }
    Ok(OnStack {
        queue: depth,
        quarantined,
        log: log_command(args, target),
    })
}

/// The command that reads the deliveries from the function's log.
pub(crate) fn log_command(args: &EventsArgs, target: &Target) -> String {
    let stack = target.vars().get("BRIDGE_STACK").unwrap_or("NAME");
    log::command(args, stack)
}
