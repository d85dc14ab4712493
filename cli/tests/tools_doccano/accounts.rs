//! Whose account is whose.

use serde_json::json;
use shared::ledger::{AccessState, Cause};
use shared::tool::{DoccanoOptions, DoccanoRole};

use super::stage::Stage;
use crate::common::events::email;

const PASSWORD: &str = "canary-Own-1";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn who_has_an_account_is_let_in_with_it() {
    let approver = DoccanoOptions {
        role: DoccanoRole::Approver,
        ..DoccanoOptions::default()
    };
    let stage = Stage::new(approver).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    // In another case; and a member with another role.
    let name = email("usr_ann").to_uppercase();
    let ann = stage
        .admin
        .account(&name, &email("usr_ann"), PASSWORD)
        .await;
    let member = json!({ "user": ann, "role": 2 });
    stage
        .admin
        .make(&format!("/projects/{}/members", project.id), member)
        .await;
    stage.hire(&job, "usr_ann");
    let access = stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Granted)
        .await;
    assert_eq!(access.trouble, None, "they have a password of their own");
    let members = stage.admin.members(&project).await;
    assert!(
        members.contains(&format!("{name}: annotation_approver")),
        "{members:?}"
    );
    assert_eq!(
        stage.admin.user_id(&email("usr_ann")).await,
        None,
        "no second account"
    );
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn single_sign_on_makes_an_account_access() {
    let sign_on = DoccanoOptions {
        sign_on: true,
        ..DoccanoOptions::default()
    };
    let stage = Stage::new(sign_on).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage.hire(&job, "usr_ann");
    let access = stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Granted)
        .await;
    assert_eq!(access.trouble, None);
    assert!(stage.admin.user_id(&email("usr_ann")).await.is_some());
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_e_mail_under_another_user_name_needs_a_hand() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage
        .admin
        .account("ann", &email("usr_ann"), PASSWORD)
        .await;
    stage.hire(&job, "usr_ann");
    let access = stage
        .until_access("usr_ann", &project, |it| it.trouble.is_some())
        .await;
    let trouble = access.trouble.unwrap();
    assert_eq!(trouble.cause, Cause::Wrong);
    assert!(
        trouble.reason.contains("under another user name")
            && trouble.reason.contains("/admin/auth/user/")
    );
    stage.close().await;
}
