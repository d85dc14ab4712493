//! People: each trainer's access to each project, with its reason.

use std::collections::BTreeSet;

use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::{person_link, tone};
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Listed, Page, Problem, code, empty, filter, or_dash, pager, part, select, state as word,
    table, text, when,
};
use crate::console::query::chosen;
use crate::screen::count;
use crate::status::{Reading, Row, reasons, styled_state};

const PATH: &str = "/people";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    #[serde(deserialize_with = "chosen")]
    state: Option<String>,
    #[serde(deserialize_with = "chosen")]
    project: Option<String>,
    /// A reason without ids.
    #[serde(deserialize_with = "chosen")]
    cause: Option<String>,
    /// Key of the last row of the page before.
    #[serde(deserialize_with = "chosen")]
    after: Option<String>,
}

pub(in super::super) async fn show(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let reading = console.reading().await?;
    let found = reading.report.access.iter().filter(|row| asked.holds(row));
    let number = found.clone().count();
    let listed = Listed::after(found, asked.after.as_deref(), |row| key(row));
    let next = listed
        .next
        .as_ref()
        .map(|key| asked.link().with("after", key));
    let body = html! {
        (search(""))
        (part("Access", &html! {
            (choices(&reading, asked))
            p.hint { (count(number, "row", "rows")) ", read " (when(reading.read_at, now())) }
            (rows(&reading, &listed.rows, asked))
            (pager(next))
        }))
        (unreadable(&reading))
    };
    Ok(Page::new("People", body))
}

/// The form that finds one person, as `bridge explain` does.
pub(super) fn search(what: &str) -> Markup {
    html! {
        form.filter method="get" action="/people/of" role="search" aria-label="Find a person" {
            label.field { span { "Trainer, contract, event, name or e-mail address" }
                input type="search" name="what" value=(what) required size="36" autocomplete="off";
            }
            button type="submit" { "Explain" }
        }
    }
}

fn key(row: &Row) -> String {
    format!("{}\u{1f}{}", row.trainer.as_str(), row.project.as_str())
}

impl Filter {
    fn holds(&self, row: &Row) -> bool {
        let is = |wanted: &Option<String>, own: &dyn Fn() -> Option<String>| {
            wanted.is_none() || *wanted == own()
        };
        is(&self.state, &|| Some(styled_state(row).0))
            && is(&self.project, &|| Some(row.project.as_str().to_owned()))
            && is(&self.cause, &|| row.cause())
    }

    fn link(&self) -> Link {
        Link::to(PATH)
            .with_any("state", self.state.as_ref())
            .with_any("project", self.project.as_ref())
            .with_any("cause", self.cause.as_ref())
    }
}

fn choices(reading: &Reading, asked: &Filter) -> Markup {
    let rows = &reading.report.access;
    let options = |values: BTreeSet<String>, chosen: &Option<String>| {
        // A choice that no row has any longer stays visible.
        let all: BTreeSet<_> = values.into_iter().chain(chosen.clone()).collect();
        let all = all.into_iter().map(|it| (it.clone(), it));
        all.collect::<Vec<_>>()
    };
    let states = options(
        rows.iter().map(|row| styled_state(row).0).collect(),
        &asked.state,
    );
    let projects = rows.iter().map(|row| row.project.as_str().to_owned());
    let projects = options(projects.collect(), &asked.project);
    let causes = options(rows.iter().filter_map(Row::cause).collect(), &asked.cause);
    let fields = html! {
        (select("state", "State", &states, asked.state.as_deref()))
        (select("project", "Project", &projects, asked.project.as_deref()))
        (select("cause", "Cause", &causes, asked.cause.as_deref()))
    };
    filter(PATH, &fields)
}

fn rows(reading: &Reading, rows: &[&Row], asked: &Filter) -> Markup {
    if rows.is_empty() {
        return match reading.report.access.is_empty() {
            true => empty("No hires yet: no contract event was received."),
            false if asked.after.is_some() => empty("No more rows."),
            false => empty("No row matches these filters."),
        };
    }
    let now = now();
    let cells: Vec<_> = rows.iter().map(|row| cells(reading, row, now)).collect();
    let heads = ["Name", "Trainer", "Project", "State", "Because", "Since"];
    table("Access, by trainer", &heads, &cells)
}

fn cells(reading: &Reading, row: &Row, now: Timestamp) -> Vec<Markup> {
    let name = reading.report.names.get(&row.trainer);
    let (own, style) = styled_state(row);
    let project = Link::to("/projects/of").with("id", row.project.as_str());
    vec![
        or_dash(name.map(text)),
        person_link(row.trainer.as_str(), row.trainer.as_str()),
        html! { a href=(String::from(project)) { (text(&row.project)) } },
        word(tone(style), own),
        html! { @for reason in reasons(row) { p { (text(reason)) } } },
        html! {
            @if let Some(due) = row.due.filter(|due| due.tries > 0) {
                p { (count(usize::try_from(due.tries).unwrap_or(usize::MAX), "try", "tries")) ", due " (when(due.since, now)) }
            } @else { (or_dash(row.since.map(|at| when(at, now)))) }
        },
    ]
}

fn unreadable(reading: &Reading) -> Markup {
    let all = &reading.report.unreadable;
    if all.is_empty() {
        return html! {};
    }
    let rows = all
        .iter()
        .take(100)
        .map(|(trainer, reason)| vec![code(trainer), text(reason)]);
    let rows: Vec<_> = rows.collect();
    let title = count(all.len(), "unreadable trainer", "unreadable trainers");
    part(
        &title,
        &table("Unreadable trainers", &["Trainer", "Reason"], &rows),
    )
}
