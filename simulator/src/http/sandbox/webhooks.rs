//! Webhook endpoints and deliveries of both APIs, and the calls that both APIs got.

use serde_json::{Value, json};

use super::people::done;
use crate::{
    http::{operation::Request, page::page, shared::Shared},
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, ok},
    },
    market::{Market, conflict},
    model::{
        delivery::{Attempt, Delivery, Trace},
        hook::{EndpointStatus, Hook},
        letter::Channel,
        resend::Resend,
    },
};

/// States of a delivery.
pub(crate) const STATUSES: [&str; 3] = ["PENDING", "DELIVERED", "FAILED"];

pub(super) fn calls(_: &Request<'_>, shared: &Shared) -> Answer {
    let calls = shared.calls.all();
    let calls: Vec<Value> = calls.iter().map(|own| own.body()).collect();
    ok(json!({"calls": calls}))
}

pub(super) fn endpoints(_: &Request<'_>, market: &mut Market) -> Answer {
    let hooks = market.world.post.hooks.iter().rev();
    let endpoints: Vec<Value> = hooks.map(endpoint_body).collect();
    ok(json!({"endpoints": endpoints}))
}

/// Without the secret, which is shown when the endpoint is made.
fn endpoint_body(hook: &Hook) -> Value {
    json!({
        "id": hook.id,
        "api": hook.channel.name(),
        "owner": hook.owner,
        "url": hook.url,
        "eventTypes": hook.event_types,
        "status": hook.status(),
        "createdAt": iso(hook.created_at),
        "consecutiveFailures": hook.consecutive_failures,
        "failNext": hook.fail_next,
        "disabledAt": hook.disabled.as_ref().map(|(at, _)| iso(*at)),
        "disabledReason": hook.disabled.as_ref().map(|(_, reason)| reason),
    })
}

/// Disables or enables an endpoint, or makes its next attempts fail.
pub(super) fn update_endpoint(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let id = request.id();
    let hook = market.world.post.hooks.get_mut(id);
    let hook = hook.ok_or_else(|| Refusal::not_found("webhook endpoint"))?;
    let status = body.text("status").map(EndpointStatus::named);
    if status == Some(EndpointStatus::Active) && hook.channel == Channel::Public {
        let message = "the Public API cannot enable a webhook: delete it and make it anew";
        return Err(conflict("webhook_not_enabled_again", message));
    }
    if let Some(count) = body.number("failNext") {
        hook.fail_next = count as u32;
    }
    let reason = hook.channel.reason();
    if let Some(status) = status {
        market
            .world
            .post
            .set_status(id, (status, reason), request.now);
    }
    done()
}

/// Newest first.
pub(super) fn deliveries(request: &Request<'_>, market: &mut Market) -> Answer {
    let newest = market.world.post.deliveries.iter().rev();
    let (status, endpoint) = (request.query("status"), request.query("endpointId"));
    let wanted = newest.filter(|own| {
        let same = endpoint.is_none_or(|endpoint| endpoint == own.endpoint_id);
        same && status.is_none_or(|status| json!(own.status) == status)
    });
    let (rows, next) = page(request, wanted, |own: &&Delivery| &own.id)?;
    let rows: Vec<Value> = rows.into_iter().map(delivery_body).collect();
    ok(json!({"deliveries": rows, "nextCursor": next}))
}

fn delivery_body(own: &Delivery) -> Value {
    let attempts = own.attempts.iter().zip(&own.traces);
    let attempts: Vec<Value> = attempts.map(attempt_body).collect();
    json!({
        "id": own.id,
        "api": own.letter.channel.name(),
        "endpointId": own.endpoint_id,
        "eventId": own.letter.event_id,
        "eventType": own.letter.kind,
        "status": own.status,
        "nextAttemptAt": own.next_attempt().map(iso),
        "attempts": attempts,
    })
}

fn attempt_body((attempt, trace): (&Attempt, &Trace)) -> Value {
    json!({
        "at": iso(attempt.at),
        "outcome": attempt.outcome,
        "durationMs": trace.took.as_millis() as u64,
        "signature": trace.signature,
        "simulated": trace.simulated,
        "replay": trace.replay.is_some(),
        "resent": trace.replay.map(Resend::name),
    })
}

/// One delivery, with the exact text of its body.
pub(super) fn delivery(request: &Request<'_>, market: &mut Market) -> Answer {
    let own = market.world.post.deliveries.get(request.id());
    let own = own.ok_or_else(|| Refusal::not_found("delivery"))?;
    let mut body = delivery_body(own);
    body["body"] = own.letter.body.clone().into();
    ok(json!({"delivery": body}))
}

/// Sends a delivery again at once. Its status does not change.
pub(super) fn resend(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    // The table of members has checked the name.
    let how = body.text("as").and_then(Resend::named);
    market
        .world
        .post
        .replay(request.id(), how.unwrap_or(Resend::Same))?;
    done()
}
