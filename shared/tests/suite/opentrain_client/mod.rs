//! Platform API client: typed calls, and the HTTP requests that they make.

mod addresses;
mod calls;
mod employer;
mod faults;
mod leaks;
mod lenience;
mod paces;
mod refusals;
mod retries;
mod webhooks;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::http::{Pause, RetryPolicy};
use shared::model::clock::ManualClock;
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProvisioningMode,
};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const TOKEN: &str = "ot_ptk_canary";

/// Records the pauses without waiting.
#[derive(Default)]
struct Pauses(Mutex<Vec<Duration>>);

#[async_trait]
impl Pause for Pauses {
    async fn pause(&self, time: Duration) {
        self.0.lock().unwrap().push(time);
    }
}

impl Pauses {
    fn taken(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()))
}

/// A client without jitter at `origin`, and its pauses.
fn client_at(origin: &str) -> (PlatformClient, Arc<Pauses>) {
    let pauses = Arc::new(Pauses::default());
    let retry = RetryPolicy {
        first: Duration::ZERO,
        pause: pauses.clone(),
        ..RetryPolicy::default()
    };
    let options = Options {
        timeout: Duration::from_millis(400),
        retry,
        clock: clock(),
        paces: None,
    };
    let token = SecretString::from(TOKEN);
    let client = PlatformClient::new(origin, &token, options).unwrap();
    (client, pauses)
}

fn client(server: &MockServer) -> PlatformClient {
    client_at(&server.uri()).0
}

/// A call with the headers of every call.
fn call(verb: &str, below: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/api/partner/v1{below}")))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .and(header("accept", "application/json"))
        .and(header(
            "user-agent",
            concat!("opentrain-bridge/", env!("CARGO_PKG_VERSION")),
        ))
}

/// Answers the one expected call.
async fn answer(server: &MockServer, given: MockBuilder, status: u16, body: Value) {
    let answer = ResponseTemplate::new(status).set_body_json(body);
    given.respond_with(answer).expect(1).mount(server).await;
}

/// OpenTrain's error body.
fn no(code: &str, text: &str) -> Value {
    json!({ "error": text, "code": code, "requestId": "req_7", "details": { "sent": "x" } })
}

fn a_link() -> Value {
    json!({
        "id": "lnk_1", "jobId": "job_1", "externalProjectId": "p-1", "externalProjectName": "Cats",
        "externalProjectUrl": "https://tool.example/p-1", "provisioningMode": "MANAGED_ADAPTER",
        "createdAt": "2026-02-01T10:00:00.000Z"
    })
}

fn a_budget() -> Value {
    json!({
        "contractId": "ct_1", "paymentType": "PAY_PER_HOUR", "state": "LOW", "fundedVolume": 10, "fundedAmountUsd": 250.5,
        "consumed": { "seconds": 30600, "hours": 8.5, "labels": 0, "tasks": 40 }, "consumedVolume": 8.5,
        "remainingVolume": 1.5, "consumedFraction": 0.85,
        "activeMilestone": { "id": "ms_1", "name": "One", "amountUsd": 250.5, "volume": 10, "status": "FUNDED" },
        "lastUsageAt": "2026-02-28T00:00:00Z"
    })
}

fn an_endpoint() -> Value {
    json!({
        "id": "we_1", "url": "https://bridge.example/hooks/acme", "eventTypes": ["contract.started"], "status": "DISABLED",
        "createdAt": "2026-02-01T10:00:00Z", "consecutiveFailures": 10, "disabledAt": "2026-02-02T10:00:00Z",
        "disabledReason": "10 failures"
    })
}

fn new_link() -> NewProjectLink {
    NewProjectLink {
        external_project_id: "p".into(),
        external_project_name: None,
        external_project_url: None,
        job_id: None,
        provisioning_mode: ProvisioningMode::PartnerWebhook,
    }
}

fn new_endpoint() -> NewWebhookEndpoint {
    NewWebhookEndpoint {
        url: "https://h".into(),
        event_types: vec![],
    }
}
