//! The URLs of calls, and the connections that they use.

use serde_json::json;
use wiremock::{Mock, MockServer};

use super::{a_budget, answer, call, client, client_at};

#[tokio::test]
async fn an_id_with_special_characters_stays_one_segment() {
    let server = MockServer::start().await;
    let path = "/contracts/a%2Fb%20c%25%3F%23%C3%BC/budget";
    answer(&server, call("GET", path), 200, a_budget()).await;
    client(&server).budget(&"a/b c%?#ü".into()).await.unwrap();
}

#[tokio::test]
async fn an_id_that_would_change_the_path_is_never_sent() {
    let server = MockServer::start().await;
    let client = client(&server);
    for odd in ["", ".", ".."] {
        let error = client.delete_link(&odd.into()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{odd}` can't be the id of anything at OpenTrain; nothing was sent")
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_base_may_name_the_api_or_end_in_a_slash() {
    for end in ["", "/", "/api/partner/v1", "/api/partner/v1/"] {
        let server = MockServer::start().await;
        answer(
            &server,
            call("GET", "/project-links"),
            200,
            json!({ "projectLinks": [] }),
        )
        .await;
        let (client, _) = client_at(&format!("{}{end}", server.uri()));
        assert!(client.links().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn another_token_uses_the_same_connections() {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::header(
        "authorization",
        "Bearer ot_ptk_other",
    ))
    .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(json!({ "projectLinks": [] })))
    .expect(1)
    .mount(&server)
    .await;
    let other = client(&server).with_token(&"ot_ptk_other".into()).unwrap();
    let _ = other.links().await.unwrap();
}

/// The process reads the proxy variables, so this runs one test again in a process with them.
#[test]
fn loopback_never_uses_a_proxy() {
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "opentrain_client::calls::the_budget"])
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && out.contains("1 passed"), "{out}");
}
