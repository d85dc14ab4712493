//! Removals and their proof.

use serde_json::json;
use shared::model::person::Email;
use shared::tool::{AdapterState, AnnotationTool, Membership, Proof, Removed, ToolError};
use tools::DoccanoOptions;
use wiremock::ResponseTemplate;

use super::access::{MEMBERS, member, quiet};
use super::{Ground, call, membership};

#[tokio::test]
async fn a_removal_is_read_back_and_retried() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    ground
        .answer("GET", MEMBERS, 200, member("annotator"))
        .await;
    ground
        .tell(call("DELETE", MEMBERS), ResponseTemplate::new(204))
        .await;
    let error = ground
        .tool
        .remove(&"7".into(), &membership())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("still a member after the removal"),
        "{error}"
    );
    assert_eq!(
        ground.bodies("DELETE").await,
        [json!({ "ids": [31] })],
        "the membership's id"
    );
    ground.answer("GET", MEMBERS, 200, json!([])).await;
    let removed = ground
        .tool
        .remove(&"7".into(), &membership())
        .await
        .unwrap();
    assert_eq!(removed, Removed::Proven(Proof::MemberList));
    assert_eq!(
        ground.bodies("DELETE").await.len(),
        1,
        "no member is left to remove"
    );
}

#[tokio::test]
async fn counters_are_read_before_a_member_leaves() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    ground
        .answer("GET", MEMBERS, 200, member("annotator"))
        .await;
    ground
        .tell(call("DELETE", MEMBERS), ResponseTemplate::new(204))
        .await;
    let _still = ground.tool.remove(&"7".into(), &membership()).await;
    let calls = ground.requests().await;
    let at = |wanted: &str| calls.iter().position(|it| it.contains(wanted)).unwrap();
    assert!(at("category-distribution") < at("DELETE"), "{calls:?}");
}

/// The members of project 7 until a DELETE, and after it.
async fn until_deleted(ground: &Ground, before: serde_json::Value, after: serde_json::Value) {
    let given = call("GET", MEMBERS);
    let deleted = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_deleted = std::sync::Arc::clone(&deleted);
    let list = move |_: &wiremock::Request| {
        let body = match is_deleted.load(std::sync::atomic::Ordering::SeqCst) {
            true => &after,
            false => &before,
        };
        ResponseTemplate::new(200).set_body_json(body)
    };
    given.respond_with(list).mount(&ground.server).await;
    let delete = move |_: &wiremock::Request| {
        deleted.store(true, std::sync::atomic::Ordering::SeqCst);
        ResponseTemplate::new(204)
    };
    let given = call("DELETE", MEMBERS).respond_with(delete);
    given.mount(&ground.server).await;
}

fn row(id: i64, user: i64, name: &str) -> serde_json::Value {
    json!({ "id": id, "user": user, "role": 2, "username": name, "rolename": "annotator" })
}

/// All accounts and known addresses of a person.
fn everything() -> Membership {
    let email = |text| Email::parse(text).unwrap();
    Membership {
        accounts: vec!["3".into(), "2".into()],
        emails: vec![email("new@opentrain.work"), email("ann@opentrain.work")],
        ..membership()
    }
}

#[tokio::test]
async fn all_accounts_of_a_person_are_removed() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    let rest = json!([row(30, 1, "bridge"), row(35, 5, "joann@opentrain.work")]);
    let mut all = rest.clone();
    let own = [
        row(31, 2, "renamed"),
        row(32, 3, "new@opentrain.work"),
        row(34, 4, "Ann@OpenTrain.work"),
    ];
    all.as_array_mut().unwrap().extend(own);
    until_deleted(&ground, all, rest).await;
    let removed = ground.tool.remove(&"7".into(), &everything()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::MemberList)));
    let sent = ground.bodies("DELETE").await;
    assert_eq!(sent, [json!({ "ids": [31, 32, 34] })]);
}

#[tokio::test]
async fn another_trainers_account_is_not_touched_because_of_its_name() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    let memory = &ground.ledger;
    memory.own(&"4".into(), &"usr_bob".into()).await.unwrap();
    let members = json!([row(34, 4, "ann@opentrain.work")]);
    until_deleted(&ground, members, json!([])).await;
    let removed = ground.tool.remove(&"7".into(), &everything()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::MemberList)));
    assert!(ground.bodies("DELETE").await.is_empty());
}

#[tokio::test]
async fn a_superuser_still_has_access_without_a_membership() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    let user = json!({ "id": 2, "username": "ann@opentrain.work", "is_superuser": true });
    ground.answer("GET", "/users", 200, json!([user])).await;
    until_deleted(&ground, member("annotator"), json!([])).await;
    let removed = ground.tool.remove(&"7".into(), &membership()).await;
    let Err(ToolError::Operator { reason }) = removed else {
        panic!("{removed:?}");
    };
    assert!(reason.contains("superuser") && reason.contains("/admin/auth/user/2/change/"));
    assert_eq!(ground.bodies("DELETE").await.len(), 1);
}

/// A look needs the same proof: the JSON may be a gateway's, and a refusal does not mean that the project is missing.
#[tokio::test]
async fn a_project_is_gone_for_a_look_only_if_doccano_itself_says_so() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    let gone = json!({ "detail": "Not found." });
    ground.answer("GET", "/projects/7", 404, gone.clone()).await;
    ground.answer("GET", "/me", 404, gone).await;
    let is_gone = async || {
        let members = ground.tool.members(&"7".into()).await.unwrap_err();
        let access = ground.tool.access(&"7".into(), &membership()).await;
        [members, access.unwrap_err()].map(|it| matches!(it, ToolError::NoProject { .. }))
    };
    assert_eq!(is_gone().await, [false, false]);
    ground.answer("GET", "/me", 200, json!({ "id": 1 })).await;
    assert_eq!(is_gone().await, [true, true]);
    for status in [400, 402, 405, 451] {
        ground.answer("GET", "/projects/7", status, json!({})).await;
        assert_eq!(is_gone().await, [false, false], "{status}");
    }
}

#[tokio::test]
async fn a_project_that_doccano_reports_as_missing_has_no_members() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    let gone = json!({ "detail": "Not found." });
    ground.answer("GET", "/projects/7", 404, gone).await;
    ground.answer("GET", "/me", 200, json!({ "id": 1 })).await;
    let removed = ground.tool.remove(&"7".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::ProjectDeleted)));
    let page = ResponseTemplate::new(404).set_body_raw("<html>", "text/html");
    ground.tell(call("GET", "/projects/7"), page).await;
    let removed = ground.tool.remove(&"7".into(), &membership()).await;
    assert!(
        matches!(removed, Err(ToolError::Transient { .. })),
        "{removed:?}"
    );
}

#[tokio::test]
async fn the_refusal_of_a_removal_is_never_final() {
    for status in [400, 404, 405, 409, 423] {
        let ground = Ground::new().await;
        quiet(&ground).await;
        ground
            .answer("GET", MEMBERS, 200, member("annotator"))
            .await;
        let no = json!({ "detail": "no" });
        ground.answer("DELETE", MEMBERS, status, no).await;
        let removed = ground.tool.remove(&"7".into(), &membership()).await;
        assert!(
            matches!(removed, Err(ToolError::Operator { .. })),
            "{removed:?}"
        );
    }
}

#[tokio::test]
async fn the_members_are_listed_by_id_and_address() {
    let ground = Ground::new().await;
    let members = json!([row(30, 1, "bridge"), row(31, 2, "ann@opentrain.work")]);
    ground.answer("GET", MEMBERS, 200, members).await;
    let listed = ground.tool.members(&"7".into()).await.unwrap().unwrap();
    let listed = listed.whole().unwrap();
    let is_anns = |it: &&shared::tool::Member| it.is_of(&everything());
    assert_eq!(listed.iter().filter(is_anns).count(), 1);
    assert_eq!(listed[0].account, Some("1".into()));
}

/// Number of calls of a removal, compared with docs/tools.md.
#[tokio::test]
async fn a_removal_takes_the_calls_that_the_documentation_states() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    let rest = json!([row(30, 1, "bridge")]);
    let mut all = rest.clone();
    all.as_array_mut()
        .unwrap()
        .push(row(31, 2, "ann@opentrain.work"));
    until_deleted(&ground, all, rest).await;
    let mut calls = Vec::new();
    for _member_then_nobody in 0..2 {
        let before = ground.requests().await.len();
        let removed = ground.tool.remove(&"7".into(), &everything()).await;
        assert_eq!(removed, Ok(Removed::Proven(Proof::MemberList)));
        calls.push(ground.requests().await.len() - before);
    }
    let (member, absent) = (calls[0], calls[1]);
    let row = format!("| `doccano` | {member}; {absent} if the person was no member |");
    let docs = include_str!("../../../../../docs/tools.md");
    assert!(docs.contains(&row), "{row}");
}
