//! Usage: the state of each project's reporting, and the work that can no longer be reported.

use anyhow::Context;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use shared::ledger::{ProjectUsage, UsageRow, WhyLost};
use shared::model::ids::ProjectId;

use super::{person_link, projects};
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Listed, Page, Problem, Tone, code, empty, link, or_dash, pager, part, state, table, text,
    when,
};
use crate::console::query::chosen;
use crate::exit::CliError;
use crate::screen::count;

/// Maximum number of days that a row names.
const NAMED: usize = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    /// Key of the last project of the page before.
    #[serde(deserialize_with = "chosen")]
    after: Option<String>,
    /// Key of the last hire of the page before.
    #[serde(deserialize_with = "chosen")]
    hire: Option<String>,
}

pub(in super::super) async fn show(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let ledger = console.target.ledger()?;
    let unread = || format!("{} can't be read", console.target.what());
    let projects = ledger.all_project_usages().await.with_context(unread);
    let mut projects = projects.map_err(CliError::from)?;
    projects.sort_by(|a, b| a.0.cmp(&b.0));
    let left = ledger.usage_left().await.with_context(unread);
    let mut left = left.map_err(CliError::from)?;
    left.sort_by_key(key);
    let now = now();
    let body = html! {
        (part("Not reported", &not_reported(&left, asked)))
        (part("Projects", &by_project(projects, asked, now)))
        p.hint { code { "bridge usage --dry-run" } " reads the tool and shows what would be sent." }
    };
    Ok(Page::new("Usage", body))
}

fn key(row: &UsageRow) -> String {
    let of = &row.of;
    format!(
        "{}\u{1f}{}\u{1f}{}",
        of.connection,
        of.contract.as_str(),
        of.worker.as_str()
    )
}

fn not_reported(all: &[UsageRow], asked: &Filter) -> Markup {
    if all.is_empty() {
        return html! { p.fine { "No day was lost, and OpenTrain refuses no report." } };
    }
    let lost: usize = all.iter().map(|row| row.lost.len()).sum();
    let refused = all.iter().filter(|row| row.refused.is_some()).count();
    let listed = Listed::after(all.iter(), asked.hire.as_deref(), |row| key(row));
    let rows: Vec<_> = listed.rows.iter().map(|row| hire(row)).collect();
    let heads = ["Contract", "Trainer", "Days lost", "Why"];
    let next = listed.next.map(|key| Link::to("/usage").with("hire", key));
    html! {
        p.lead {
            (count(lost, "day of work", "days of work")) " can no longer be reported, and OpenTrain refuses the reports of "
            (count(refused, "hire", "hires")) "."
        }
        p.hint { "The hours of a lost day are not known: the tool could not be read in time, or the link was removed. "
            "Settle them with the trainer and OpenTrain by hand." }
        (table("Work that is not reported", &heads, &rows))
        (pager(next))
    }
}

fn hire(row: &UsageRow) -> Vec<Markup> {
    let days: Vec<_> = row
        .lost
        .keys()
        .take(NAMED)
        .map(ToString::to_string)
        .collect();
    let more = row.lost.len().saturating_sub(NAMED);
    let why: std::collections::BTreeSet<_> = row
        .lost
        .values()
        .map(|why| match why {
            WhyLost::TooOld => "still open when the bridge stopped reading the day",
            WhyLost::LinkRemoved => "the link was removed",
        })
        .collect();
    let refused = row.refused.as_ref();
    vec![
        person_link(row.of.contract.as_str(), row.of.contract.as_str()),
        person_link(row.of.worker.as_str(), row.of.worker.as_str()),
        html! { (row.lost.len()) @if !days.is_empty() { ": " (days.join(", ")) } @if more > 0 { " and " (more) " more" } },
        html! {
            @for it in &why { p { (it) } }
            @if let Some(refused) = refused { p { "OpenTrain refuses the report: " (text(&refused.reason)) } }
        },
    ]
}

fn by_project(projects: Vec<(ProjectId, ProjectUsage)>, asked: &Filter, now: Timestamp) -> Markup {
    let listed = Listed::after(projects.into_iter(), asked.after.as_deref(), |(id, _)| {
        id.as_str().to_owned()
    });
    if listed.rows.is_empty() {
        return empty("No usage run has covered a project yet.");
    }
    let rows: Vec<_> = listed
        .rows
        .iter()
        .map(|(id, usage)| project(id, usage, now))
        .collect();
    let next = listed.next.map(|key| Link::to("/usage").with("after", key));
    let heads = ["Project", "Last run", "Held back"];
    html! { (table("Reporting by project", &heads, &rows)) (pager(next)) }
}

fn project(id: &ProjectId, usage: &ProjectUsage, now: Timestamp) -> Vec<Markup> {
    let page = Link::to("/projects/of").with("id", id.as_str());
    let is_held = usage.trouble().is_some();
    let held = html! {
        @if let Some(failing) = &usage.failing {
            p { (state(Tone::Bad, "not read")) " " (failing.times) " times in a row: " (text(&failing.reason)) " " (when(failing.since, now)) }
        }
        @if let Some(held) = &usage.held {
            p { (state(Tone::Bad, "deletion held")) " " (held.days) " reported days, " (held.seconds) " s. If that is right: "
                (code(format!("bridge usage --accept-deletions {id}"))) " " (when(held.since, now)) }
        }
        @if let Some(frozen) = &usage.frozen {
            p { (state(Tone::Bad, "measure held")) " " (text(&frozen.reason)) " " (when(frozen.since, now)) }
        }
    };
    vec![
        link(page, text(id)),
        projects::run(usage, now),
        or_dash(is_held.then_some(held)),
    ]
}
