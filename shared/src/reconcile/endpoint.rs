//! Decides from the list of endpoints whether deliveries reach the bridge. Pure.

use super::heard::Heard;
use crate::model::event::EventType;
use crate::model::ids::EndpointId;
use crate::opentrain::{EndpointStatus, WebhookEndpoint};
use crate::webhook::leads_to;

/// Number of consecutive failed deliveries after which OpenTrain disables an endpoint.
const MOST_FAILURES: u32 = 10;

/// Event types that access depends on.
const NEEDED: [EventType; 2] = [EventType::ContractStarted, EventType::ContractEnded];

/// Returns the endpoints to enable again. Notes for the operator are added to `heard`.
///
/// If another endpoint of the bridge is active, a disabled one stays disabled: it is left over from a secret rotation
/// and would fail again.
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
            heard.note(about, "it is disabled, and another endpoint of this connection is active: if it is no longer needed, delete it with `bridge unsubscribe`");
            continue;
        }
        heard.disabled.insert(endpoint.id.clone());
        if by_failures(endpoint) {
            enable.push(endpoint.id.clone());
        } else {
            heard.note(about, "it was disabled by hand, so the bridge leaves it disabled and receives no events: enable it with `bridge endpoints enable`");
        }
    }
    enable
}

/// Whether OpenTrain disabled the endpoint because of failures. If a person disables it, the failure count stays below
/// ten. A count of ten is proof. OpenTrain also states a reason, but does not guarantee its wording.
pub fn by_failures(endpoint: &WebhookEndpoint) -> bool {
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
    // An empty list may contain event types that could not be read.
    if !endpoint.event_types.is_empty() && !NEEDED.iter().all(hears) {
        let about = format!("webhook endpoint {}", endpoint.id);
        heard.note(about, "it does not get contract.started and contract.ended: access follows only as often as a reconcile runs; run `bridge subscribe` again");
    }
}
