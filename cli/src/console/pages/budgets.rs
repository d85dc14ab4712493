//! Budgets: consumption of each contract's funded work, as OpenTrain reports it.

use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use shared::opentrain::PaymentType;
use shared::tool::NoticeLevel;

use crate::budget::Row;
use crate::budget::books::Books;
use crate::budget::figures::{level_name, percent, short, unit};
use crate::budget::known::Known;
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{
    Link, Listed, Page, Problem, Tone, bar, empty, filter, link, pager, select, state, table, text,
    when,
};
use crate::console::query::chosen;
use crate::exit::CliError;
use crate::screen::count;

const PATH: &str = "/budgets";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct Filter {
    /// `ok`, `low` or `exhausted`.
    level: Option<Level>,
    #[serde(deserialize_with = "chosen")]
    after: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Level {
    #[serde(rename = "")]
    All,
    Ok,
    Low,
    Exhausted,
}

impl Level {
    fn of(level: Option<NoticeLevel>) -> Self {
        match level {
            None => Self::Ok,
            Some(NoticeLevel::Warning) => Self::Low,
            Some(NoticeLevel::Exhausted) => Self::Exhausted,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Ok => level_name(None),
            Self::Low => level_name(Some(NoticeLevel::Warning)),
            Self::Exhausted => level_name(Some(NoticeLevel::Exhausted)),
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::All => Tone::Quiet,
            Self::Ok => Tone::Good,
            Self::Low => Tone::Open,
            Self::Exhausted => Tone::Bad,
        }
    }
}

pub(in super::super) async fn list(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let books = Books::open(&console.target).await?;
    let all = books.all().await.map_err(CliError::from)?;
    let wanted = asked.level.filter(|it| *it != Level::All);
    let has_level = |it: &&Known| wanted.is_none_or(|level| Level::of(it.level()) == level);
    let number = all.iter().filter(has_level).count();
    let found = all.iter().filter(has_level);
    let listed = Listed::after(found, asked.after.as_deref(), |it| it.key());
    let mut rows = Vec::new();
    for known in &listed.rows {
        let roster = books.roster(known).await.map_err(CliError::from)?;
        let row = books.row(known, &roster).await.map_err(CliError::from)?;
        rows.extend(row.map(|row| cells(&row, now())));
    }
    let levels = [Level::Exhausted, Level::Low, Level::Ok];
    let levels = levels.map(|it| (it.name().to_owned(), it.name().to_owned()));
    let next = listed.next.map(|key| {
        Link::to(PATH)
            .with_any("level", wanted.map(Level::name).as_ref())
            .with("after", key)
    });
    let heads = ["Contract", "Consumed", "Of", "State", "Stated"];
    let body = html! {
        p { "The figures are OpenTrain's. They include work that OpenTrain tracked itself." }
        (unread(&books))
        (filter(PATH, &select("level", "State", &levels, wanted.map(Level::name))))
        p.hint { (count(number, "contract", "contracts")) }
        @match (rows.is_empty(), all.is_empty()) {
            (true, true) => (empty("No budget was received yet. OpenTrain sends the first one in its answer to a usage report, or when a milestone is funded.")),
            (true, false) => (empty("No contract has this state.")),
            (false, _) => (table("Budgets, by contract", &heads, &rows)),
        }
        (pager(next))
    };
    Ok(Page::new("Budgets", body))
}

/// The connections whose allowed projects can't be read. The state of their contracts is shown without these.
pub(super) fn unread(books: &Books) -> Markup {
    html! {
        @if !books.unread.is_empty() {
            div.problem {
                p { strong { "The allowed projects of some connections are unknown, so the state of a contract may be wrong." } }
                @for why in &books.unread { p { (text(why)) } }
            }
        }
    }
}

fn cells(row: &Row, now: Timestamp) -> Vec<Markup> {
    let page = Link::to("/budgets/of")
        .with("connection", &row.connection)
        .with("contract", row.contract.as_str());
    vec![
        html! { p { (link(page, text(&row.contract))) } p.hint { (text(&row.connection)) } },
        drawn(row),
        volume(row),
        standing(row),
        when(row.reported_at, now),
    ]
}

/// The bar with its percentage, or why there is none.
pub(super) fn drawn(row: &Row) -> Markup {
    let tone = match row.live {
        true => Level::of(row.level).tone(),
        false => Tone::Quiet,
    };
    match (&row.payment_type, row.fraction) {
        (Some(PaymentType::FixedPrice), _) => html! { "fixed price, never runs out" },
        (_, Some(share)) => {
            let percent = percent(share);
            html! { (bar(share, tone, &format!("{percent} consumed"))) " " (percent) }
        }
        (_, None) if row.funded.is_some_and(|it| it > 0.0) => html! { "share not stated" },
        (_, None) => html! { "nothing funded" },
    }
}

fn volume(row: &Row) -> Markup {
    match (unit(row), row.consumed, row.funded) {
        (Some(unit), Some(consumed), Some(funded)) => {
            html! { (short(consumed)) " of " (short(funded)) " " (unit) }
        }
        _ => html! { span.none { "–" } },
    }
}

pub(super) fn standing(row: &Row) -> Markup {
    let level = Level::of(row.level);
    match row.live {
        true => state(level.tone(), level.name()),
        false => state(
            Tone::Quiet,
            format!("{}, contract not active", level.name()),
        ),
    }
}
