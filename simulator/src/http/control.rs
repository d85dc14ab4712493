//! OpenTrain's control plane.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /control/jobs` | `{title}` | `{jobId}` |
//! | `POST /control/hire` | `{jobId, trainerId?, displayName?}` | `{contractId, trainerId}` |
//! | `POST /control/end` | `{contractId}` | `{}` |
//! | `POST /control/fund` | `{contractId, volume, amountUsd}` | `{milestoneId}` |
//! | `POST /control/revoke` | `{installId}` | `{}` |
//! | `POST /control/skip` | `{seconds}` | `{}` |
//! | `GET /control/state` | – | jobs, links, contracts, events, deliveries, endpoints |

use std::time::Duration;

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::shared::Shared;
use crate::{
    kit::{
        call::Call,
        control,
        fields::Fields,
        refusal::Refusal,
        reply::{Answer, ok},
    },
    market::Market,
    model::{job::JobOptions, trainer::TrainerOptions},
};

pub(crate) fn answer(shared: &Shared, call: &Call) -> Response {
    let now = (shared.clock)();
    control::answer(call, |below| match (call.method.as_str(), below) {
        ("GET", ["state"]) => ok(shared.look(|market| state(market))),
        ("POST", [verb]) => {
            let body = call.json()?;
            shared.change(|market| act(market, verb, &body, now))
        }
        _ => Err(Refusal::not_found("control")),
    })
}

fn act(market: &mut Market, verb: &str, body: &Value, now: Timestamp) -> Answer {
    match verb {
        "jobs" => create_job(market, body, now),
        "hire" => hire(market, body, now),
        "end" => {
            let fields = Fields::of(body, &["contractId"])?;
            market
                .world
                .end_contract(fields.required("contractId")?, now)?;
            ok(json!({}))
        }
        "fund" => fund(market, body, now),
        "revoke" => {
            let fields = Fields::of(body, &["installId"])?;
            market.world.revoke(fields.required("installId")?, now)?;
            ok(json!({}))
        }
        "skip" => {
            let fields = Fields::of(body, &["seconds"])?;
            let seconds = fields.count("seconds")?.unwrap_or_default();
            market.world.post.skip(Duration::from_secs(seconds));
            ok(json!({}))
        }
        _ => Err(Refusal::not_found("control")),
    }
}

fn create_job(market: &mut Market, body: &Value, now: Timestamp) -> Answer {
    let fields = Fields::of(body, &["title"])?;
    let title = fields.required("title")?.to_owned();
    let options = JobOptions::default();
    let id = market.create_job(JobOptions { title, ..options }, now);
    ok(json!({"jobId": id}))
}

/// Hires a known trainer, or a new one with a work e-mail.
fn hire(market: &mut Market, body: &Value, now: Timestamp) -> Answer {
    let fields = Fields::of(body, &["jobId", "trainerId", "displayName"])?;
    let job = fields.required("jobId")?;
    market.world.job(job)?;
    let trainer = match fields.text("trainerId")? {
        Some(known) => known.to_owned(),
        None => newcomer(market, fields.text("displayName")?)?,
    };
    let contract = market.hire(job, &trainer, now)?;
    ok(json!({"contractId": contract, "trainerId": trainer}))
}

fn newcomer(market: &mut Market, display_name: Option<&str>) -> Result<String, Refusal> {
    let options = TrainerOptions::default();
    let number = market.world.trainers.len() + 1;
    Ok(market.world.create_trainer(TrainerOptions {
        display_name: display_name.unwrap_or(&options.display_name).to_owned(),
        work_email: Some(format!("trainer-{number}@opentrain.work")),
        ..options
    })?)
}

fn fund(market: &mut Market, body: &Value, now: Timestamp) -> Answer {
    let fields = Fields::of(body, &["contractId", "volume", "amountUsd"])?;
    let id = fields.required("contractId")?;
    let number = |name| {
        fields
            .number(name)
            .map(|value| value.and_then(Value::as_f64))
    };
    let volume = number("volume")?.unwrap_or_default();
    let amount_usd = number("amountUsd")?.unwrap_or_default();
    let milestone = market.fund(id, volume, amount_usd, now)?;
    ok(json!({"milestoneId": milestone}))
}

/// Contains no tokens, secrets or e-mails.
fn state(market: &Market) -> Value {
    let rows = |rows: Vec<Value>| Value::from(rows);
    json!({
        "jobs": rows(market.world.jobs.iter().map(|own| json!(own)).collect()),
        "links": rows(market.world.links.iter().map(|own| json!(own)).collect()),
        "contracts": rows(market.world.contracts.iter().map(|own| json!(market.world.view(own))).collect()),
        "events": rows(market.world.events.iter().map(|own| json!(own.view)).collect()),
        "deliveries": rows(market.world.post.deliveries.iter().filter_map(|own| own.view().map(|own| json!(own))).collect()),
        "endpoints": rows(market.world.post.platform_hooks().map(|own| json!(own.view())).collect()),
    })
}
