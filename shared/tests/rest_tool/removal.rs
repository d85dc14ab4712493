//! Taking access away, and believing it only when it is seen.

use serde_json::json;
use shared::tool::{AnnotationTool, Removed};
use wiremock::MockServer;

use super::{answer, bare, call, is_operator, is_transient, is_wrong, membership, tool};

const MEMBER: &str = "/projects/p-1/members/usr_1";

#[tokio::test]
async fn a_removal_is_read_back() {
    for status in [204, 200] {
        let server = MockServer::start().await;
        bare(&server, call("DELETE", MEMBER), status).await;
        bare(&server, call("GET", MEMBER), 404).await;
        let removed = tool(&server)
            .remove(&"p-1".into(), &membership())
            .await
            .unwrap();
        assert!(matches!(removed, Removed::Proven(_)), "{removed:?}");
    }
}

#[tokio::test]
async fn a_removal_that_is_not_true_is_tried_again() {
    // An invitation that is still open is access too.
    for standing in ["active", "invited"] {
        let server = MockServer::start().await;
        bare(&server, call("DELETE", MEMBER), 204).await;
        answer(
            &server,
            call("GET", MEMBER),
            200,
            json!({ "memberId": "m-1", "status": standing }),
        )
        .await;
        let error = tool(&server)
            .remove(&"p-1".into(), &membership())
            .await
            .unwrap_err();
        assert!(is_transient(&error));
        assert!(
            error
                .to_string()
                .contains("still a member after the removal"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_removal_that_cannot_be_read_back_does_not_count() {
    for status in [200, 500, 429] {
        let server = MockServer::start().await;
        bare(&server, call("DELETE", MEMBER), 204).await;
        bare(&server, call("GET", MEMBER), status).await;
        let error = tool(&server)
            .remove(&"p-1".into(), &membership())
            .await
            .unwrap_err();
        assert!(is_transient(&error), "{error}");
    }
}

#[tokio::test]
async fn somebody_who_was_no_member_is_a_success() {
    let server = MockServer::start().await;
    bare(&server, call("DELETE", MEMBER), 404).await;
    bare(&server, call("GET", MEMBER), 404).await;
    answer(
        &server,
        call("GET", "/projects/p-1"),
        200,
        json!({ "id": "p-1", "name": "Cats" }),
    )
    .await;
    let removed = tool(&server)
        .remove(&"p-1".into(), &membership())
        .await
        .unwrap();
    assert!(matches!(removed, Removed::Proven(_)), "{removed:?}");
}

#[tokio::test]
async fn a_base_url_where_nothing_is_removes_nobody() {
    let server = MockServer::start().await;
    bare(&server, call("DELETE", MEMBER), 404).await;
    bare(&server, call("GET", MEMBER), 404).await;
    bare(&server, call("GET", "/projects/p-1"), 404).await;
    let error = tool(&server)
        .remove(&"p-1".into(), &membership())
        .await
        .unwrap_err();
    assert!(is_wrong(&error));
    assert_eq!(error.to_string(), "no such project in the tool: p-1");
}

#[tokio::test]
async fn a_token_that_may_not_remove() {
    let server = MockServer::start().await;
    bare(&server, call("DELETE", MEMBER), 403).await;
    let error = tool(&server)
        .remove(&"p-1".into(), &membership())
        .await
        .unwrap_err();
    assert!(is_operator(&error));
    assert_eq!(
        error.to_string(),
        "the tool's token may not do this (403): the owner of TOOL_API_TOKEN needs the right to read, add and \
         remove members; a plain member's token can often add but not remove"
    );
}
