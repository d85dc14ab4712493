//! Error answers and their messages.

use serde_json::json;
use shared::tool::{AnnotationTool, Grade, ToolError};
use tools::DoccanoOptions;
use wiremock::ResponseTemplate;

use super::{Ground, ann, call};

#[tokio::test]
async fn a_wrong_token_and_missing_rights_have_different_errors() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    let no = json!({ "detail": "Authentication credentials were not provided." });
    ground.answer("GET", "/projects/7", 403, no.clone()).await;
    ground.answer("GET", "/me", 403, no).await;
    let error = ground.tool.project(&"7".into()).await.unwrap_err();
    assert!(
        matches!(&error, ToolError::Operator { reason } if reason.contains("refuses our token"))
    );
    assert_eq!(ground.tool.check().await[0].grade, Grade::Wrong);
    ground
        .answer(
            "GET",
            "/me",
            200,
            json!({ "is_superuser": false, "is_staff": false }),
        )
        .await;
    let error = ground.tool.project(&"7".into()).await.unwrap_err();
    assert!(
        matches!(&error, ToolError::Operator { reason } if reason.contains("has to be a superuser"))
    );
    let remarks = ground.tool.check().await;
    assert!(
        remarks[0].grade == Grade::Wrong
            && remarks[0]
                .cure
                .as_ref()
                .unwrap()
                .contains("make them a superuser")
    );
}

#[tokio::test]
async fn doccanos_web_page_is_never_read() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    let page = ResponseTemplate::new(200).set_body_raw("<!doctype html>", "text/html");
    ground.tell(call("GET", "/projects/7"), page).await;
    let error = ground.tool.project(&"7".into()).await.unwrap_err();
    assert!(matches!(&error, ToolError::Transient { .. }));
    assert!(
        error.to_string().contains("text/html and not JSON")
            && error.to_string().contains("set TOOL_BASE_URL"),
        "{error}"
    );
}

#[tokio::test]
async fn the_error_of_a_refused_account_shows_no_address() {
    let ground = Ground::new().await;
    let metrics = "/projects/7/metrics";
    ground
        .answer("GET", &format!("{metrics}/member-progress"), 503, json!({}))
        .await;
    ground.answer("GET", "/users", 200, json!([])).await;
    let taken = "A user is already registered with this e-mail address.";
    let cases = [
        (json!({ "email": [taken] }), "under another user name"),
        (
            json!({ "username": ["ann@opentrain.work is odd"] }),
            "objects to: username",
        ),
    ];
    for (told, wanted) in cases {
        ground.answer("POST", "/users/create", 400, told).await;
        let error = ground.tool.grant(&"7".into(), &ann()).await.unwrap_err();
        let ToolError::Wrong { reason } = error else {
            panic!("{error}");
        };
        assert!(
            reason.contains(wanted) && reason.contains("/admin/auth/user/"),
            "{reason}"
        );
        assert!(!reason.contains("opentrain.work"), "{reason}");
    }
}

#[tokio::test]
async fn a_busy_doccano_is_retried() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    for status in [429, 500, 502] {
        ground
            .answer(
                "GET",
                "/projects/7",
                status,
                json!({ "detail": "for ann@opentrain.work" }),
            )
            .await;
        let error = ground.tool.project(&"7".into()).await.unwrap_err();
        assert!(
            matches!(&error, ToolError::Transient { reason, .. } if !reason.contains("ann@")),
            "{error}"
        );
    }
}
