//! Parts of pages.

use jiff::Timestamp;
use maud::{Markup, Render, html};
use shared::model::text::Escaped;

use crate::exit::CliError;
use crate::screen::ago;

/// Colour of a state. The page also shows the state as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Tone {
    Good,
    Bad,
    Open,
    Quiet,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "state good",
            Self::Bad => "state bad",
            Self::Open => "state open",
            Self::Quiet => "state",
        }
    }
}

/// Text of another system.
pub(in super::super) fn text(text: impl ToString) -> Markup {
    let text = text.to_string();
    html! { (Escaped(&text).to_string()) }
}

/// A state in words.
pub(in super::super) fn state(tone: Tone, name: impl ToString) -> Markup {
    html! { span class=(tone.class()) { (text(name)) } }
}

pub(super) fn utc(at: Timestamp) -> Markup {
    let shown = format!("{} UTC", at.strftime("%Y-%m-%d %H:%M:%S"));
    html! { time datetime=(format!("{at:.0}")) { (shown) } }
}

/// A point in time: how far away it is, and in UTC.
pub(in super::super) fn when(at: Timestamp, now: Timestamp) -> Markup {
    let distance = match at > now {
        true => format!("in {}", ago(now, at)),
        false => format!("{} ago", ago(at, now)),
    };
    html! { span.when { (distance) " " (utc(at)) } }
}

/// Names and values.
pub(in super::super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in rows { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// A part of a page with its heading.
pub(in super::super) fn part(title: &str, body: &Markup) -> Markup {
    html! { section { h2 { (title) } (body) } }
}

/// A failure with its fix. It is never shown as an empty list.
pub(in super::super) fn failed(error: &CliError) -> Markup {
    html! {
        div.problem {
            p { strong { "This could not be read or done." } }
            p { (text(error)) }
        }
    }
}

pub(in super::super) fn empty(says: &str) -> Markup {
    html! { p.empty { (says) } }
}

/// A table. Its rows are made by the caller, so that cells can have links.
pub(in super::super) fn table(caption: &str, heads: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
    }
}

pub(in super::super) fn code(value: impl ToString) -> Markup {
    html! { code { (text(value)) } }
}

/// A command to copy.
pub(in super::super) fn command(line: &str) -> Markup {
    html! { code.command { (text(line)) } }
}

pub(in super::super) fn link(to: impl Into<String>, label: impl Render) -> Markup {
    html! { a href=(to.into()) { (label) } }
}

pub(in super::super) fn or_dash(value: Option<Markup>) -> Markup {
    value.unwrap_or_else(|| html! { span.none { "–" } })
}

/// A sentence with commands between backticks.
pub(in super::super) fn prose(sentence: &str) -> Markup {
    html! {
        @for (number, own) in sentence.split('`').enumerate() {
            @match number % 2 { 0 => (text(own)), _ => (command(own)) }
        }
    }
}
