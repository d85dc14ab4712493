//! The client of the Public API: its requests, retries and errors.

mod errors;

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Value, json};
use shared::http::{BaseUrl, RetryPolicy};
use shared::opentrain::public::{
    AgentClient, Description, NewAgent, NewDraft, PageQuery, PublicClient, options,
};
use shared::opentrain::{OpenTrainError, Options};
use wiremock::matchers::{any, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Pauses, clock};

const TOKEN: &str = "ot_pat_1_canary";

/// Without jitter, with the pauses that it takes.
fn quick() -> (Options, Arc<Pauses>) {
    let pauses = Arc::new(Pauses::default());
    let own = options(clock());
    let retry = RetryPolicy {
        first: std::time::Duration::ZERO,
        pause: pauses.clone(),
        ..own.retry
    };
    (Options { retry, ..own }, pauses)
}

fn client(origin: &str) -> PublicClient {
    let base = BaseUrl::parse(origin).unwrap();
    PublicClient::at(base, &SecretString::from(TOKEN), quick().0).unwrap()
}

fn agent(origin: &str) -> AgentClient {
    AgentClient::at(BaseUrl::parse(origin).unwrap(), quick().0).unwrap()
}

async fn always(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "error": "x", "code": "X" }))
}

fn refused(status: u16, details: &Value) -> ResponseTemplate {
    let body =
        json!({ "error": "no", "code": "FORBIDDEN", "requestId": "req_7", "details": details });
    ResponseTemplate::new(status).set_body_json(body)
}

async fn sent(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn draft() -> NewDraft {
    NewDraft {
        description: Description::Text("Label cats".into()),
        external_id: None,
        idempotency_key: Some("k1".into()),
    }
}

#[tokio::test]
async fn a_read_is_tried_three_times() {
    for (code, tries) in [(502, 3), (503, 3), (504, 3), (500, 1), (429, 1), (404, 1)] {
        let server = always(status(code)).await;
        client(&server.uri()).me().await.unwrap_err();
        assert_eq!(sent(&server).await, tries, "{code}");
    }
}

#[tokio::test]
async fn a_change_is_repeated_only_if_it_was_not_sent() {
    for code in [502, 503, 504, 429] {
        let server = always(status(code)).await;
        client(&server.uri())
            .create_draft(&draft())
            .await
            .unwrap_err();
        assert_eq!(sent(&server).await, 1, "{code}");
    }
    let (options, pauses) = quick();
    let base = BaseUrl::parse("http://127.0.0.1:9").unwrap();
    let client = PublicClient::at(base, &SecretString::from(TOKEN), options).unwrap();
    let error = client.create_draft(&draft()).await.unwrap_err();
    assert!(
        matches!(error, OpenTrainError::Unreachable { .. }),
        "{error}"
    );
    assert_eq!(pauses.taken().len(), 2);
}

#[tokio::test]
async fn a_form_without_a_token_is_sent_for_a_claim() {
    let server = MockServer::start().await;
    let form =
        "grant_type=urn%3Aopentrain%3Aagent-auth%3Agrant-type%3Aclaim&claim_token=ot_clm_a%26b";
    Mock::given(method("POST"))
        .and(path("/api/agent/oauth/token"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(form))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "access_token": "ot_pat_2_canary", "token_type": "bearer", "scopes": ["jobs:read"],
        })))
        .mount(&server)
        .await;
    let delivered = agent(&server.uri())
        .poll_claim(&"ot_clm_a&b".into())
        .await
        .unwrap();
    assert_eq!(delivered.scopes, ["jobs:read"]);
    assert!(!format!("{delivered:?}").contains("canary"));
    let requests = server.received_requests().await.unwrap();
    assert!(!requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn the_codes_of_a_claim_are_reasons() {
    for code in ["authorization_pending", "slow_down", "expired_token"] {
        let body =
            json!({ "error": code, "error_description": "ot_clm_canary of a@canary.example" });
        let server = always(ResponseTemplate::new(400).set_body_json(body)).await;
        let error = agent(&server.uri())
            .poll_claim(&"c".into())
            .await
            .unwrap_err();
        assert_eq!(error.reason(), Some(code));
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn debug_shows_neither_names_nor_unknown_members() {
    let me = json!({
        "actor": { "userId": "u", "email": "canary@x.example", "fullName": "Canary canary", "firstName": "canary" },
        "token": { "id": "t", "scopes": [] }, "account": { "organizationId": "org_1" }, "more": "canary",
    });
    let server = always(ResponseTemplate::new(200).set_body_json(&me)).await;
    let read = client(&server.uri()).me().await.unwrap();
    assert!(
        !format!("{read:?}").to_lowercase().contains("canary"),
        "{read:?}"
    );
    let whole = json!(read);
    assert_eq!(whole["actor"], me["actor"]);
    assert_eq!(whole["more"], "canary");
}

#[tokio::test]
async fn missing_fields_are_read_in_both_forms() {
    let described = json!([{ "field": "dataType", "prompt": "What data?", "type": "text", "enumValues": null }]);
    let bodies = [
        json!({ "jobId": "j", "missingFields": [], "validation": { "missingFields": described } }),
        json!({ "jobId": "j", "missingFields": described, "validation": { "missingFields": ["dataType"] } }),
        json!({ "jobId": "j", "validation": { "missingFields": described } }),
    ];
    for body in bodies {
        let server = always(ResponseTemplate::new(201).set_body_json(&body)).await;
        let made = client(&server.uri()).create_draft(&draft()).await.unwrap();
        let missing = made.missing();
        assert_eq!(missing.len(), 1, "{body}");
        assert_eq!(missing[0].key(), "dataType");
        assert_eq!(missing[0].prompt.as_deref(), Some("What data?"), "{body}");
    }
    let names = json!({ "jobId": "j", "validation": { "missingFields": ["dataType"] } });
    let server = always(ResponseTemplate::new(201).set_body_json(names)).await;
    let made = client(&server.uri()).create_draft(&draft()).await.unwrap();
    assert_eq!(made.missing()[0].key(), "dataType");
}

#[tokio::test]
async fn a_list_names_its_unreadable_elements_and_keeps_the_rest() {
    let server = MockServer::start().await;
    let body = json!({
        "proposals": [{ "id": "p1", "bid": { "amountUsd": "12.5" }, "extra": 1 }, { "status": {} }],
        "nextCursor": "p1", "generatedAt": "now",
    });
    Mock::given(path("/api/public/v1/jobs/job%2F1/proposals"))
        .and(query_param("limit", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let query = PageQuery {
        limit: Some(2),
        ..PageQuery::default()
    };
    let page = client(&server.uri())
        .proposals(&"job/1".into(), &query)
        .await
        .unwrap();
    assert_eq!(page.items.readable()[0].bid.amount_usd, Some(12.5));
    assert_eq!(page.next_cursor.as_deref(), Some("p1"));
    let whole = json!(page);
    assert_eq!(whole["proposals"][0]["extra"], 1);
    assert_eq!(whole["unreadable"].as_array().map(Vec::len), Some(1));
    assert_eq!(whole["generatedAt"], "now");
}

#[tokio::test]
async fn a_registration_without_a_name_sends_an_empty_object() {
    let server = MockServer::start().await;
    Mock::given(path("/api/agent/identity"))
        .and(body_string("{}"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "access_token": "ot_pat_1_canary", "claim_token": "ot_clm_canary", "scopes": ["jobs:read"],
        })))
        .mount(&server)
        .await;
    let made = agent(&server.uri())
        .register(&NewAgent::default())
        .await
        .unwrap();
    assert!(!format!("{made:?}").contains("canary"));
}
