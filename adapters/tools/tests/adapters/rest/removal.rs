//! Removals and their proof.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use shared::tool::{AnnotationTool, Proof, Removed, ToolError};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{absent, answer, bare, call, is_operator, is_transient, membership, tool};

const MEMBER: &str = "/projects/p-1/members/usr_1";
const PROJECT: &str = "/projects/p-1";

/// The page of an ingress without a backend.
fn page() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_raw("default backend - 404", "text/plain; charset=utf-8")
}

async fn is_there(server: &MockServer) {
    let project = json!({ "id": "p-1", "name": "Cats" });
    answer(server, call("GET", PROJECT), 200, project).await;
}

async fn removed(server: &MockServer) -> Result<Removed, ToolError> {
    tool(server).remove(&"p-1".into(), &membership()).await
}

#[tokio::test]
async fn a_removal_is_read_back() {
    for status in [204, 200] {
        // The tool has confirmed the removal, so any form of "not found" is sufficient.
        for read_back in [404, 410] {
            let server = MockServer::start().await;
            bare(&server, call("DELETE", MEMBER), status).await;
            bare(&server, call("GET", MEMBER), read_back).await;
            assert_eq!(removed(&server).await, Ok(Removed::Proven(Proof::Account)));
        }
    }
}

#[tokio::test]
async fn a_removal_without_effect_is_retried() {
    // An open invitation is access, too.
    for standing in ["active", "invited"] {
        let server = MockServer::start().await;
        bare(&server, call("DELETE", MEMBER), 204).await;
        let member = json!({ "memberId": "m-1", "status": standing });
        answer(&server, call("GET", MEMBER), 200, member).await;
        let words = "still a member after the removal";
        match removed(&server).await {
            Ok(Removed::Unconfirmed(reason)) => assert!(reason.contains(words), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_removal_that_cannot_be_read_back_is_not_proven() {
    for status in [200, 500, 429] {
        let server = MockServer::start().await;
        bare(&server, call("DELETE", MEMBER), 204).await;
        bare(&server, call("GET", MEMBER), status).await;
        let error = removed(&server).await.unwrap_err();
        assert!(is_transient(&error), "{error}");
    }
}

#[tokio::test]
async fn a_person_who_was_no_member_is_a_success() {
    for status in [404, 410] {
        let server = MockServer::start().await;
        let told = json!({ "error": "no such member" });
        answer(&server, call("DELETE", MEMBER), status, told.clone()).await;
        answer(&server, call("GET", MEMBER), status, told).await;
        is_there(&server).await;
        assert_eq!(removed(&server).await, Ok(Removed::Proven(Proof::Account)));
    }
}

#[tokio::test]
async fn not_found_without_json_proves_nothing() {
    let empty = ResponseTemplate::new(404);
    let odd = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    // The second one answers a DELETE with a page and status 200, which is not an answer of the tool either.
    for delete in [page(), empty, odd] {
        let server = MockServer::start().await;
        let given = call("DELETE", MEMBER).respond_with(delete);
        given.expect(2).mount(&server).await;
        let given = call("GET", MEMBER).respond_with(page());
        given.expect(2).mount(&server).await;
        is_there(&server).await;
        match removed(&server).await {
            Ok(Removed::NotFound(reason)) => {
                assert!(reason.contains("without a JSON body"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_removal_succeeds_with_one_broken_replica_of_the_ingress() {
    let server = MockServer::start().await;
    let calls = AtomicUsize::new(0);
    let flapping = move |request: &Request| match calls.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => page(),
        _ if request.method.as_str() == "DELETE" => ResponseTemplate::new(204),
        _ => ResponseTemplate::new(404).set_body_json(json!({ "error": "no such member" })),
    };
    let given = Mock::given(wiremock::matchers::path(MEMBER)).respond_with(flapping);
    given.expect(4).mount(&server).await;
    assert_eq!(removed(&server).await, Ok(Removed::Proven(Proof::Account)));
}

#[tokio::test]
async fn an_ingress_without_a_backend_proves_no_removal() {
    let server = MockServer::start().await;
    let given = Mock::given(wiremock::matchers::any()).respond_with(page());
    given.mount(&server).await;
    let error = removed(&server).await.unwrap_err();
    assert!(is_transient(&error), "{error}");
    assert!(error.to_string().contains("without a JSON body"), "{error}");
}

#[tokio::test]
async fn a_wrong_base_url_proves_no_removal() {
    let server = MockServer::start().await;
    absent(&server, call("DELETE", MEMBER)).await;
    absent(&server, call("GET", MEMBER)).await;
    absent(&server, call("GET", PROJECT)).await;
    match removed(&server).await {
        Ok(Removed::Unconfirmed(reason)) => {
            assert!(
                reason.starts_with("no such project in the tool: p-1"),
                "{reason}"
            );
            assert!(reason.contains("check it"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

/// A tool that has served project `p-1` and another one, and no longer finds the first one.
async fn without_project(other: ResponseTemplate) -> Removed {
    let server = MockServer::start().await;
    let tool = tool(&server);
    let dogs = json!({ "id": "p-2", "name": "Dogs" });
    answer(&server, call("GET", "/projects/p-2"), 200, dogs).await;
    tool.project(&"p-2".into()).await.unwrap();
    is_there(&server).await;
    tool.project(&"p-1".into()).await.unwrap();
    server.reset().await;
    for (verb, path) in [("DELETE", MEMBER), ("GET", MEMBER), ("GET", PROJECT)] {
        let gone = ResponseTemplate::new(404).set_body_json(json!({ "error": "not found" }));
        call(verb, path).respond_with(gone).mount(&server).await;
    }
    let given = call("GET", "/projects/p-2").respond_with(other);
    given.mount(&server).await;
    tool.remove(&"p-1".into(), &membership()).await.unwrap()
}

/// A gateway that answers each path with its own JSON proves nothing, even if the tool has served recently.
#[tokio::test]
async fn a_project_that_the_tool_has_deleted_has_no_members() {
    let lives = ResponseTemplate::new(200).set_body_json(json!({ "id": "p-2", "name": "Dogs" }));
    let removed = without_project(lives).await;
    assert_eq!(removed, Removed::Proven(Proof::ProjectDeleted));
    let gateway = ResponseTemplate::new(404).set_body_json(json!({ "error": "no route" }));
    let removed = without_project(gateway).await;
    assert!(matches!(removed, Removed::Unconfirmed(_)), "{removed:?}");
}

/// No other project can prove that the URL is right, so a second check must confirm it.
#[tokio::test]
async fn the_only_served_project_is_not_found_after_its_deletion() {
    let gone = || ResponseTemplate::new(404).set_body_json(json!({ "error": "not found" }));
    for was_seen in [true, false] {
        let server = MockServer::start().await;
        let tool = tool(&server);
        if was_seen {
            is_there(&server).await;
            tool.project(&"p-1".into()).await.unwrap();
            server.reset().await;
        }
        for (verb, path) in [("DELETE", MEMBER), ("GET", MEMBER), ("GET", PROJECT)] {
            call(verb, path).respond_with(gone()).mount(&server).await;
        }
        let removed = tool.remove(&"p-1".into(), &membership()).await.unwrap();
        assert_eq!(
            matches!(removed, Removed::NotFound(_)),
            was_seen,
            "{removed:?}"
        );
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_sent_was_never_granted_access() {
    let server = MockServer::start().await;
    let removed = tool(&server).remove(&"..".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::NeverThere)));
}

#[tokio::test]
async fn the_refusal_of_a_removal_is_never_final() {
    for status in [400, 402, 405, 409, 418, 422, 423, 501] {
        let server = MockServer::start().await;
        let told = json!({ "error": "the member holds locked tasks" });
        answer(&server, call("DELETE", MEMBER), status, told).await;
        let error = removed(&server).await.unwrap_err();
        assert!(
            is_transient(&error) || is_operator(&error),
            "{status}: {error}"
        );
        assert_eq!(
            is_transient(&error),
            [409, 423].contains(&status),
            "{error}"
        );
        assert!(error.to_string().contains("locked tasks"), "{error}");
    }
}

#[tokio::test]
async fn a_token_without_the_right_to_remove() {
    let server = MockServer::start().await;
    bare(&server, call("DELETE", MEMBER), 403).await;
    let error = removed(&server).await.unwrap_err();
    assert!(is_operator(&error));
    assert_eq!(
        error.to_string(),
        "the tool's token may not do this (403): the owner of TOOL_API_TOKEN needs the right to read, add and \
         remove members; a plain member's token can often add but not remove"
    );
}
