//! Tokens, secrets and e-mails are in all inputs, and searched in all output.

use std::error::Error;

use secrecy::SecretString;
use serde_json::json;
use shared::opentrain::{OpenTrainError, Options, PlatformClient};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{TOKEN, an_endpoint, client, client_at, new_endpoint};

fn all_text(error: &OpenTrainError) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(" {inner} {inner:?}"));
        source = inner.source();
    }
    text
}

fn assert_clean(text: &str) {
    for canary in ["canary", "opentrain.work"] {
        assert!(!text.contains(canary), "{canary} in: {text}");
    }
}

/// An answer that quotes everything that must not be shown.
fn quoting(status: u16) -> ResponseTemplate {
    let quote = format!("Bearer {TOKEN} of Maria <maria@opentrain.work>, maria%40opentrain.work");
    let body = json!({ "error": quote, "code": quote, "requestId": quote, "details": { "workEmail": "maria@opentrain.work" } });
    ResponseTemplate::new(status)
        .set_body_json(body)
        .insert_header("location", "https://canary:canary@host/?canary")
}

#[tokio::test]
async fn no_error_quotes_secrets_or_personal_data() {
    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(quoting(status))
            .mount(&server)
            .await;
        assert_clean(&all_text(&client(&server).links().await.unwrap_err()));
        assert_clean(&all_text(
            &client(&server)
                .participants(&"ct".into())
                .await
                .unwrap_err(),
        ));
    }
    assert_clean(&all_text(
        &client_at("http://127.0.0.1:9").0.links().await.unwrap_err(),
    ));
}

#[tokio::test]
async fn an_unreadable_body_is_not_quoted() {
    let server = MockServer::start().await;
    let body = json!({ "participants": [{ "opentrainUserId": { "maria@opentrain.work": "canary" } }, "canary"] });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let people = client(&server).participants(&"ct".into()).await.unwrap();
    assert_eq!(people.unreadable().len(), 2);
    assert_clean(&format!("{people:?} {}", people.unreadable()));
}

#[tokio::test]
async fn the_secret_of_an_unreadable_endpoint_is_not_shown() {
    let server = MockServer::start().await;
    let body = json!({ "webhookEndpoint": { "id": 1 }, "secret": "whsec_canary" });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(201).set_body_json(body))
        .mount(&server)
        .await;
    assert_clean(&all_text(
        &client(&server)
            .create_endpoint(&new_endpoint())
            .await
            .unwrap_err(),
    ));
}

#[tokio::test]
async fn no_debug_shows_a_secret() {
    let server = MockServer::start().await;
    let body = json!({
        "webhookEndpoint": an_endpoint(), "secret": "whsec_canary",
        "participants": [{ "opentrainUserId": "usr_1", "displayName": "canary", "workEmail": "maria@opentrain.work" }]
    });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let client = client(&server);
    assert_clean(&format!("{client:?}"));
    assert_clean(&format!(
        "{:?}",
        client.participants(&"ct".into()).await.unwrap()
    ));
    assert_clean(&format!(
        "{:?}",
        client.create_endpoint(&new_endpoint()).await.unwrap()
    ));
}

#[test]
fn a_setup_error_does_not_show_the_given_values() {
    for (url, token) in [
        ("ot_ptk_canary", "t"),
        ("https://u:canary@h", "t"),
        ("https://h", "canary canary"),
    ] {
        let error =
            PlatformClient::new(url, &SecretString::from(token), Options::default()).unwrap_err();
        assert_clean(&format!("{error} {error:?}"));
    }
}
