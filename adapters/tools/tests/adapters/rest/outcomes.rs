//! Every kind of failed call: its error, and that it is sent once.

use std::time::Duration;

use serde_json::json;
use shared::tool::{AnnotationTool, ToolError};
use tools::RestTool;
use wiremock::{MockServer, ResponseTemplate};

use super::{
    TOKEN, call, clock, is_no_project, is_operator, is_transient, is_wrong, json, maria, tool,
    tool_at,
};

const MEMBER: &str = "/projects/p-1/members/usr_1";

/// The end of the message about an unreadable answer to a grant.
const CURE: &str = "correct the tool's answer to `PUT …/members/{trainerId}`; docs/bring-your-own-tool.md has its form";

async fn refused(answer: ResponseTemplate) -> ToolError {
    let server = MockServer::start().await;
    call("PUT", MEMBER)
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let error = tool(&server)
        .grant(&"p-1".into(), &maria())
        .await
        .unwrap_err();
    for canary in [TOKEN, "opentrain.work", "Maria"] {
        assert!(!format!("{error} {error:?}").contains(canary), "{error:?}");
    }
    error
}

#[tokio::test]
async fn each_status_is_sorted() {
    let quote = "maria@opentrain.work, Maria S., Bearer tool_canary";
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        assert!(
            is_transient(&refused(json(status, json!({ "error": quote }))).await),
            "{status}"
        );
    }
    for status in [401, 403] {
        let error = refused(json(status, json!({ "error": quote }))).await;
        assert!(is_operator(&error), "{status}");
        assert!(error.to_string().contains("TOOL_API_TOKEN"), "{error}");
    }
    for status in [400, 405, 409, 410, 418, 422, 501] {
        assert!(
            is_wrong(&refused(json(status, json!({ "error": quote }))).await),
            "{status}"
        );
    }
    let missing = refused(json(404, json!({ "error": quote }))).await;
    assert!(is_no_project(&missing), "{missing}");
}

#[tokio::test]
async fn the_tools_message_is_shown() {
    let error = refused(json(503, json!({ "error": "migrating" }))).await;
    assert_eq!(error.to_string(), "the tool failed (503): migrating");
    let error = refused(json(409, json!({ "error": { "nested": 1 } }))).await;
    assert_eq!(error.to_string(), "the tool refuses the request (409)");
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    for (status, when, after) in [
        (429, "120", Some(120)),
        (503, "Sun, 01 Mar 2026 12:01:00 GMT", Some(60)),
        (503, "whenever", None),
    ] {
        let answer = ResponseTemplate::new(status)
            .insert_header("date", "Sun, 01 Mar 2026 12:00:00 GMT")
            .insert_header("retry-after", when);
        let error = refused(answer).await;
        let ToolError::Transient { after: told, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(told, after.map(Duration::from_secs), "{when}");
    }
}

#[tokio::test]
async fn a_page_in_place_of_json() {
    let page =
        ResponseTemplate::new(200).set_body_raw("<html>maria@opentrain.work</html>", "text/html");
    let error = refused(page).await;
    assert!(is_transient(&error));
    assert_eq!(
        error.to_string(),
        format!("the tool's answer can't be used: it is text/html and not JSON; {CURE}")
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large() {
    let error =
        refused(ResponseTemplate::new(200).set_body_raw(vec![b' '; 9 << 20], "application/json"))
            .await;
    assert!(is_transient(&error));
    assert_eq!(
        error.to_string(),
        format!("the tool's answer can't be used: it is larger than 8 MiB; {CURE}")
    );
}

#[tokio::test]
async fn a_redirect_waits_for_the_operator() {
    let other = MockServer::start().await;
    let location = format!("{}/login?to=maria@opentrain.work", other.uri());
    let error =
        refused(ResponseTemplate::new(307).insert_header("location", location.as_str())).await;
    assert!(is_operator(&error));
    assert_eq!(
        error.to_string(),
        format!(
            "the tool redirects to {} (307), and redirects are not followed: \
             set TOOL_BASE_URL to the address that answers",
            other.uri()
        )
    );
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_answer_in_time() {
    let error = refused(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    assert!(is_transient(&error));
    assert_eq!(error.to_string(), "the tool did not answer in time");
}

#[tokio::test]
async fn no_server_listens() {
    let error = tool_at("http://127.0.0.1:9")
        .grant(&"p-1".into(), &maria())
        .await
        .unwrap_err();
    assert!(is_transient(&error));
    assert_eq!(
        error.to_string(),
        "the tool can't be reached: Connection refused (os error 111)"
    );
}

#[test]
fn unusable_settings_are_reported_at_once() {
    let make = |base: &str, token: &str| {
        RestTool::new(base, &token.into(), super::TIMEOUT, clock()).unwrap_err()
    };
    assert!(
        make("http://tool.example", "t")
            .to_string()
            .contains("write https://")
    );
    assert!(
        make("https://tool.example", " ")
            .to_string()
            .contains("the token is empty")
    );
    assert!(!format!("{:?}", tool_at("https://tool.example")).contains(TOKEN));
}
