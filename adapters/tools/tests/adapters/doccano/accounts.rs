//! Owners of accounts.

use serde_json::json;
use shared::tool::{AdapterState, AnnotationTool, MembershipStatus, Person, ToolError};

use super::access::{MEMBERS, member, quiet};
use super::{Ground, ann};

#[tokio::test]
async fn a_new_work_email_creates_no_second_account() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    let users = json!([
        { "id": 2, "username": "earlier@opentrain.work" },
        { "id": 9, "username": "ann@opentrain.work" },
    ]);
    ground.answer("GET", "/users", 200, users).await;
    ground
        .answer("GET", MEMBERS, 200, member("annotator"))
        .await;
    let person = Person {
        // The newest one was deleted in doccano.
        accounts: vec!["3".into(), "2".into()],
        ..ann()
    };
    let granted = ground.tool.grant(&"7".into(), &person).await.unwrap();
    assert_eq!(granted.member, Some("2".into()));
    assert!(ground.bodies("POST").await.is_empty());
}

#[tokio::test]
async fn a_claim_is_about_the_account_not_about_the_trainer() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    let hire = async |id: i64, accounts: &[&str]| {
        ground.answer("GET", "/users", 200, json!([])).await;
        let made = json!({ "id": id, "username": "ann@opentrain.work" });
        ground.answer("POST", "/users/create", 201, made).await;
        let seat = json!([{ "id": 31, "user": id, "rolename": "annotator" }]);
        ground.answer("GET", MEMBERS, 200, seat).await;
        let person = Person {
            accounts: accounts.iter().map(|id| (*id).into()).collect(),
            ..ann()
        };
        let granted = ground.tool.grant(&"7".into(), &person).await.unwrap();
        assert_eq!(granted.member, Some(id.to_string().as_str().into()));
        granted.status
    };
    assert!(matches!(hire(2, &[]).await, MembershipStatus::Unclaimed(_)));
    let memory = &ground.ledger;
    let trainer = "usr_ann".into();
    let mut account = memory.accounts(&trainer).await.unwrap().remove(0);
    account.claimed = true;
    memory.note_account(&trainer, &account).await.unwrap();
    // An administrator deletes the account, and she is hired again.
    assert!(matches!(
        hire(6, &["2"]).await,
        MembershipStatus::Unclaimed(_)
    ));
}

#[tokio::test]
async fn an_account_of_another_trainer_gets_no_access() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    let users = json!([{ "id": 2, "username": "ann@opentrain.work" }]);
    ground.answer("GET", "/users", 200, users).await;
    let memory = &ground.ledger;
    memory.own(&"2".into(), &"usr_bob".into()).await.unwrap();
    let error = ground.tool.grant(&"7".into(), &ann()).await.unwrap_err();
    let ToolError::Operator { reason } = error else {
        panic!("{error}");
    };
    assert!(reason.contains("account 2") && reason.contains("another trainer"));
    assert!(!reason.contains('@'), "{reason}");
    assert!(ground.bodies("POST").await.is_empty());
}

#[tokio::test]
async fn accounts_that_need_a_review_are_named() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground
        .answer("GET", MEMBERS, 200, member("annotator"))
        .await;
    let note = async |is_superuser: bool, returns: bool| {
        let user = json!({
            "id": 2, "username": "ann@opentrain.work", "is_superuser": is_superuser,
        });
        ground.answer("GET", "/users", 200, json!([user])).await;
        let person = Person { returns, ..ann() };
        let granted = ground.tool.grant(&"7".into(), &person).await.unwrap();
        granted.note
    };
    assert_eq!(note(false, false).await, None);
    let superuser = note(true, true).await.unwrap();
    assert!(
        superuser.contains("account 2 is a superuser"),
        "{superuser}"
    );
    let back = note(false, true).await.unwrap();
    assert!(back.contains("deactivated") && back.contains("/admin/auth/user/2/change/"));
}
