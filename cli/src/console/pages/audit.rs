//! Audit: changes of access and operators' actions, a day at a time or of one trainer; late removals; the check.

use std::sync::Arc;

use anyhow::Context;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use maud::{Markup, html};
use serde::Deserialize;
use shared::ledger::Ledger;
use shared::ledger::audit::{Break, Verified};
use shared::model::clock::day_of;
use shared::model::ids::TrainerId;

use super::{person_link, running};
use crate::audit::args::FilterArgs;
use crate::audit::late::removals;
use crate::audit::{Line, because, break_names, doubled, entries as audit_entries, ledger, proof};
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Page, Problem, Tone, code, command, empty, filter, link, or_dash, pager, part, state,
    table, text, when,
};
use crate::console::query::chosen;
use crate::console::run::State;
use crate::exit::CliError;
use crate::screen::count;

const PATH: &str = "/audit";

/// Rows of a page.
const ROWS: usize = 100;

/// Days in which late removals are looked for.
const LATE_DAYS: i64 = 30;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    #[serde(deserialize_with = "chosen")]
    day: Option<String>,
    #[serde(deserialize_with = "chosen")]
    trainer: Option<String>,
    /// Key of the last row of the page before.
    #[serde(deserialize_with = "chosen")]
    after: Option<String>,
}

pub(in super::super) async fn show(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let today = day_of(now());
    let day = match &asked.day {
        None => today,
        Some(day) => day.parse().map_err(|_| {
            Problem::Misused(format!("`{day}` is not a day. Write it as YYYY-MM-DD."))
        })?,
    };
    let (ledger, _) = ledger(&console.target)?;
    let rows = match &asked.trainer {
        Some(trainer) => of_trainer(console, &TrainerId::from(trainer.as_str())).await?,
        None => of_day(console, &ledger, day, asked.after.as_deref()).await?,
    };
    let body = html! {
        (choices(day, asked))
        (rows)
        (part("Late removals, and proof", &html! {
            p { (link("/audit/late", format!("Removals of the last {LATE_DAYS} days by their delay"))) }
            (verification(console))
            p { "Export for an auditor, with a manifest: "
                (command(&format!("bridge audit export DIR --from {day} --to {today} --population{}", console.target.flag()))) }
        }))
    };
    Ok(Page::new("Audit", body))
}

fn choices(day: Date, asked: &Filter) -> Markup {
    let trainer = asked.trainer.as_deref().unwrap_or("");
    let fields = html! {
        label.field { span { "Day (UTC)" } input type="date" name="day" value=(day); }
        label.field { span { "Trainer, on all days" }
            input type="text" name="trainer" value=(trainer) autocomplete="off"; }
    };
    filter(PATH, &fields)
}

async fn of_day(
    console: &Console,
    ledger: &Ledger,
    day: Date,
    after: Option<&str>,
) -> Result<Markup, CliError> {
    let page = ledger.audit_page(day, after, ROWS).await;
    let page = page.with_context(|| format!("{} can't be read", console.target.what()))?;
    let lines: Vec<_> = page.rows.iter().flat_map(Line::of).collect();
    let next = page
        .next
        .map(|key| Link::to(PATH).with("day", day).with("after", key));
    let to = |day: Result<Date, jiff::Error>, label: &'static str| {
        day.ok()
            .map(|day| link(Link::to(PATH).with("day", day), label))
    };
    let body = html! {
        p { (or_dash(to(day.checked_sub(1.day()), "Day before"))) " · " (or_dash(to(day.checked_add(1.day()), "Day after"))) }
        (broken(&page.broken))
        (entries(&lines, "No entry was written on this day."))
        (pager(next))
    };
    Ok(part(&format!("{day}, by trainer"), &body))
}

async fn of_trainer(console: &Console, trainer: &TrainerId) -> Result<Markup, CliError> {
    let filter = FilterArgs {
        trainer: Some(trainer.as_str().to_owned()),
        ..FilterArgs::default()
    };
    let found = audit_entries(&console.target, &filter).await?;
    let body = html! {
        (broken(&found.broken))
        (entries(&found.entries, "There is no entry about this trainer."))
    };
    Ok(part(&format!("Trainer {trainer}, oldest first"), &body))
}

fn broken(broken: &[Break]) -> Markup {
    html! {
        @if !broken.is_empty() {
            div.problem {
                p { strong { "The record is broken: older entries are missing. Compare it with your last export." } }
                @for it in break_names(broken) { p { (text(it)) } }
            }
        }
    }
}

fn entries(lines: &[Line], none: &str) -> Markup {
    if lines.is_empty() {
        return empty(none);
    }
    let now = now();
    let rows: Vec<_> = lines.iter().map(|line| cells(line, now)).collect();
    let heads = ["When", "What", "Trainer", "Project", "Because", "Proof"];
    table("Entries of the audit record", &heads, &rows)
}

fn cells(line: &Line, now: Timestamp) -> Vec<Markup> {
    let tone = match line.code.chars().last() {
        Some('E') => Tone::Bad,
        Some('W') => Tone::Open,
        _ => Tone::Quiet,
    };
    let trainer = line.trainer.as_ref();
    vec![
        when(line.at, now),
        html! { (state(tone, line.event)) " " (code(line.code)) },
        or_dash(trainer.map(|id| person_link(id.as_str(), id.as_str()))),
        or_dash(line.project.as_ref().map(code)),
        html! { @for it in because(line) { p { (text(it)) } } },
        html! { @for it in proof(line) { p { (text(it)) } } },
    ]
}

fn verification(console: &Console) -> Markup {
    let now = now();
    let verify = console.runs.verify.state();
    let is_running = matches!(verify, State::Running { .. });
    html! {
        form.act method="post" action="/audit/verify" {
            button type="submit" disabled[is_running] { "Verify all chains" }
        }
        (running(&verify, now, |verified, at| html! {
            p { (verdict(verified)) " " (when(at, now)) }
            (broken(&verified.broken))
            @for row in doubled(verified) {
                p { (state(Tone::Open, "written twice")) " " (text(row)) ". One of the two counts: an attempt was overtaken, or ended early. "
                    "If your last export has the other one, the row was replaced." }
            }
        }))
    }
}

fn verdict(verified: &Verified) -> Markup {
    let chains = count(verified.chains, "chain", "chains");
    html! {
        @match verified.broken.len() {
            0 => (state(Tone::Good, "whole")),
            broken => (state(Tone::Bad, count(broken, "broken chain", "broken chains"))),
        }
        " " (count(verified.rows, "row", "rows")) " in " (chains)
        @if verified.unreadable > 0 { ", " (verified.unreadable) " documents can't be read by this version" }
    }
}

/// Starts the check of all chains.
pub(in super::super) async fn verify(console: &Arc<Console>) -> Response {
    let work = async |console: Arc<Console>| {
        let (ledger, _) = ledger(&console.target)?;
        let verified = ledger.verify_audit().await;
        Ok(verified.with_context(|| format!("{} can't be read", console.target.what()))?)
    };
    console.start(|runs| &runs.verify, work).await;
    Redirect::to(PATH).into_response()
}

/// Removals by the delay from their cause to their proof, the longest first.
pub(in super::super) async fn late(console: &Console) -> Result<Page, Problem> {
    let found = removals(&console.target, day_of(now()), LATE_DAYS).await?;
    let shown = &found.lines[..found.lines.len().min(ROWS)];
    let body = html! {
        p.lead {
            (count(found.late(), "removal was", "removals were")) " proven more than 24 hours after the cause, of "
            (count(found.lines.len(), "removal", "removals")) " since " (found.from) "."
        }
        (broken(&found.broken))
        (entries(shown, "No removal was proven in this time."))
        p { (link(PATH, "Audit")) }
    };
    Ok(Page::new("Late removals", body))
}
