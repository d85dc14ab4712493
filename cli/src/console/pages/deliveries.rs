//! Deliveries that were received, and requests that were refused.

use anyhow::Context;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use shared::model::ConnectionName;
use shared::sqlite::Database;
use shared::webhook::{Query, Row};

use super::{outcome, person_link};
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Page, Problem, code, command, empty, failed, filter, or_dash, pager, part, select, table,
    text, when,
};
use crate::console::query::chosen;
use crate::events::{EventsArgs, log_command};
use crate::exit::CliError;
use crate::targets::TargetArgs;

const PATH: &str = "/deliveries";

/// Rows of a page.
const ROWS: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    #[serde(rename = "type", deserialize_with = "chosen")]
    kind: Option<String>,
    #[serde(deserialize_with = "chosen")]
    contract: Option<String>,
    #[serde(deserialize_with = "chosen")]
    connection: Option<String>,
    #[serde(deserialize_with = "chosen")]
    outcome: Option<String>,
    /// Number of the last delivery of the page before.
    #[serde(deserialize_with = "chosen")]
    before: Option<String>,
}

impl Filter {
    fn query(&self, before: Option<i64>) -> Query {
        Query {
            kind: self.kind.clone(),
            contract: self.contract.clone(),
            connection: self.connection.clone(),
            outcome: self.outcome.clone(),
            before,
            limit: ROWS + 1,
            ..Query::default()
        }
    }

    fn link(&self) -> Link {
        Link::to(PATH)
            .with_any("type", self.kind.as_ref())
            .with_any("contract", self.contract.as_ref())
            .with_any("connection", self.connection.as_ref())
            .with_any("outcome", self.outcome.as_ref())
    }
}

pub(in super::super) async fn show(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let before = match &asked.before {
        None => None,
        Some(before) => Some(before.parse().map_err(|_| {
            Problem::Misused(format!("`{before}` is not the number of a delivery."))
        })?),
    };
    let received = match console.target.database_to_read()? {
        Some(database) => received(&database, asked, before).await,
        None => on_stack(console, asked),
    };
    let quarantined = quarantined(console).await;
    let or_failed = |part: Result<Markup, CliError>| part.unwrap_or_else(|error| failed(&error));
    let body = html! {
        (part("Received and refused", &or_failed(received)))
        (part("Quarantined", &or_failed(quarantined)))
    };
    Ok(Page::new("Deliveries", body))
}

async fn received(
    database: &Database,
    asked: &Filter,
    before: Option<i64>,
) -> Result<Markup, CliError> {
    let found = asked.query(before).read(database).await;
    let mut rows = found.context("the journal can't be read")?.rows;
    rows.reverse();
    let is_last = rows.len() <= ROWS;
    rows.truncate(ROWS);
    let next = rows
        .iter()
        .rev()
        .find_map(|row| row.id)
        .filter(|_| !is_last);
    let next = next.map(|id| asked.link().with("before", id));
    let shown = match rows.is_empty() {
        true => empty("No delivery matches these filters. Deliveries are kept for 14 days."),
        false => shown(&rows),
    };
    Ok(html! {
        (choices(asked))
        (shown)
        (pager(next))
    })
}

fn choices(asked: &Filter) -> Markup {
    let outcomes = ["accepted", "quarantined", "refused"];
    let outcomes = outcomes.map(|it| (it.to_owned(), it.to_owned())).to_vec();
    let field = |name: &str, label: &str, value: &Option<String>| {
        html! {
            label.field { span { (label) }
                input type="text" name=(name) value=(value.as_deref().unwrap_or("")) autocomplete="off";
            }
        }
    };
    let fields = html! {
        (select("outcome", "Outcome", &outcomes, asked.outcome.as_deref()))
        (field("type", "Type", &asked.kind))
        (field("contract", "Contract", &asked.contract))
        (field("connection", "Connection", &asked.connection))
    };
    filter(PATH, &fields)
}

fn shown(rows: &[Row]) -> Markup {
    let now = now();
    let rows: Vec<_> = rows.iter().map(|row| cells(row, now)).collect();
    let heads = [
        "When",
        "Outcome",
        "Type",
        "Event",
        "Contract",
        "Connection",
        "ms",
    ];
    table("Deliveries, newest first", &heads, &rows)
}

fn cells(row: &Row, now: Timestamp) -> Vec<Markup> {
    let contract = row.contract.as_ref();
    vec![
        when(row.at, now),
        outcome(row),
        or_dash(row.kind.as_ref().map(code)),
        or_dash(row.event.as_ref().map(code)),
        or_dash(contract.map(|id| person_link(id, id))),
        or_dash(row.connection.as_ref().map(text)),
        or_dash(row.took_ms.map(|ms| html! { (ms) })),
    ]
}

/// A stack has no journal: its function's log has each delivery.
fn on_stack(console: &Console, asked: &Filter) -> Result<Markup, CliError> {
    let connection = asked.connection.as_deref().map(ConnectionName::parse);
    let connection = connection
        .transpose()
        .map_err(|error| CliError::Usage(error.to_string()))?;
    let args = EventsArgs {
        follow: false,
        kind: asked.kind.clone(),
        contract: asked.contract.clone(),
        connection,
        outcome: asked.outcome.clone(),
        since: None,
        limit: ROWS,
        json: false,
        target: TargetArgs {
            stack: None,
            db: None,
        },
    };
    Ok(html! {
        (choices(asked))
        p { "The log of the webhook function has each delivery. This command reads it:" }
        p { (command(&log_command(&args, &console.target))) }
    })
}

async fn quarantined(console: &Console) -> Result<Markup, CliError> {
    let ledger = console.target.ledger()?;
    let mut all = Vec::new();
    for connection in console.connections().await? {
        let own = ledger.aside(&connection).await;
        let own = own.with_context(|| format!("{} can't be read", console.target.what()))?;
        all.extend(own.into_iter().map(|it| (connection.clone(), it)));
    }
    let now = now();
    let rows = all.iter().map(|(connection, it)| {
        vec![
            when(it.at, now),
            text(connection),
            or_dash(it.kind.as_ref().map(|kind| code(kind.as_str()))),
            or_dash(it.delivery.as_ref().map(code)),
            text(&it.reason),
        ]
    });
    let rows: Vec<_> = rows.take(ROWS).collect();
    if rows.is_empty() {
        return Ok(empty("No delivery is quarantined."));
    }
    let heads = ["Received", "Connection", "Type", "Delivery", "Why"];
    Ok(html! {
        p { "These are signed, but this version does not understand them. Upgrade the bridge, then have them redelivered." }
        (table("Quarantined deliveries", &heads, &rows))
    })
}
