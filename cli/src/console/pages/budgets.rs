//! Budgets: consumption of each contract's funded work, as OpenTrain reports it.

use anyhow::Context;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use shared::config::{Reader, policy};
use shared::ledger::{BudgetRow, Ledger, Policy, Projects};
use shared::model::ConnectionName;
use shared::notice::{level, newest};
use shared::opentrain::PaymentType;
use shared::tool::NoticeLevel;

use crate::budget::{Row, read_row};
use crate::console::app::{Console, now};
use crate::console::html::{
    Link, Listed, Page, Problem, Tone, bar, empty, filter, link, pager, plural, select, state,
    table, text, when,
};
use crate::console::query::chosen;
use crate::exit::CliError;
use crate::status;

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
            Self::Ok => "ok",
            Self::Low => "low",
            Self::Exhausted => "exhausted",
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

/// What budgets are read with.
pub(super) struct Books {
    pub(super) ledger: Ledger,
    policy: Policy,
    projects: Projects,
}

impl Books {
    pub(super) async fn open(console: &Console) -> Result<Self, CliError> {
        let target = &console.target;
        let mut reader = Reader::new(target.vars());
        let policy = policy(&mut reader);
        let opentrain = target.opentrain_to_connect(&mut reader);
        let (policy, opentrain) = reader.finish(policy.zip(opentrain))?;
        Ok(Self {
            projects: status::projects(&opentrain).await,
            ledger: target.ledger()?,
            policy,
        })
    }

    pub(super) async fn row(
        &self,
        connection: &ConnectionName,
        row: &BudgetRow,
    ) -> anyhow::Result<Option<Row>> {
        let row = read_row(&self.ledger, &self.policy, &self.projects, connection, row).await;
        row.context("the ledger can't be read")
    }
}

pub(in super::super) async fn list(console: &Console, asked: &Filter) -> Result<Page, Problem> {
    let books = Books::open(console).await?;
    let all = all(&books.ledger).await.map_err(CliError::from)?;
    let wanted = asked.level.filter(|it| *it != Level::All);
    let has_level =
        |(_, row): &&(ConnectionName, BudgetRow)| wanted.is_none_or(|level| level_of(row) == level);
    let count = all.iter().filter(has_level).count();
    let listed = Listed::after(all.iter().filter(has_level), asked.after.as_deref(), |it| {
        key(it)
    });
    let mut rows = Vec::new();
    for (connection, row) in &listed.rows {
        let row = books.row(connection, row).await.map_err(CliError::from)?;
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
        (filter(PATH, &select("level", "State", &levels, wanted.map(Level::name))))
        p.hint { (plural(count, "contract", "contracts")) }
        @match (rows.is_empty(), all.is_empty()) {
            (true, true) => (empty("No budget was received yet. OpenTrain sends the first one in its answer to a usage report, or when a milestone is funded.")),
            (true, false) => (empty("No contract has this state.")),
            (false, _) => (table("Budgets, by contract", &heads, &rows)),
        }
        (pager(next))
    };
    Ok(Page::new("Budgets", body))
}

fn key((connection, row): &(ConnectionName, BudgetRow)) -> String {
    format!("{connection}\u{1f}{}", row.contract.as_str())
}

fn level_of(row: &BudgetRow) -> Level {
    Level::of(newest(row).and_then(level))
}

/// The known budgets of all connections, by connection and contract.
async fn all(ledger: &Ledger) -> anyhow::Result<Vec<(ConnectionName, BudgetRow)>> {
    let unread = "the ledger can't be read";
    let mut all = Vec::new();
    for connection in ledger.connections().await.context(unread)? {
        let rows = ledger.budgets(&connection).await.context(unread)?;
        all.extend(rows.into_iter().map(|row| (connection.clone(), row)));
    }
    all.retain(|(_, row)| newest(row).is_some());
    all.sort_by_key(key);
    Ok(all)
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

/// Rounds down, so that only a fully consumed budget shows 100 %.
fn percent(share: f64) -> String {
    format!("{} %", (share * 100.0 + 1e-6).floor())
}

pub(super) fn unit(row: &Row) -> Option<&'static str> {
    match row.payment_type {
        Some(PaymentType::PerHour) => Some("h"),
        Some(PaymentType::PerLabel) => Some("labels"),
        _ => None,
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

/// At most one decimal.
pub(super) fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.trim_end_matches(".0").to_owned()
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
