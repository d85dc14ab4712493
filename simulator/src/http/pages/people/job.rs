//! A published job, as trainers see it, and the application.

use maud::{Markup, html};
use serde_json::Value;

use crate::{
    http::pages::{
        form::{Control, Field, Form, Tone},
        html::Page,
        parts::{facts, text},
        visit::Visit,
    },
    kit::refusal::Refusal,
    market::{
        Market,
        data::{
            ad::{Ad, JobStatus},
            profile::shown_name,
        },
    },
};

/// Trainers that can be chosen to apply.
const CHOICES: usize = 100;

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let id = visit.id();
    visit.look(|market| {
        let ad = open(market, id)?;
        let employer = market.employer(&market.world.job(id)?.organization)?;
        let body = html! {
            p { "Posted by " strong { (employer.name) } }
            (fields(ad))
            p { a.button.primary href={ "/jobs/" (id) "/apply" } { "Apply" } }
            p { a href={ "/desk/jobs/" (id) } { "See it on the desk" } }
        };
        Ok(visit.page(ad.title(), body))
    })
}

/// An open job. Others are not shown to trainers.
fn open<'w>(market: &'w Market, id: &str) -> Result<&'w Ad, Refusal> {
    let ad = market.ad(id)?;
    let message = match ad.status {
        JobStatus::Open => return Ok(ad),
        JobStatus::Draft => "this job is not published",
        JobStatus::Archived => "this job is closed",
    };
    Err(Refusal::new(axum::http::StatusCode::NOT_FOUND, message))
}

/// The fields of an advertisement, by their keys.
pub(in crate::http::pages) fn fields(ad: &Ad) -> Markup {
    let rows: Vec<(&str, Markup)> = ad
        .fields
        .iter()
        .filter(|(name, _)| *name != "jobTitle")
        .map(|(name, value)| (name.as_str(), text(plain(value))))
        .collect();
    facts(&rows)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

pub(in crate::http::pages) fn apply(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let id = visit.id();
    visit.look(|market| {
        let ad = open(market, id)?;
        let body = html! {
            p { "You apply as a trainer. The employer's agent is told by " code { "proposal.received" } "." }
            (application(market, id, ad, format!("/jobs/{id}/apply")))
        };
        Ok(visit.page(format!("Apply: {}", ad.title()), body))
    })
}

pub(in crate::http::pages) fn application(
    market: &Market,
    id: &str,
    ad: &Ad,
    next: String,
) -> Markup {
    let mut known: Vec<(String, String)> = market
        .world
        .trainers
        .values()
        .map(|own| {
            (
                own.id.clone(),
                format!("{} ({})", shown_name(&own.display_name), own.id),
            )
        })
        .collect();
    known.sort();
    known.truncate(CHOICES);
    let mut choices = vec![(String::new(), "a new trainer".to_owned())];
    choices.extend(known);
    let bid = ad.price().unwrap_or(20.0);
    Form::new("createProposal", "Apply as a trainer", next)
        .tone(Tone::Primary)
        .hidden("jobId", id)
        .field(Field::new(
            "trainerId",
            "Trainer",
            "",
            Control::Select(choices),
        ))
        .field(Field::number("bidUsd", "Bid in dollars", bid.to_string()))
        .shown()
}
