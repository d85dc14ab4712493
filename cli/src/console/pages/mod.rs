//! The pages. Each reads data and shows it. A part that can't be read shows the failure.

pub(super) mod attention;
pub(super) mod audit;
pub(super) mod budgets;
pub(super) mod check;
pub(super) mod contract;
pub(super) mod dead_letters;
pub(super) mod deliveries;
pub(super) mod overview;
pub(super) mod people;
pub(super) mod person;
pub(super) mod projects;
pub(super) mod reconcile;
pub(super) mod usage;

use anstyle::Style;
use jiff::Timestamp;
use maud::{Markup, html};
use shared::webhook::Row;

use super::html::{Link, Tone, failed, state, text, when};
use super::run::State as RunState;
use crate::paint::{BAD, GOOD, WAITS};

/// The tone of a style of the commands' output.
fn tone(style: Style) -> Tone {
    match style {
        GOOD => Tone::Good,
        BAD => Tone::Bad,
        WAITS => Tone::Open,
        _ => Tone::Quiet,
    }
}

/// A link to the page that explains a trainer, a contract or an event.
fn person_link(what: &str, label: &str) -> Markup {
    let link = Link::to("/people/of").with("what", what);
    html! { a href=(String::from(link)) { (text(label)) } }
}

/// Outcome of a delivery, or of the refusals of a minute.
fn outcome(row: &Row) -> Markup {
    let tone = match row.outcome.as_str() {
        it if it.starts_with("accepted") => Tone::Good,
        "quarantined" => Tone::Bad,
        _ => Tone::Open,
    };
    html! {
        (state(tone, &row.outcome))
        @if row.took_ms.is_none() { " " (row.requests) " in this minute" }
    }
}

/// A run in the background: its state, or its result as `show` renders it.
fn running<T>(
    state: &RunState<T>,
    now: Timestamp,
    show: impl FnOnce(&T, Timestamp) -> Markup,
) -> Markup {
    match state {
        RunState::Never => html! { p.empty { "Not run yet since the console was started." } },
        RunState::Running { since } => html! {
            p.lead { (self::state(Tone::Open, "running")) " since " (when(*since, now)) ". " a href="" { "Look again" } }
        },
        RunState::Ended { at, result } => match result {
            Ok(result) => show(result, *at),
            Err(error) => html! { p { (when(*at, now)) } (failed(error)) },
        },
    }
}
