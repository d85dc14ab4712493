//! Endpoints 10 to 15.

use secrecy::ExposeSecret;
use serde_json::json;
use shared::model::ids::EndpointId;
use shared::opentrain::{EndpointPatch, EndpointStatus, NewWebhookEndpoint};
use wiremock::matchers::body_json;
use wiremock::{MockServer, ResponseTemplate};

use super::{an_endpoint, answer, call, client};

#[tokio::test]
async fn making_an_endpoint_shows_its_secret() {
    let server = MockServer::start().await;
    let sent =
        json!({ "url": "https://bridge.example/hooks/acme", "eventTypes": ["contract.started"] });
    let body =
        json!({ "webhookEndpoint": an_endpoint(), "secret": "whsec_canary", "message": "Keep it" });
    answer(
        &server,
        call("POST", "/webhook-endpoints").and(body_json(sent)),
        201,
        body,
    )
    .await;
    let new = NewWebhookEndpoint {
        url: "https://bridge.example/hooks/acme".into(),
        event_types: vec!["contract.started".into()],
    };
    let created = client(&server).create_endpoint(&new).await.unwrap();
    assert_eq!(created.secret.expose_secret(), "whsec_canary");
    assert_eq!(created.endpoint.id, EndpointId::from("we_1"));
    assert!(!format!("{created:?}").contains("canary"));
}

#[tokio::test]
async fn listing_endpoints_under_any_key() {
    let one = an_endpoint();
    for body in [
        json!({ "webhookEndpoints": [one] }),
        json!({ "webhookEndpoints": [one], "hints": [] }),
        json!({ "endpoints": [one], "total": 1 }),
        json!([one]),
    ] {
        let server = MockServer::start().await;
        answer(
            &server,
            call("GET", "/webhook-endpoints"),
            200,
            body.clone(),
        )
        .await;
        assert_eq!(
            client(&server).endpoints().await.unwrap().len(),
            1,
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_ambiguous_list_is_refused() {
    let server = MockServer::start().await;
    answer(
        &server,
        call("GET", "/webhook-endpoints"),
        200,
        json!({ "a": [], "b": [] }),
    )
    .await;
    let error = client(&server).endpoints().await.unwrap_err().to_string();
    assert!(error.contains("`webhookEndpoints` is missing"), "{error}");
}

#[tokio::test]
async fn one_endpoint() {
    let server = MockServer::start().await;
    answer(
        &server,
        call("GET", "/webhook-endpoints/we_1"),
        200,
        json!({ "webhookEndpoint": an_endpoint() }),
    )
    .await;
    let endpoint = client(&server).endpoint(&"we_1".into()).await.unwrap();
    assert_eq!(endpoint.status, EndpointStatus::Disabled);
    assert_eq!(endpoint.consecutive_failures, 10);
    assert_eq!(endpoint.disabled_reason.as_deref(), Some("10 failures"));
}

#[tokio::test]
async fn a_patch_sends_only_changes() {
    let server = MockServer::start().await;
    let sent =
        call("PATCH", "/webhook-endpoints/we_1").and(body_json(json!({ "status": "ACTIVE" })));
    answer(
        &server,
        sent,
        200,
        json!({ "webhookEndpoint": an_endpoint() }),
    )
    .await;
    let patch = EndpointPatch {
        status: Some(EndpointStatus::Active),
        ..EndpointPatch::default()
    };
    client(&server)
        .update_endpoint(&"we_1".into(), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn deleting_an_endpoint_needs_no_body() {
    let server = MockServer::start().await;
    let gone = ResponseTemplate::new(204);
    call("DELETE", "/webhook-endpoints/we_1")
        .respond_with(gone)
        .expect(1)
        .mount(&server)
        .await;
    client(&server)
        .delete_endpoint(&"we_1".into())
        .await
        .unwrap();
}

#[tokio::test]
async fn redelivering_one_or_all_failed() {
    for (delivery, sent) in [
        (Some("dlv_1"), json!({ "deliveryId": "dlv_1" })),
        (None, json!({})),
    ] {
        let server = MockServer::start().await;
        let body = json!({ "webhookEndpoint": an_endpoint(), "requeued": 3, "message": "Soon" });
        answer(
            &server,
            call("POST", "/webhook-endpoints/we_1/redeliver").and(body_json(sent)),
            202,
            body,
        )
        .await;
        let delivery = delivery.map(Into::into);
        let redelivery = client(&server)
            .redeliver(&"we_1".into(), delivery.as_ref())
            .await
            .unwrap();
        assert_eq!(redelivery.requeued, Some(3));
    }
}
