//! Owners of accounts.

use serde_json::json;
use shared::ledger::AccessState;
use shared::model::failure::Cause;
use tools::{DoccanoOptions, DoccanoRole};

use super::admin::{User, delete_account, set_password};
use super::stage::Stage;
use crate::common::events::email;
use crate::common::wait::until;

const PASSWORD: &str = "canary-Own-1";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_existing_account_gets_access() {
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
async fn an_account_is_access_behind_single_sign_on() {
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
async fn an_e_mail_under_another_user_name_needs_an_operator() {
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_new_work_email_leaves_no_old_account_with_access() {
    let sign_on = DoccanoOptions {
        sign_on: true,
        ..DoccanoOptions::default()
    };
    let stage = Stage::new(sign_on).await;
    let (one, two) = (stage.admin.project(1).await, stage.admin.project(1).await);
    let (first, second) = (stage.job(&one).await, stage.job(&two).await);
    let granted = |it: &shared::ledger::Access| it.state == AccessState::Granted;
    let earlier = stage.hire(&first, "usr_ann");
    stage.until_access("usr_ann", &one, granted).await;
    let new = "canary.second@opentrain.work";
    stage
        .opentrain
        .set_work_email("usr_ann", Some(new))
        .unwrap();
    let later = stage.opentrain.hire(&second, "usr_ann").unwrap();
    stage.until_access("usr_ann", &two, granted).await;
    assert_eq!(stage.admin.user_id(new).await, None, "no second account");
    for contract in [earlier, later] {
        stage.opentrain.end_contract(&contract).unwrap();
    }
    for project in [&one, &two] {
        let removed = |it: &shared::ledger::Access| it.state == AccessState::Removed;
        stage.until_access("usr_ann", project, removed).await;
        let members = stage.admin.members(project).await;
        assert!(
            members.iter().all(|it| it.ends_with("project_admin")),
            "{members:?}"
        );
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_recreated_account_is_handed_over_again() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let waits =
        |it: &shared::ledger::Access| it.state == AccessState::Invited && it.trouble.is_some();
    let contract = stage.hire(&job, "usr_nina");
    let access = stage.until_access("usr_nina", &project, waits).await;
    let todo = access.trouble.unwrap().reason;
    let page = todo.split(' ').find(|word| word.starts_with("http"));
    set_password(&stage.server, page.unwrap(), PASSWORD).await;
    let name = email("usr_nina");
    let nina = User::log_in(&stage.server, &name, PASSWORD).await.unwrap();
    nina.label(&project, 0, 1).await;
    nina.confirm(&project, 0).await;
    stage.reconcile().await;
    let granted = |it: &shared::ledger::Access| it.state == AccessState::Granted;
    stage.until_access("usr_nina", &project, granted).await;
    stage.opentrain.end_contract(&contract).unwrap();
    let removed = |it: &shared::ledger::Access| it.state == AccessState::Removed;
    stage.until_access("usr_nina", &project, removed).await;
    let account = stage.admin.user_id(&name).await.unwrap();
    delete_account(&stage.server, account).await;
    stage.hire(&job, "usr_nina");
    let access = stage.until_access("usr_nina", &project, waits).await;
    let todo = access.trouble.unwrap().reason;
    let account = stage.admin.user_id(&name).await.unwrap();
    assert!(todo.contains(&format!("/{account}/password/")), "{todo}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn the_end_of_a_superuser_needs_an_operator() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let name = email("usr_xena");
    let account = stage.admin.account(&name, &name, PASSWORD).await;
    stage.server.set_superuser(account, true);
    let contract = stage.hire(&job, "usr_xena");
    let granted = |it: &shared::ledger::Access| it.state == AccessState::Granted;
    let access = stage.until_access("usr_xena", &project, granted).await;
    let reason = access.trouble.unwrap().reason;
    assert!(reason.contains("is a superuser of doccano"), "{reason}");
    stage.opentrain.end_contract(&contract).unwrap();
    let stuck = |it: &shared::ledger::Access| {
        let trouble = it.trouble.as_ref();
        it.state == AccessState::Removing && trouble.is_some_and(|it| it.cause == Cause::Operator)
    };
    until("the membership is removed", async || {
        let members = stage.admin.members(&project).await;
        !members.iter().any(|it| it.starts_with(&name))
    })
    .await;
    stage.until_access("usr_xena", &project, stuck).await;
    stage.server.set_superuser(account, false);
    stage.reconcile().await;
    let removed = |it: &shared::ledger::Access| it.state == AccessState::Removed;
    stage.until_access("usr_xena", &project, removed).await;
    stage.close().await;
}
