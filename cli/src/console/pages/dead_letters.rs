//! Dead letters: messages that could not be processed, by cause.

use anyhow::Context;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use shared::queue::{Cause, DeadLetter, causes, without_ids};

use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Listed, Page, Problem, code, empty, facts, filter, link, pager, part, select, table,
    text, when,
};
use crate::console::query::chosen;
use crate::dead_letters::letters;
use crate::screen::count;

const PATH: &str = "/dead-letters";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    /// Kind of the message.
    #[serde(deserialize_with = "chosen")]
    kind: Option<String>,
    /// A reason without ids.
    #[serde(deserialize_with = "chosen")]
    cause: Option<String>,
    #[serde(deserialize_with = "chosen")]
    after: Option<String>,
    result: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Of {
    id: String,
}

pub(in super::super) async fn list(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let letters = letters(&console.target).await?;
    let causes = causes(&letters);
    let now = now();
    let is_wanted = |it: &&DeadLetter| {
        let is = |wanted: &Option<String>, own: String| wanted.as_ref().is_none_or(|it| *it == own);
        is(&asked.kind, it.body.kind()) && is(&asked.cause, without_ids(&it.reason))
    };
    let listed = Listed::after(
        letters.iter().filter(is_wanted),
        asked.after.as_deref(),
        |it| key(it),
    );
    let body = html! {
        @match causes.is_empty() {
            true => (empty("No dead letters.")),
            false => {
                (part("By cause", &grouped(console, &causes, now)))
                (part("Dead letters, oldest first", &html! {
                    (choices(&causes, asked))
                    (rows(console, &listed.rows, now))
                    (pager(listed.next.map(|key| asked.link().with("after", key))))
                }))
            },
        }
    };
    let result = asked.result.and_then(|id| console.result(id));
    Ok(Page::new("Dead letters", body).with_result(result))
}

/// Orders by time, then by id.
fn key(letter: &DeadLetter) -> String {
    format!(
        "{:020} {:>40}",
        letter.at.as_millisecond(),
        letter.message_id
    )
}

impl Filter {
    fn link(&self) -> Link {
        Link::to(PATH)
            .with_any("kind", self.kind.as_ref())
            .with_any("cause", self.cause.as_ref())
    }
}

fn choices(causes: &[Cause], asked: &Filter) -> Markup {
    let pairs = |values: Vec<&String>| {
        let values: std::collections::BTreeSet<_> = values.into_iter().collect();
        let pairs = values.into_iter().map(|it| (it.clone(), it.clone()));
        pairs.collect::<Vec<_>>()
    };
    let kinds = pairs(causes.iter().map(|it| &it.kind).collect());
    let reasons = pairs(causes.iter().map(|it| &it.reason).collect());
    let fields = html! {
        (select("kind", "Kind", &kinds, asked.kind.as_deref()))
        (select("cause", "Cause", &reasons, asked.cause.as_deref()))
    };
    filter(PATH, &fields)
}

fn grouped(console: &Console, causes: &[Cause], now: Timestamp) -> Markup {
    let rows = causes.iter().map(|cause| {
        let all = |path: &str| {
            Link::to(path)
                .with("kind", &cause.kind)
                .with("cause", &cause.reason)
        };
        let mut row = vec![
            html! { (cause.count) },
            code(&cause.kind),
            link(all(PATH), text(&cause.reason)),
            when(cause.oldest, now),
            when(cause.newest, now),
        ];
        if console.allow_writes {
            row.push(html! {
                p { (link(all("/dead-letters/redrive"), "Redrive all…")) }
                p { (link(all("/dead-letters/drop"), "Drop all…")) }
            });
        }
        row
    });
    let rows: Vec<_> = rows.take(100).collect();
    let mut heads = vec!["Count", "Kind", "Cause", "Oldest", "Newest"];
    if console.allow_writes {
        heads.push("Do");
    }
    table("Dead letters by cause, the largest first", &heads, &rows)
}

fn rows(console: &Console, letters: &[&DeadLetter], now: Timestamp) -> Markup {
    if letters.is_empty() {
        return empty("No dead letter matches these filters.");
    }
    let rows = letters.iter().map(|it| {
        let page = Link::to("/dead-letters/of").with("id", &it.message_id);
        let mut row = vec![
            link(page, text(&it.message_id)),
            code(it.body.kind()),
            code(&it.group),
            text(&it.reason),
            html! { (it.receive_count) },
            when(it.at, now),
        ];
        if console.allow_writes {
            let label = format!("Select {}", it.message_id);
            row.insert(
                0,
                html! { input type="checkbox" name="id" value=(it.message_id) aria-label=(label); },
            );
        }
        row
    });
    let rows: Vec<_> = rows.collect();
    let mut heads = vec!["Id", "Kind", "Group", "Reason", "Receives", "Dead since"];
    if !console.allow_writes {
        return table("Dead letters", &heads, &rows);
    }
    heads.insert(0, "Select");
    html! {
        form method="get" action="/dead-letters/redrive" {
            (table("Dead letters", &heads, &rows))
            div.buttons {
                button type="submit" { "Redrive the selected…" }
                button.danger type="submit" formaction="/dead-letters/drop" { "Drop the selected…" }
            }
        }
    }
}

/// One dead letter. Personal data is masked.
pub(in super::super) async fn show(console: &Console, asked: &Of) -> Result<Page, Problem> {
    let letters = letters(&console.target).await?;
    let Some(letter) = letters.iter().find(|it| it.message_id == asked.id) else {
        let text = format!(
            "There is no dead letter {}. Those that were redriven or dropped are gone.",
            asked.id
        );
        return Err(Problem::NotFound(text));
    };
    let body = match letter.body.masked() {
        Some(body) => serde_json::to_string_pretty(&body)
            .context("the message can't be shown")
            .map_err(crate::exit::CliError::from)?,
        None => format!("Its {} bytes are not JSON.", letter.body.expose().len()),
    };
    let one = |path: &str| Link::to(path).with("id", &letter.message_id);
    let body = html! {
        (facts(&[
            ("Kind", code(letter.body.kind())),
            ("Group", code(&letter.group)),
            ("Reason", text(&letter.reason)),
            ("Dead since", when(letter.at, now())),
            ("Receives", html! { (count(usize::try_from(letter.receive_count).unwrap_or(usize::MAX), "receive", "receives")) }),
        ]))
        @if console.allow_writes {
            div.buttons {
                a.button href=(String::from(one("/dead-letters/redrive"))) { "Redrive…" }
                a.button href=(String::from(one("/dead-letters/drop"))) { "Drop…" }
            }
        }
        (part("Message, with masked personal data", &html! { pre tabindex="0" { (text(body)) } }))
    };
    Ok(Page::new(
        format!("Dead letter {}", letter.message_id),
        body,
    ))
}
