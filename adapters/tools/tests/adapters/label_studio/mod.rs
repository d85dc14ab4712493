//! `LabelStudio` in cases that a real server can't reproduce: invalid answers, Enterprise, other versions.

mod bad_answers;
mod calls;
mod community;
mod enterprise;
mod pages;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::http::BaseUrl;
use shared::model::clock::ManualClock;
use shared::model::person::Email;
use shared::tool::{AdapterState, Membership, NoState, Person, ToolError};
use tools::{LabelStudio, LabelStudioOptions};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const TOKEN: &str = "canarytoken";

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-06-12T12:00:00Z".parse().unwrap()))
}

fn tool_with(server: &MockServer, token: &str, clock: Arc<ManualClock>) -> LabelStudio {
    tool_knowing(server, token, clock, Arc::new(NoState))
}

fn tool_knowing(
    server: &MockServer,
    token: &str,
    clock: Arc<ManualClock>,
    memory: Arc<dyn AdapterState>,
) -> LabelStudio {
    let base = BaseUrl::parse(&server.uri()).unwrap();
    let options = LabelStudioOptions {
        sign_on: false,
        admin: None,
        max_seconds: 3600,
        notices: true,
    };
    let timeout = Duration::from_secs(5);
    LabelStudio::new(base, &token.into(), timeout, clock, memory, options).unwrap()
}

fn tool(server: &MockServer) -> LabelStudio {
    tool_with(server, TOKEN, clock())
}

fn call(verb: &str, below: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(below))
        .and(header("authorization", format!("Token {TOKEN}")))
}

async fn answer(server: &MockServer, given: MockBuilder, status: u16, body: Value) {
    given
        .respond_with(json_of(status, body))
        .mount(server)
        .await;
}

fn json_of(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// A server of that edition, with project 12 and an organisation that the token's owner created.
async fn server(edition: &str) -> MockServer {
    let server = MockServer::start().await;
    let version = json!({ "release": "1.23.2", "edition": edition });
    answer(&server, call("GET", "/api/version"), 200, version).await;
    let whoami = json!({ "id": 1, "email": "canary@x.example", "active_organization": 1 });
    answer(
        &server,
        call("GET", "/api/current-user/whoami"),
        200,
        whoami,
    )
    .await;
    let project = json!({ "id": 12, "title": "Street scenes" });
    answer(&server, call("GET", "/api/projects/12/"), 200, project).await;
    server
}

/// Permits replacing the invitation link.
async fn rotates(server: &MockServer) {
    let link = json!({ "invite_url": "/user/signup/?token=new" });
    answer(server, call("POST", ROTATE), 201, link).await;
}

const ROTATE: &str = "/api/invite/reset-token";

fn maria() -> Person {
    Person {
        trainer: "usr_1".into(),
        email: Email::parse("canary.maria@opentrain.work").unwrap(),
        display_name: Some("Canary M.".into()),
        country: None,
        profile_url: None,
        accounts: Vec::new(),
        returns: false,
    }
}

fn membership() -> Membership {
    Membership {
        trainer: "usr_1".into(),
        accounts: Vec::new(),
        emails: vec![maria().email],
        let_in: true,
        witnessed: true,
        keeps: Vec::new(),
    }
}

fn is_operator(error: &ToolError) -> bool {
    matches!(error, ToolError::Operator { .. })
}

/// Asserts that the error contains all of these, and no canary.
fn assert_says(error: &ToolError, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.to_lowercase().contains("canary"), "{text}");
}
