//! Retries: which calls, how often, and with which pauses.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::opentrain::{OpenTrainError, PlatformClient};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::faults::hanging_up;
use super::{Pauses, a_link, an_endpoint, client_at, new_endpoint, new_link, no};

/// A server that gives these answers in turn, and then repeats the last one.
async fn in_turn(answers: Vec<ResponseTemplate>) -> (MockServer, PlatformClient, Arc<Pauses>) {
    let server = MockServer::start().await;
    let last = answers.len() - 1;
    for (turn, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(any()).respond_with(answer);
        let mock = if turn < last {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(&server).await;
    }
    let (client, pauses) = client_at(&server.uri());
    (server, client, pauses)
}

async fn sent(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(no("SOME_CODE", "x"))
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn slow() -> ResponseTemplate {
    ResponseTemplate::new(200).set_delay(Duration::from_secs(5))
}

#[tokio::test]
async fn temporary_failures_are_retried() {
    let links = json!({ "projectLinks": [] });
    let (server, client, pauses) = in_turn(vec![status(503), slow(), status(429), ok(links)]).await;
    let _ = client.links().await.unwrap();
    assert_eq!(sent(&server).await, 4);
    assert_eq!(pauses.taken().len(), 3);
}

#[tokio::test]
async fn four_attempts_are_the_maximum() {
    for failing in [status(500), status(429), slow()] {
        let (server, client, _) = in_turn(vec![failing]).await;
        client.links().await.unwrap_err();
        assert_eq!(sent(&server).await, 4);
    }
}

#[tokio::test]
async fn every_idempotent_call_is_retried() {
    let (server, client, _) = in_turn(vec![status(500)]).await;
    client.report_usage(&"ct".into(), &[]).await.unwrap_err();
    assert_eq!(sent(&server).await, 4);
    client
        .update_endpoint(&"we".into(), &Default::default())
        .await
        .unwrap_err();
    assert_eq!(sent(&server).await, 8);
    client.delete_endpoint(&"we".into()).await.unwrap_err();
    assert_eq!(sent(&server).await, 12);
    client.delete_link(&"lnk".into()).await.unwrap_err();
    assert_eq!(sent(&server).await, 16);
}

#[tokio::test]
async fn permanent_failures_are_not_retried() {
    for refusal in [
        status(400),
        status(401),
        status(403),
        status(404),
        status(409),
        status(302),
        ok(json!([])),
    ] {
        let (server, client, pauses) = in_turn(vec![refusal]).await;
        client.links().await.unwrap_err();
        assert_eq!(sent(&server).await, 1);
        assert!(pauses.taken().is_empty());
    }
}

#[tokio::test]
async fn a_create_or_a_redelivery_is_never_sent_twice() {
    for failing in [status(500), status(503), status(429), slow()] {
        let (server, client, _) = in_turn(vec![failing]).await;
        client.create_link(&new_link()).await.unwrap_err();
        client.create_endpoint(&new_endpoint()).await.unwrap_err();
        client.redeliver(&"we".into(), None).await.unwrap_err();
        assert_eq!(sent(&server).await, 3);
    }
    let (client, pauses) = client_at(&hanging_up().await);
    let error = client.create_link(&new_link()).await.unwrap_err();
    assert!(
        matches!(
            error,
            OpenTrainError::Unreadable { .. } | OpenTrainError::Broken { .. }
        ),
        "{error}"
    );
    assert!(pauses.taken().is_empty());
}

#[tokio::test]
async fn a_create_that_was_not_sent_is_retried() {
    let (client, pauses) = client_at("http://127.0.0.1:9");
    let error = client.create_endpoint(&new_endpoint()).await.unwrap_err();
    assert!(
        matches!(error, OpenTrainError::Unreachable { .. }),
        "{error}"
    );
    assert_eq!(pauses.taken().len(), 3);
}

#[tokio::test]
async fn retry_after_determines_the_pause() {
    // A date is compared with the service's own time.
    let busy = |when: &str| {
        status(429)
            .insert_header("date", "Sun, 01 Mar 2026 12:00:00 GMT")
            .insert_header("retry-after", when)
    };
    let date = "Sun, 01 Mar 2026 12:00:09 GMT";
    let (_server, client, pauses) = in_turn(vec![
        busy("7"),
        busy(date),
        busy("odd"),
        ok(json!({ "projectLinks": [] })),
    ])
    .await;
    let _ = client.links().await.unwrap();
    assert_eq!(pauses.taken(), [7, 9, 0].map(Duration::from_secs));
}

#[tokio::test]
async fn a_long_retry_after_is_left_to_the_caller() {
    let (server, client, pauses) =
        in_turn(vec![status(503).insert_header("retry-after", "60")]).await;
    let error = client.links().await.unwrap_err();
    assert_eq!(sent(&server).await, 1);
    assert!(pauses.taken().is_empty());
    assert!(error.to_string().contains("try again in 60 s"), "{error}");
}

#[tokio::test]
async fn a_repeated_delete_with_404_is_a_success() {
    for lost in [status(500), slow()] {
        let (_server, client, _) = in_turn(vec![lost.clone(), status(404)]).await;
        client.delete_endpoint(&"we".into()).await.unwrap();
        let (_server, client, _) = in_turn(vec![lost, status(404)]).await;
        assert_eq!(client.delete_link(&"lnk".into()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_first_delete_with_404_is_an_error() {
    // A 429 was certainly not executed, so the 404 after it is like a first one.
    for answers in [vec![status(404)], vec![status(429), status(404)]] {
        let (_server, client, _) = in_turn(answers.clone()).await;
        assert!(
            client
                .delete_endpoint(&"we".into())
                .await
                .unwrap_err()
                .is_not_found()
        );
        let (_server, client, _) = in_turn(answers).await;
        assert!(
            client
                .delete_link(&"lnk".into())
                .await
                .unwrap_err()
                .is_not_found()
        );
    }
}

/// A page of a proxy, with no error of OpenTrain in it.
fn page(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<html>Nothing here</html>", "text/html")
}

#[tokio::test]
async fn a_repeated_delete_with_a_proxys_404_is_an_error() {
    let answers = || [vec![status(500)], vec![page(404); 9]].concat();
    let (_server, client, _) = in_turn(answers()).await;
    let error = client.delete_endpoint(&"we".into()).await.unwrap_err();
    assert!(!error.is_not_found(), "{error}");
    let (_server, client, _) = in_turn(answers()).await;
    let error = client.delete_link(&"lnk".into()).await.unwrap_err();
    assert!(!error.is_not_found(), "{error}");
}

#[tokio::test]
async fn a_read_is_repeated_after_a_proxys_page() {
    for answer in [404, 400, 409, 418].map(page) {
        let participants = json!({ "contractId": "ctr", "participants": [] });
        let (server, client, _) = in_turn(vec![answer, ok(participants)]).await;
        let _ = client.participants(&"ctr".into()).await.unwrap();
        assert_eq!(sent(&server).await, 2);
    }
}

#[tokio::test]
async fn a_successful_repeat_returns_its_data() {
    let deleted = json!({ "projectLink": a_link(), "deleted": true });
    let (_server, client, _) = in_turn(vec![status(500), ok(deleted)]).await;
    assert!(client.delete_link(&"lnk".into()).await.unwrap().is_some());
    let (_server, client, _) = in_turn(vec![
        status(500),
        ok(json!({ "webhookEndpoint": an_endpoint() })),
    ])
    .await;
    client.endpoint(&"we".into()).await.unwrap();
}
