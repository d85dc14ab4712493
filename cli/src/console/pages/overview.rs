//! Overview: what needs attention, the state of each part, and the last events.

use jiff::Timestamp;
use maud::{Markup, html};
use shared::ledger::InstallStatus;
use shared::webhook::Query;

use super::attention;
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Page, Problem, Tone, code, empty, failed, link, or_dash, part, state, table, when,
};
use crate::exit::CliError;
use crate::screen::count;
use crate::status::Reading;

/// Number of events.
const EVENTS: usize = 20;

pub(in super::super) async fn show(console: &Console) -> Result<Page, Problem> {
    let (reading, events) = tokio::join!(console.reading(), events(console));
    let now = now();
    let about = match &reading {
        Ok(reading) => html! {
            (part("Needs attention", &attention::causes(&reading.report.attention, now)))
            (part("State", &strip(reading, now)))
        },
        Err(error) => part("Needs attention", &failed(error)),
    };
    let events = match &events {
        Ok(events) => events.clone(),
        Err(error) => failed(error),
    };
    let body = html! {
        (about)
        (part("Last events", &events))
    };
    Ok(Page::new("Overview", body))
}

fn strip(reading: &Reading, now: Timestamp) -> Markup {
    let report = &reading.report;
    let queue = report.queue;
    let bridge = match report.bridge_runs {
        Some(true) => state(Tone::Good, "runs"),
        Some(false) => state(Tone::Bad, "stopped"),
        None => state(Tone::Quiet, "functions of the stack"),
    };
    html! {
        dl.strip {
            div { dt { "Bridge" } dd { (bridge) } }
            div { dt { "OpenTrain" } dd { (installs(reading)) } }
            div { dt { "Queue" } dd {
                (queue.waiting) " waiting, " (queue.in_flight) " in flight, " (queue.retrying) " retrying, "
                a href="/dead-letters" { (queue.dead) " dead" }
            } }
            div { dt { "People" } dd { (people(reading)) } }
            div { dt { "Last reconcile" } dd { (last_reconcile(reading, now)) } }
            div { dt { "Last usage report" } dd { (last_usage(reading, now)) } }
        }
        p.hint { "Read " (when(reading.read_at, now)) ". The tool and OpenTrain are called only on the page "
            a href="/check" { "Check" } "." }
    }
}

fn people(reading: &Reading) -> Markup {
    let rows = &reading.report.access;
    let waits = rows.iter().filter(|row| row.trouble.is_some()).count();
    html! {
        a href="/people" { (count(rows.len(), "row of access", "rows of access")) }
        @if waits > 0 { ", " (count(waits, "with a failure", "with failures")) }
    }
}

fn installs(reading: &Reading) -> Markup {
    let connections = &reading.report.connections;
    if connections.is_empty() {
        return state(Tone::Open, "no connection seen yet");
    }
    let bad = connections.iter().filter(|it| {
        let install = it.install.as_ref();
        install.is_none_or(|it| it.status != InstallStatus::Active || it.refused)
    });
    let bad = bad.count();
    let all = count(connections.len(), "connection", "connections");
    match bad {
        0 => state(Tone::Good, format!("{all}, all active")),
        bad => state(Tone::Bad, format!("{all}, {bad} not active")),
    }
}

fn last_reconcile(reading: &Reading, now: Timestamp) -> Markup {
    let run = reading.report.last_reconcile.as_ref();
    or_dash(run.map(|run| {
        let (tone, word) = match run.problems.is_empty() {
            true => (Tone::Good, "complete"),
            false => (Tone::Bad, "not complete"),
        };
        html! {
            (state(tone, word)) " " (when(run.started_at, now)) ", "
            (count(run.drift, "difference", "differences"))
        }
    }))
}

fn last_usage(reading: &Reading, now: Timestamp) -> Markup {
    let run = reading.report.last_usage.as_ref();
    or_dash(run.map(|run| {
        let (tone, word) = match run.whole {
            true => (Tone::Good, "all reported"),
            false => (Tone::Bad, "not all reported"),
        };
        html! { (state(tone, word)) " " (when(run.started_at, now)) }
    }))
}

/// The newest events, first.
async fn events(console: &Console) -> Result<Markup, CliError> {
    let Some(database) = console.target.database_to_read()? else {
        let text = "A stack keeps its deliveries in the function's log.";
        return Ok(html! { p { (text) " " (link("/deliveries", "The command that reads it")) } });
    };
    let query = Query {
        limit: EVENTS,
        ..Query::default()
    };
    let found = query.read(&database).await.map_err(anyhow::Error::from)?;
    if found.rows.is_empty() {
        return Ok(empty("No deliveries yet."));
    }
    let now = now();
    let rows = found.rows.iter().rev().map(|row| {
        vec![
            when(row.at, now),
            or_dash(row.kind.as_ref().map(code)),
            or_dash(row.contract.as_ref().map(|id| super::person_link(id, id))),
            super::outcome(row),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let heads = ["When", "Type", "Contract", "Outcome"];
    Ok(html! {
        (table("Last events, newest first", &heads, &rows))
        p { (link("/deliveries", "All deliveries")) }
    })
}
