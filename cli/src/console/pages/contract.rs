//! The budget of one contract: two rates, and when the funded work ends.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use shared::model::ConnectionName;
use shared::model::clock::day_of;
use shared::model::ids::ContractId;

use super::budgets::{drawn, standing, unread};
use super::person_link;
use crate::budget::Row;
use crate::budget::books::Books;
use crate::budget::figures::{short, unit};
use crate::budget::forecast::{Forecast, forecast};
use crate::console::app::Console;
use crate::console::clock::now;
use crate::console::html::{Page, Problem, empty, facts, or_dash, part, table, text, when};
use crate::exit::CliError;

/// Days of the chart and of the table.
const DAYS: usize = 31;

/// Height of the chart.
const HEIGHT: f64 = 60.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Of {
    connection: String,
    contract: String,
}

pub(in super::super) async fn show(console: &Console, asked: &Of) -> Result<Page, Problem> {
    let unknown = || {
        Problem::NotFound(format!(
            "No budget of contract {} is known at connection {}.",
            asked.contract, asked.connection
        ))
    };
    let connection = ConnectionName::parse(&asked.connection).map_err(|_| unknown())?;
    let contract = ContractId::from(asked.contract.as_str());
    let books = Books::open(&console.target).await?;
    let known = books.one(connection, &contract).await;
    let known = known.map_err(CliError::from)?.ok_or_else(unknown)?;
    let roster = books.roster(&known).await.map_err(CliError::from)?;
    let row = books.row(&known, &roster).await;
    let row = row.map_err(CliError::from)?.ok_or_else(unknown)?;
    let days = books.days(&row, &roster).await;
    let days = days.map_err(CliError::from)?;
    let body = html! {
        (unread(&books))
        (figures(&row))
        (part("Pace", &pace(&forecast(&row, &days, day_of(now())))))
        (part("Accepted work by day", &by_day(&row, &days)))
    };
    Ok(Page::new(format!("Contract {contract}"), body))
}

fn figures(row: &Row) -> Markup {
    let amount = |value: Option<f64>| {
        let unit = unit(row).unwrap_or("");
        or_dash(value.map(|it| html! { (short(it)) " " (unit) }))
    };
    let left = row.funded.zip(row.consumed);
    let left = left.map(|(funded, consumed)| (funded - consumed).max(0.0));
    let projects = row.projects.iter().map(ToString::to_string);
    let projects = projects.collect::<Vec<_>>().join(", ");
    facts(&[
        ("State", standing(row)),
        ("Consumed", drawn(row)),
        ("Used", amount(row.consumed)),
        ("Funded", amount(row.funded)),
        ("Left", amount(left)),
        ("Connection", text(&row.connection)),
        ("Projects", text(projects)),
        ("Stated by OpenTrain", when(row.reported_at, now())),
        (
            "People",
            person_link(row.contract.as_str(), "Explain this contract"),
        ),
    ])
}

fn pace(forecast: &Forecast) -> Markup {
    let rate = |rate: f64| format!("{} {} a day", short(rate), forecast.unit.unwrap_or(""));
    html! {
        p.lead {
            @match (&forecast.ends, &forecast.unknown_because) {
                (None, why) => { "No forecast: " (why.as_deref().unwrap_or("nothing is known")) "." },
                (Some(ends), _) => {
                    "The funded work ends " @match ends.latest {
                        Some(latest) if latest == ends.earliest => { "about " strong { (latest) } },
                        Some(latest) => { "between " strong { (ends.earliest) } " and " strong { (latest) } },
                        None => { "about " strong { (ends.earliest) } ", or in more than two years: one of the two rates is close to zero" },
                    } "."
                }
            }
        }
        @if let Some(pace) = &forecast.per_day {
            (facts(&[
                ("Last seven days", html! { (rate(pace.recent)) }),
                ("Since the first day", html! { (rate(pace.all)) }),
            ]))
            p.hint { "By the work that OpenTrain accepted from the bridge, before today (UTC). The bridge keeps 70 days." }
        }
    }
}

fn by_day(row: &Row, days: &BTreeMap<Date, f64>) -> Markup {
    if days.is_empty() {
        return empty("No work was accepted in the last 70 days.");
    }
    let newest: Vec<_> = days.iter().rev().take(DAYS).collect();
    let unit = unit(row).unwrap_or("h");
    let rows = newest.iter().map(|(day, units)| {
        vec![
            html! { time datetime=(day) { (day) } },
            html! { (short(**units)) " " (unit) },
        ]
    });
    let rows: Vec<_> = rows.collect();
    html! {
        (chart(&newest, unit))
        (table("Accepted work by day, newest first", &["Day (UTC)", "Work"], &rows))
    }
}

/// The days as columns, oldest first. The table has the same figures.
fn chart(newest: &[(&Date, &f64)], unit: &str) -> Markup {
    let most = newest.iter().map(|(_, units)| **units).fold(0.0, f64::max);
    let width = newest.len() * 10;
    let column = |(number, (_, units)): (usize, &(&Date, &f64))| {
        let height = if most > 0.0 {
            **units / most * HEIGHT
        } else {
            0.0
        };
        html! {
            rect class="fill" x=(number * 10 + 1) y=(format!("{:.1}", HEIGHT - height)) width="8" height=(format!("{height:.1}")) {}
        }
    };
    let label = format!(
        "Work of the last {} days with work, at most {} {unit} a day; the table below has the figures",
        newest.len(),
        short(most)
    );
    html! {
        svg.days role="img" aria-label=(label) viewBox=(format!("0 0 {width} {HEIGHT}")) width=(width) height=(HEIGHT) {
            rect class="ground" x="0" y="0" width=(width) height=(HEIGHT) {}
            @for own in newest.iter().rev().enumerate() { (column(own)) }
        }
    }
}
