//! Missing and unusable answers.

use std::time::Duration;

use serde_json::json;
use shared::opentrain::{Disposition, OpenTrainError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiremock::{MockServer, ResponseTemplate};

use super::refusals::{TRANSIENT, refused};
use super::{TOKEN, call, client, client_at, new_endpoint};

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let other = MockServer::start().await;
    let location = format!("{}/login?next=canary", other.uri());
    let error =
        refused(ResponseTemplate::new(302).insert_header("location", location.as_str())).await;
    assert_eq!(
        error.to_string(),
        format!(
            "OpenTrain redirects GET /project-links to {}, and redirects are not followed. \
             Set OPENTRAIN_BASE_URL to the address that answers.",
            other.uri()
        )
    );
    assert_eq!(error.disposition(), Disposition::Operator);
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unreadable_success() {
    let page =
        ResponseTemplate::new(200).set_body_raw("<html>canary</html>", "text/html; charset=utf-8");
    let json =
        |text: &str| ResponseTemplate::new(200).set_body_raw(text.to_owned(), "application/json");
    let big = ResponseTemplate::new(200).set_body_raw(vec![b' '; 9 << 20], "application/json");
    for (answer, why) in [
        (page, "it is text/html; charset=utf-8 and not JSON"),
        (ResponseTemplate::new(204), "there is no JSON in it"),
        (
            json("{\"projectLinks\": [canary"),
            "it is broken JSON, at line 1 column 19",
        ),
        (json("{}"), "`projectLinks` is missing"),
        (
            json("{\"projectLinks\": \"canary\"}"),
            "`projectLinks` should be a list",
        ),
        (big, "it is larger than 8 MiB"),
    ] {
        let error = refused(answer).await;
        let text = error.to_string();
        assert!(
            text.starts_with("OpenTrain's answer to GET /project-links is not understood: "),
            "{text}"
        );
        assert!(text.contains(why), "{text}");
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(error.disposition(), Disposition::Operator);
    }
}

#[tokio::test]
async fn no_answer_in_time() {
    let error = refused(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    assert_eq!(
        error.to_string(),
        "OpenTrain did not answer GET /project-links in time. Sending it again is safe."
    );
    assert_eq!(error.disposition(), TRANSIENT);
}

#[tokio::test]
async fn no_server_listens() {
    let error = client_at("http://127.0.0.1:9").0.links().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "OpenTrain can't be reached for GET /project-links: Connection refused (os error 111). \
         Check the network, the proxy and OPENTRAIN_BASE_URL."
    );
    assert_eq!(error.disposition(), TRANSIENT);
}

/// Accepts connections, reads the request and closes them.
pub(super) async fn hanging_up() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{").await;
        }
    });
    origin
}

#[tokio::test]
async fn the_connection_breaks() {
    let error = client_at(&hanging_up().await).0.links().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the connection to OpenTrain broke during GET /project-links: "),
        "{text}"
    );
    assert_eq!(error.disposition(), TRANSIENT);
}

#[tokio::test]
async fn a_create_with_an_unknown_result_says_so() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(201)
        .set_delay(Duration::from_secs(5))
        .set_body_json(json!({}));
    call("POST", "/webhook-endpoints")
        .respond_with(slow)
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .create_endpoint(&new_endpoint())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "OpenTrain did not answer POST /webhook-endpoints in time. \
         It may have been executed: check the current state before trying again."
    );
}

#[test]
fn an_unusable_base_url_or_token_is_reported_at_once() {
    let make = |url: &str, token: &str| {
        let made = shared::opentrain::PlatformClient::new(url, &token.into(), Default::default());
        made.unwrap_err().to_string()
    };
    assert!(make("http://app.opentrain.ai", "t").contains("write https://"));
    assert!(make("https://app.opentrain.ai", "").contains("the token is empty"));
    assert!(make("https://app.opentrain.ai", "canary\n").contains("copy it again"));
    assert!(!make("https://app.opentrain.ai", "canary\n").contains("canary"));
}

#[tokio::test]
async fn https_sends_nothing_unencrypted() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let first = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        bytes.truncate(read);
        bytes
    });
    // The listener closes after its one connection: every attempt fails before the request is sent.
    let error = client_at(&origin).0.links().await.unwrap_err();
    assert!(
        matches!(error, OpenTrainError::Unreachable { .. }),
        "{error}"
    );
    let hello = first.await.unwrap();
    assert_eq!(hello[..2], [0x16, 0x03], "a TLS handshake");
    let text = String::from_utf8_lossy(&hello);
    assert!(!text.contains(TOKEN) && !text.contains("partner"));
}
