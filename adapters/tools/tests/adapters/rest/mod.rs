//! `RestTool`: calls of the bridge, and the members contract's requests that they make.

mod calls;
mod members;
mod notices;
mod outcomes;
mod removal;
mod rows;
mod totals;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use shared::model::clock::ManualClock;
use shared::model::person::Email;
use shared::tool::{Membership, Person, ToolError};
use tools::RestTool;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const TOKEN: &str = "tool_canary";
const TIMEOUT: Duration = Duration::from_secs(2);

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()))
}

fn tool_at(base: &str) -> RestTool {
    RestTool::new(base, &TOKEN.into(), TIMEOUT, clock()).unwrap()
}

fn tool(server: &MockServer) -> RestTool {
    tool_at(&server.uri())
}

/// A call with the headers of every call.
fn call(verb: &str, below: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(below))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .and(header("accept", "application/json"))
        .and(header(
            "user-agent",
            concat!("opentrain-bridge/", env!("CARGO_PKG_VERSION")),
        ))
}

/// Answers the one expected call.
async fn answer(server: &MockServer, given: MockBuilder, status: u16, body: Value) {
    given
        .respond_with(json(status, body))
        .expect(1)
        .mount(server)
        .await;
}

/// Answers the one expected call with "not found", in the tool's own JSON.
async fn absent(server: &MockServer, given: MockBuilder) {
    let told = serde_json::json!({ "error": "not found" });
    answer(server, given, 404, told).await;
}

/// Answers the one expected call, without a body.
async fn bare(server: &MockServer, given: MockBuilder, status: u16) {
    given
        .respond_with(ResponseTemplate::new(status))
        .expect(1)
        .mount(server)
        .await;
}

fn json(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn maria() -> Person {
    Person {
        trainer: "usr_1".into(),
        email: Email::parse("maria@opentrain.work").unwrap(),
        display_name: Some("Maria S.".into()),
        country: Some("PT".into()),
        profile_url: None,
        accounts: Vec::new(),
        returns: false,
    }
}

fn membership() -> Membership {
    Membership {
        trainer: "usr_1".into(),
        accounts: Vec::new(),
        emails: Vec::new(),
        let_in: true,
        witnessed: true,
        keeps: Vec::new(),
    }
}

fn is_transient(error: &ToolError) -> bool {
    matches!(error, ToolError::Transient { .. })
}

fn is_wrong(error: &ToolError) -> bool {
    matches!(error, ToolError::Wrong { .. })
}

fn is_no_project(error: &ToolError) -> bool {
    matches!(error, ToolError::NoProject { .. })
}

fn is_operator(error: &ToolError) -> bool {
    matches!(error, ToolError::Operator { .. })
}
