//! Whether deliveries reach us: a judgement on the list of endpoints. Pure.

use super::heard::Heard;
use crate::model::event::EventType;
use crate::model::ids::EndpointId;
use crate::opentrain::{EndpointStatus, WebhookEndpoint};
use crate::webhook::leads_to;

/// So many failed deliveries in a row disable an endpoint.
const MOST_FAILURES: u32 = 10;

/// What access depends on.
const NEEDED: [EventType; 2] = [EventType::ContractStarted, EventType::ContractEnded];

/// The endpoints to enable again; what an operator has to see is noted in `heard`.
///
/// While another endpoint of ours is active, a disabled one is left alone: it is what is left over from
/// a rolled secret, and would only fail again.
pub(super) fn to_enable(heard: &mut Heard) -> Vec<EndpointId> {
    let Some(endpoints) = heard.endpoints.clone() else {
        return Vec::new();
    };
    let ours = |endpoint: &&WebhookEndpoint| leads_to(&endpoint.url, heard.connection.as_str());
    let ours: Vec<_> = endpoints.iter().filter(ours).collect();
    if ours.is_empty() {
        missing(heard, endpoints.is_empty());
        return Vec::new();
    }
    let (active, disabled): (Vec<_>, Vec<_>) = ours
        .into_iter()
        .partition(|it| it.status != EndpointStatus::Disabled);
    active.iter().for_each(|endpoint| deaf(heard, endpoint));
    let mut enable = Vec::new();
    for endpoint in disabled {
        let about = format!("webhook endpoint {}", endpoint.id);
        if !active.is_empty() {
            heard.note(about, "it is disabled, and another one of this connection is active: delete it with `bridge endpoints` if it is left over");
        } else if by_failures(endpoint) {
            enable.push(endpoint.id.clone());
        } else {
            heard.note(about, "it was disabled by hand, so it is left alone and no events come: enable it with `bridge endpoints enable` when they shall");
        }
    }
    enable
}

/// A switch by hand leaves the count where it was, below ten; OpenTrain's own names its reason. A count of
/// ten is proof, the reason's wording is not promised and only helps out.
fn by_failures(endpoint: &WebhookEndpoint) -> bool {
    let reason = endpoint
        .disabled_reason
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    endpoint.consecutive_failures >= MOST_FAILURES
        || (reason.contains("fail") && reason.contains("deliver"))
}

fn missing(heard: &mut Heard, none_at_all: bool) {
    let hook = format!("/hooks/{}", heard.connection);
    if none_at_all {
        heard.note("webhook endpoints", format!("there is none, so no events come and access follows only as often as a reconcile runs: run `bridge subscribe` with this bridge's public address and {hook}"));
    } else {
        heard.note(
            "webhook endpoints",
            format!("none ends in {hook}: unless a proxy leads there, run `bridge subscribe`"),
        );
    }
}

fn deaf(heard: &mut Heard, endpoint: &WebhookEndpoint) {
    let hears = |needed: &EventType| {
        endpoint
            .event_types
            .iter()
            .any(|own| own == needed.as_str())
    };
    // Event types that could not be read are not taken for none.
    if !endpoint.event_types.is_empty() && !NEEDED.iter().all(hears) {
        let about = format!("webhook endpoint {}", endpoint.id);
        heard.note(about, "it does not get contract.started and contract.ended: access follows only as often as a reconcile runs; run `bridge subscribe` again");
    }
}
