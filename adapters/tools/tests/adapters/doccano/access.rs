//! Accounts and memberships.

use serde_json::json;
use shared::tool::{AdapterState, AnnotationTool, MembershipStatus, ToolError};
use tools::DoccanoOptions;

use super::{Ground, ann, membership};

pub(super) const MEMBERS: &str = "/projects/7/members";

pub(super) fn member(role: &str) -> serde_json::Value {
    json!([{ "id": 31, "user": 2, "role": 2, "username": "ann@opentrain.work", "rolename": role }])
}

fn roles() -> serde_json::Value {
    json!([{ "id": 1, "name": "project_admin" }, { "id": 2, "name": "annotator" }])
}

pub(super) async fn quiet(ground: &Ground) {
    let progress = json!({ "total": 1, "progress": [] });
    let metrics = "/projects/7/metrics";
    ground
        .answer("GET", &format!("{metrics}/member-progress"), 200, progress)
        .await;
    ground
        .answer(
            "GET",
            &format!("{metrics}/category-distribution"),
            200,
            json!({}),
        )
        .await;
    ground.answer("GET", "/roles", 200, roles()).await;
}

#[tokio::test]
async fn a_created_account_waits_for_its_hand_over() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    ground
        .answer(
            "POST",
            "/users/create",
            201,
            json!({ "id": 2, "username": "ann@opentrain.work" }),
        )
        .await;
    ground
        .answer("GET", MEMBERS, 200, member("annotator"))
        .await;
    let granted = ground.tool.grant(&"7".into(), &ann()).await.unwrap();
    assert_eq!(granted.member, Some("2".into()));
    let MembershipStatus::Unclaimed(todo) = granted.status else {
        panic!("{granted:?}");
    };
    assert!(
        todo.contains("/admin/auth/user/2/password/") && !todo.contains('@'),
        "{todo}"
    );
    let sent = ground.bodies("POST").await.remove(0);
    assert_eq!(
        (&sent["username"], &sent["email"]),
        (&json!("ann@opentrain.work"), &json!("ann@opentrain.work"))
    );
    assert!(
        sent["password1"].as_str().unwrap().len() >= 40 && sent["password1"] == sent["password2"]
    );
    // At the second grant the account exists, and is still unclaimed.
    ground
        .answer(
            "GET",
            "/users",
            200,
            json!([{ "id": 2, "username": "ann@opentrain.work" }]),
        )
        .await;
    let granted = ground.tool.grant(&"7".into(), &ann()).await.unwrap();
    assert!(matches!(granted.status, MembershipStatus::Unclaimed(_)));
    // Work proves that she could log in. From then on she has access everywhere.
    let progress = json!({ "total": 1, "progress": [{ "user": "ann@opentrain.work", "done": 1 }] });
    ground
        .answer("GET", "/projects/7/metrics/member-progress", 200, progress)
        .await;
    let seen = ground
        .tool
        .access(&"7".into(), &membership())
        .await
        .unwrap();
    assert_eq!(seen.unwrap().status, MembershipStatus::Active);
    assert!(
        ground
            .ledger
            .accounts(&"usr_ann".into())
            .await
            .unwrap()
            .remove(0)
            .claimed
    );
}

#[tokio::test]
async fn an_account_is_recorded_before_it_is_created() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    ground.answer("POST", "/users/create", 502, json!({})).await;
    let error = ground.tool.grant(&"7".into(), &ann()).await.unwrap_err();
    assert!(matches!(error, ToolError::Transient { .. }));
    // It was created, but the answer was lost.
    ground
        .answer(
            "GET",
            "/users",
            200,
            json!([{ "id": 2, "username": "ann@opentrain.work" }]),
        )
        .await;
    ground
        .answer("GET", MEMBERS, 200, member("annotator"))
        .await;
    let granted = ground.tool.grant(&"7".into(), &ann()).await.unwrap();
    assert!(matches!(granted.status, MembershipStatus::Unclaimed(_)));
}

#[tokio::test]
async fn a_search_that_finds_others_finds_no_account() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    let others = json!([{ "id": 8, "username": "joann@opentrain.work" }, { "id": 9, "username": "Ann@OpenTrain.work" }]);
    ground.answer("GET", "/users", 200, others).await;
    ground.answer("GET", MEMBERS, 200, json!([])).await;
    ground.answer("POST", MEMBERS, 201, json!({})).await;
    let error = ground.tool.grant(&"7".into(), &ann()).await.unwrap_err();
    assert!(
        error.to_string().contains("did not do it"),
        "a membership is read back: {error}"
    );
    assert_eq!(
        ground.bodies("POST").await,
        [json!({ "user": 9, "role": 2 })]
    );
}

#[tokio::test]
async fn a_project_admin_keeps_the_role() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground
        .answer(
            "GET",
            "/users",
            200,
            json!([{ "id": 2, "username": "ann@opentrain.work" }]),
        )
        .await;
    ground
        .answer("GET", MEMBERS, 200, member("project_admin"))
        .await;
    let granted = ground.tool.grant(&"7".into(), &ann()).await.unwrap();
    assert_eq!(granted.status, MembershipStatus::Active);
    assert!(
        ground
            .requests()
            .await
            .iter()
            .all(|it| it.starts_with("GET"))
    );
}

#[tokio::test]
async fn a_missing_project_is_detected_before_anything_is_created() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    ground
        .answer("GET", "/projects/7", 404, json!({ "detail": "Not found." }))
        .await;
    let error = ground.tool.grant(&"7".into(), &ann()).await.unwrap_err();
    let reason = "no such project in the tool: 7".into();
    assert_eq!(error, ToolError::NoProject { reason });
    assert_eq!(ground.requests().await, ["GET /v1/projects/7"]);
}

#[tokio::test]
async fn no_call_is_made_for_a_project_that_is_not_a_number() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    let error = ground.tool.project(&"streets".into()).await.unwrap_err();
    assert!(error.to_string().contains("named by number"), "{error}");
    assert!(ground.requests().await.is_empty());
}
