//! The human's part, as JSON calls below `/sandbox/`: what people do in OpenTrain's app, and the time, the faults and
//! the limits of the sandbox.

use std::{collections::BTreeMap, time::Duration};

use axum::response::Response;
use jiff::{Span, SpanRelativeTo};
use serde_json::{Value, json};

use super::{
    openapi,
    operation::{Request, find},
    shared::Shared,
};
use crate::kit::{
    call::Call,
    clock::iso,
    control::local,
    refusal::Refusal,
    reply::{Answer, ok},
};
use table::{API, CALLS, Handler};

mod answers;
mod app;
mod bodies;
mod desk;
pub(crate) mod faults;
pub(crate) mod limits;
mod people;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod webhooks;

/// Time limit for the deliveries that an advance of the clock makes due.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers a call from this machine; a foreign web page is refused.
pub(super) async fn serve(shared: &Shared, call: &Call) -> Response {
    let answer = match local(call) {
        Ok(()) => answer(shared, call).await,
        Err(refusal) => Err(refusal),
    };
    answer.unwrap_or_else(refuse)
}

fn refuse(refusal: Refusal) -> Response {
    let mut body = json!({"error": refusal.message});
    if let Some(details) = &refusal.details {
        body["details"] = details.clone();
    }
    refusal.answer(body)
}

pub(crate) async fn answer(shared: &Shared, call: &Call) -> Answer {
    let below = call.below(&["sandbox"]).unwrap_or_default();
    let document = || openapi::document(&API, CALLS);
    if let Some(answer) = openapi::serve(call, &below, document, refuse) {
        return Ok(answer);
    }
    let (operation, ids) = find(CALLS, call.method.as_str(), &below)?;
    let now = (shared.clock)();
    let request = Request::new(call, operation, ids, now)?;
    match operation.handler {
        Handler::Market(handle) => shared.change(|market| handle(&request, market)),
        Handler::Shared(handle) => handle(&request, shared),
        Handler::Clock => advance(&request, shared).await,
    }
}

/// Advances the time, and answers with the attempts that became due.
async fn advance(request: &Request<'_>, shared: &Shared) -> Answer {
    let body = request.body()?;
    let by = duration(body.get("advance")).ok_or_else(|| {
        Refusal::bad("advance must be an ISO 8601 duration, for example PT30M or P1D")
    })?;
    let settled = || shared.look(|market| market.world.post.is_settled((shared.clock)()));
    // Attempts that were due before the advance are not listed.
    shared.change(|_| ());
    let _ = shared.progress.until(PATIENCE, settled).await;
    let before = attempts(shared);
    shared.advance(by);
    shared.change(|_| ());
    let is_settled = shared.progress.until(PATIENCE, settled).await.is_ok();
    let fired = attempts(shared).into_iter();
    let fired = fired.filter(|(key, _)| !before.contains_key(key));
    let fired: Vec<Value> = fired.map(|(_, attempt)| attempt).collect();
    ok(json!({
        "now": iso((shared.clock)()),
        "settled": is_settled,
        "fired": fired,
    }))
}

/// Every attempt, by the number of its delivery and its own.
fn attempts(shared: &Shared) -> BTreeMap<(u64, usize), Value> {
    shared.look(|market| {
        let post = &market.world.post;
        let deliveries = post.deliveries.iter();
        let all = deliveries.flat_map(|own| {
            let number = post.deliveries.key(&own.id).unwrap_or_default();
            let attempts = own.attempts.iter().enumerate();
            attempts.map(move |(at, attempt)| {
                let body = json!({
                    "api": own.letter.channel.name(),
                    "deliveryId": own.id,
                    "eventId": own.letter.event_id,
                    "eventType": own.letter.kind,
                    "endpointId": own.endpoint_id,
                    "at": iso(attempt.at),
                    "outcome": attempt.outcome,
                    "status": own.status,
                });
                ((number, at), body)
            })
        });
        all.collect()
    })
}

/// A positive duration of at most ten years, in days, hours, minutes and seconds.
fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let time = Duration::try_from(time).ok()?;
    let most = Duration::from_secs(10 * 365 * 24 * 3600);
    (time > Duration::ZERO && time <= most).then_some(time)
}
