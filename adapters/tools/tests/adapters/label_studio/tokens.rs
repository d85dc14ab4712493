//! A personal access token: exchanged, used for its time, and exchanged again.

use std::time::Duration;

use serde_json::json;
use shared::tool::AnnotationTool;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{assert_says, clock, json_of, tool_with};

const PERSONAL: &str = "canary.aa.bb";

/// Exchanges the token for `access`, `times` times.
async fn exchanges(server: &MockServer, access: &str, times: u64) {
    Mock::given(method("POST"))
        .and(path("/api/token/refresh/"))
        .and(body_json(json!({ "refresh": PERSONAL })))
        .respond_with(json_of(200, json!({ "access": access })))
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
}

async fn serves(server: &MockServer, access: &str, status: u16) {
    let project = json!({ "id": 12, "title": "Street scenes" });
    Mock::given(method("GET"))
        .and(path("/api/projects/12/"))
        .and(header("authorization", format!("Bearer {access}")))
        .respond_with(json_of(status, project))
        .mount(server)
        .await;
}

#[tokio::test]
async fn an_access_token_is_used_for_its_time_and_no_longer() {
    let (server, clock) = (MockServer::start().await, clock());
    exchanges(&server, "first", 1).await;
    serves(&server, "first", 200).await;
    let tool = tool_with(&server, PERSONAL, clock.clone());
    tool.project(&"12".into()).await.unwrap();
    clock.advance(Duration::from_secs(200));
    tool.project(&"12".into()).await.unwrap();
    server.verify().await;
    exchanges(&server, "second", 1).await;
    serves(&server, "second", 200).await;
    clock.advance(Duration::from_secs(100));
    tool.project(&"12".into()).await.unwrap();
}

#[tokio::test]
async fn an_access_token_that_is_refused_is_exchanged_once() {
    let server = MockServer::start().await;
    exchanges(&server, "dead", 1).await;
    serves(&server, "dead", 401).await;
    exchanges(&server, "alive", 1).await;
    serves(&server, "alive", 200).await;
    let tool = tool_with(&server, PERSONAL, clock());
    tool.project(&"12".into()).await.unwrap();
}

#[tokio::test]
async fn a_token_whose_access_is_always_refused_is_an_error() {
    let server = MockServer::start().await;
    exchanges(&server, "dead", 2).await;
    serves(&server, "dead", 401).await;
    let error = tool_with(&server, PERSONAL, clock())
        .project(&"12".into())
        .await
        .unwrap_err();
    let words = "personal access tokens are disabled";
    assert_says(&error, &[words, "API Tokens Settings", "TOOL_ADMIN_EMAIL"]);
}

#[tokio::test]
async fn an_expired_personal_token_is_reported_with_a_fix() {
    let server = MockServer::start().await;
    let body = json!({ "detail": "Token is invalid", "code": "canary" });
    Mock::given(path("/api/token/refresh/"))
        .respond_with(ResponseTemplate::new(401).set_body_json(body))
        .mount(&server)
        .await;
    let error = tool_with(&server, PERSONAL, clock())
        .capabilities()
        .await
        .unwrap_err();
    assert_says(&error, &["make a new one", "TOOL_API_TOKEN"]);
}
