//! Check: the findings of `bridge check`, run by a button.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use maud::{Markup, html};
use shared::model::ConnectionName;

use super::running;
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Page, Problem, Section, Tone, command, empty, part, prose, select, state, table, text, when,
};
use crate::console::query::Form;
use crate::console::run::{Checked, State};
use crate::screen::count;
use crate::setup::{Finding, Severity, findings};

pub(in super::super) async fn show(console: &Console) -> Result<Page, Problem> {
    let now = now();
    let state = console.runs.check.state();
    let body = html! {
        p { "Checks settings, token, scopes, links, webhook endpoints and the tool, with a call to each. It changes nothing." }
        (button(console, matches!(state, State::Running { .. })).await)
        (running(&state, now, |checked, at| shown(checked, at, now)))
    };
    Ok(Page::new("Check", body))
}

async fn button(console: &Console, is_running: bool) -> Markup {
    // Without the names, the check of the default connection is still possible.
    let names = console.connections().await.unwrap_or_default();
    let names: Vec<_> = names
        .iter()
        .map(|it| (it.to_string(), it.to_string()))
        .collect();
    html! {
        form.act method="post" action="/check" {
            @if names.len() > 1 { (select("connection", "Connection", &names, None)) }
            button.primary type="submit" disabled[is_running] { "Run the check" }
        }
    }
}

fn shown(checked: &Checked, at: Timestamp, now: Timestamp) -> Markup {
    let wrong = checked.findings.iter();
    let wrong = wrong.filter(|it| it.state == Severity::Wrong).count();
    let about = match &checked.connection {
        Some(name) => format!("Connection {name}"),
        None => "Default connection, and the endpoints of all others".to_owned(),
    };
    let mut findings: Vec<_> = checked.findings.iter().collect();
    findings.sort_by_key(|it| match it.state {
        Severity::Wrong => 0,
        Severity::Note => 1,
        Severity::Good => 2,
    });
    let rows: Vec<_> = findings.into_iter().map(row).collect();
    let verdict = match wrong {
        0 => state(Tone::Good, "no problem found"),
        wrong => state(Tone::Bad, count(wrong, "problem", "problems")),
    };
    let body = html! {
        p { (verdict) " " (when(at, now)) ". " (text(about)) "." }
        @match rows.is_empty() {
            true => (empty("Nothing was checked.")),
            false => (table("Findings", &["State", "Part", "Finding", "Fix"], &rows)),
        }
    };
    part("Last check", &body)
}

fn row(finding: &Finding) -> Vec<Markup> {
    let (tone, word) = match finding.state {
        Severity::Good => (Tone::Good, "good"),
        Severity::Note => (Tone::Open, "look"),
        Severity::Wrong => (Tone::Bad, "wrong"),
    };
    vec![
        state(tone, word),
        text(finding.part),
        prose(&finding.says),
        match finding.cure.as_deref() {
            None => html! {},
            Some(cure) if cure.starts_with("bridge ") => command(cure),
            Some(cure) => prose(cure),
        },
    ]
}

/// Starts a check.
pub(in super::super) async fn run(console: &Arc<Console>, form: &Form) -> Response {
    let connection = match form.connection() {
        Ok(connection) => connection,
        Err(problem) => return console.answer(Section::Check, Err(problem)),
    };
    let work = async |console: Arc<Console>, connection: Option<ConnectionName>| {
        let findings = findings(&console.target, connection.clone()).await;
        Ok(Checked {
            connection,
            findings,
        })
    };
    console
        .start(|runs| &runs.check, move |console| work(console, connection))
        .await;
    Redirect::to("/check").into_response()
}
