//! Projects of the tool, with their people, links and reported work.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use shared::ledger::{Hired, Ledger, ProjectUsage};
use shared::model::ids::ProjectId;

use super::tone;
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Listed, Page, Problem, Tone, code, empty, failed, link, or_dash, pager, part,
    state as word, table, text, when,
};
use crate::console::query::chosen;
use crate::exit::CliError;
use crate::screen::count;
use crate::status::{Project, styled_state};

/// Hours by day are read for a project with at most this many contracts.
const MOST_CONTRACTS: usize = 1_000;

/// Days of the table of hours.
const DAYS: usize = 31;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    #[serde(deserialize_with = "chosen")]
    after: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Of {
    id: String,
}

pub(in super::super) async fn list(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let reading = console.reading().await?;
    let all = reading.report.projects();
    let number = all.len();
    let listed = Listed::after(all.into_iter(), asked.after.as_deref(), |(id, _)| {
        id.as_str().to_owned()
    });
    let next = listed.next.as_ref();
    let next = next.map(|key| Link::to("/projects").with("after", key));
    let rows: Vec<_> = listed.rows.iter().map(|(id, it)| row(id, it)).collect();
    let heads = ["Project", "Name", "People by state", "Links"];
    let body = html! {
        p.hint { (count(number, "project", "projects")) ", read " (when(reading.read_at, now())) }
        @match rows.is_empty() {
            true => (empty("No project is linked, and no hire leads to one.")),
            false => (table("Projects", &heads, &rows)),
        }
        (pager(next))
    };
    Ok(Page::new("Projects", body))
}

fn row(id: &ProjectId, project: &Project<'_>) -> Vec<Markup> {
    let live = project.links.iter().filter(|(_, link)| !link.removed);
    let page = Link::to("/projects/of").with("id", id.as_str());
    vec![
        link(page, text(id)),
        name(project),
        people(id, project),
        html! { (count(live.count(), "link", "links")) },
    ]
}

fn name(project: &Project<'_>) -> Markup {
    let mut names = project.links.iter();
    or_dash(
        names
            .find_map(|(_, link)| link.project_name.as_ref())
            .map(text),
    )
}

/// Number of people by the state of their access.
fn people(id: &ProjectId, project: &Project<'_>) -> Markup {
    let mut states: BTreeMap<String, (Tone, usize)> = BTreeMap::new();
    for row in &project.access {
        let (own, style) = styled_state(row);
        states.entry(own).or_insert((tone(style), 0)).1 += 1;
    }
    html! {
        @for (own, (tone, count)) in &states {
            @let page = Link::to("/people").with("project", id.as_str()).with("state", own);
            p { a href=(String::from(page)) { (count) } " " (word(*tone, own)) }
        }
        @if states.is_empty() { span.none { "–" } }
    }
}

pub(in super::super) async fn show(console: &Console, asked: &Of) -> Result<Page, Problem> {
    let reading = console.reading().await?;
    let id = ProjectId::from(asked.id.as_str());
    let all = reading.report.projects();
    let Some(project) = all.get(&id) else {
        let text = format!("No link and no hire leads to a project {id}.");
        return Err(Problem::NotFound(text));
    };
    let now = now();
    let work = work(console, project, &id, now).await;
    let body = html! {
        (part("People", &people(&id, project)))
        (part("Links", &links(project, now)))
        @match work {
            Ok(work) => (work),
            Err(error) => (part("Work", &failed(&error))),
        }
    };
    Ok(Page::new(format!("Project {id}"), body))
}

fn links(project: &Project<'_>, now: Timestamp) -> Markup {
    if project.links.is_empty() {
        return empty("No link is known.");
    }
    let rows = project.links.iter().map(|(connection, link)| {
        let scope = match (&link.job, link.managed) {
            (_, true) => "OpenTrain provisions the trainers itself".to_owned(),
            (Some(job), false) => format!("all contracts of job {job}"),
            (None, false) => "no job, so no contracts".to_owned(),
        };
        let standing = match link.removed {
            true => word(Tone::Quiet, "removed"),
            false => word(Tone::Good, "live"),
        };
        vec![
            code(&link.id),
            text(connection),
            text(scope),
            standing,
            when(link.at, now),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let heads = ["Link", "Connection", "Scope", "State", "Stated"];
    table("Links", &heads, &rows)
}

/// Notice, last report and hours by day.
async fn work(
    console: &Console,
    project: &Project<'_>,
    id: &ProjectId,
    now: Timestamp,
) -> Result<Markup, CliError> {
    let ledger = console.target.ledger()?;
    let unread = || format!("{} can't be read", console.target.what());
    let (notice, _) = ledger.notice(id).await.with_context(unread)?;
    let usage = ledger.project_usages(std::slice::from_ref(id)).await;
    let usage = usage.with_context(unread)?.pop().unwrap_or_default();
    let hired = hired(project);
    let hours = match hired.len() <= MOST_CONTRACTS {
        true => Some(hours(&ledger, &hired, id).await.with_context(unread)?),
        false => None,
    };
    Ok(html! {
        (part("Notice", &match notice {
            None => empty("No notice."),
            Some(row) => html! {
                @match (&row.trouble, &row.shown) {
                    (Some(trouble), _) => div.problem { p { "The notice can't be shown: " (text(&trouble.reason)) } },
                    (None, _) if !row.placed => p { "The tool can't show notices." },
                    (None, Some(notice)) => p { (text(&notice.text)) },
                    (None, None) => (empty("No notice.")),
                }
            },
        }))
        (part("Reported work", &html! { (run(&usage, now)) (by_day(hours.as_ref(), &hired)) }))
    })
}

/// The hires that lead to a project.
fn hired(project: &Project<'_>) -> Vec<Hired> {
    let hired = project.access.iter().flat_map(|row| {
        row.because.iter().map(|hire| Hired {
            connection: hire.connection.clone(),
            contract: hire.contract.clone(),
            worker: row.trainer.clone(),
        })
    });
    let hired: BTreeSet<_> = hired.collect();
    hired.into_iter().collect()
}

/// Work of a day: seconds, tasks, labels.
type Day = (i64, i64, i64);

async fn hours(
    ledger: &Ledger,
    hired: &[Hired],
    id: &ProjectId,
) -> Result<BTreeMap<Date, Day>, shared::ledger::LedgerError> {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    for row in ledger.usages(hired).await? {
        for (day, parts) in row?.row.iter().flat_map(|row| &row.days) {
            if let Some(own) = parts.get(id) {
                let sum = days.entry(*day).or_default();
                sum.0 += own.seconds.unwrap_or(0);
                sum.1 += own.tasks.unwrap_or(0);
                sum.2 += own.labels.unwrap_or(0);
            }
        }
    }
    Ok(days)
}

/// The last usage run of a project.
pub(super) fn run(usage: &ProjectUsage, now: Timestamp) -> Markup {
    let Some(run) = &usage.run else {
        return html! { p { "No usage run has covered this project yet." } };
    };
    html! {
        p {
            @match &run.left {
                None => (word(Tone::Good, "all reported")),
                Some(_) => (word(Tone::Bad, "not all reported")),
            }
            " " (when(run.started_at, now))
        }
        @if let Some(left) = &run.left { p { (text(left)) } }
    }
}

fn by_day(hours: Option<&BTreeMap<Date, Day>>, hired: &[Hired]) -> Markup {
    let Some(days) = hours else {
        return html! {
            p.hint { "Hours by day are shown for up to " (MOST_CONTRACTS) " contracts; this project has "
                (hired.len()) ". " code { "bridge usage --dry-run --json" } " has them." }
        };
    };
    if days.is_empty() {
        return empty("No work was accepted in the last 70 days.");
    }
    let rows = days
        .iter()
        .rev()
        .take(DAYS)
        .map(|(day, (seconds, tasks, labels))| {
            vec![
                html! { time datetime=(day) { (day) } },
                html! { (format!("{:.2}", *seconds as f64 / 3600.0)) },
                html! { (tasks) },
                html! { (labels) },
            ]
        });
    let rows: Vec<_> = rows.collect();
    let heads = ["Day (UTC)", "Hours", "Tasks", "Labels"];
    table("Accepted work by day, newest first", &heads, &rows)
}
