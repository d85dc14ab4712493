//! Owners of accounts, and how people get one.

use serde_json::json;
use shared::ledger::AccessState;
use shared::model::failure::Cause;

use super::stage::{Setup, Stage};
use crate::common::events::email;
use crate::common::wait::until;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_member_gets_access_without_an_invitation_with_either_token() {
    let stage = Stage::with_personal_token().await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let wish = json!({ "email": email("usr_ann"), "username": "ann" });
    let account = stage.admin.make("/api/users/", wish).await;
    stage.hire(&job, "usr_ann");
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Granted);
    let known = stage
        .bridge
        .ledger()
        .trainer(&"usr_ann".into())
        .await
        .unwrap();
    assert_eq!(
        known.member.account().unwrap().as_str(),
        account["id"].to_string()
    );
    assert!(stage.mailbox.mails().is_empty());
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_address_in_another_case_needs_an_operator() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let wish = json!({ "email": email("usr_ann").to_uppercase(), "username": "ann" });
    let account = stage.admin.make("/api/users/", wish).await;
    stage.hire(&job, "usr_ann");
    let waits = stage
        .until_access("usr_ann", &project, |it| it.trouble.is_some())
        .await;
    let trouble = waits.trouble.unwrap();
    assert_eq!(trouble.cause, Cause::Operator);
    let place = format!("/admin/users/user/{}/change/", account["id"]);
    assert!(trouble.reason.contains(&place), "{}", trouble.reason);
    let sql = "UPDATE htx_user SET email = lower(email) WHERE id = ?1";
    let id = account["id"].as_i64().unwrap();
    stage.server.database().execute(sql, [id]).unwrap();
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Granted)
        .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_account_is_created_behind_single_sign_on() {
    let mut setup = Setup::default();
    setup.options.sign_on = true;
    let stage = Stage::new(setup).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage.hire(&job, "usr_ann");
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Granted);
    assert!(stage.admin.members().await.contains(&email("usr_ann")));
    assert!(stage.mailbox.mails().is_empty());
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_failing_mail_server_delays_no_other_work() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage.mailbox.refuse(Some("451 try later"));
    let contract = stage.hire(&job, "usr_ann");
    stage.hire(&job, "usr_ben");
    stage.idle().await;
    assert_eq!(
        stage.mailbox.refused(),
        2 * 3,
        "three times each, and then it is left"
    );
    let waits = stage.access("usr_ann", &project).await.unwrap();
    assert_eq!(waits.state, AccessState::Invited);
    assert!(waits.trouble.unwrap().reason.contains("451"));
    // Her contract ends while mail is down, which does not block the end.
    stage.opentrain.end_contract(&contract).unwrap();
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Removed);
    stage.mailbox.refuse(None);
    stage.reconcile().await;
    assert_eq!(stage.mailbox.wait_for(1).await.to, email("usr_ben"));
    let waits = stage.access("usr_ben", &project).await.unwrap();
    assert_eq!((waits.state, waits.trouble), (AccessState::Invited, None));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_address_that_the_mail_server_refuses_is_shown_with_a_fix() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage
        .mailbox
        .refuse(Some("550 canary.usrann@opentrain.work is unknown"));
    stage.hire(&job, "usr_ann");
    stage.idle().await;
    assert_eq!(stage.mailbox.refused(), 1, "for good");
    let trouble = stage.access("usr_ann", &project).await.unwrap().trouble;
    let trouble = trouble.unwrap();
    assert_eq!(trouble.cause, Cause::Operator);
    assert!(
        trouble.reason.contains("550") && !trouble.reason.contains("canary"),
        "{}",
        trouble.reason
    );
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn without_a_mail_server_the_link_waits_for_the_operator() {
    let setup = Setup {
        mail: false,
        ..Setup::default()
    };
    let stage = Stage::new(setup).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage.hire(&job, "usr_ann");
    let token = stage.admin.invite_token().await;
    until("the link is known", async || {
        let access = stage.access("usr_ann", &project).await;
        let invitation = access.and_then(|it| it.invitation);
        invitation.is_some_and(|it| it.link.contains(&token) && it.mailed_at.is_none())
    })
    .await;
    assert!(stage.mailbox.mails().is_empty());
    stage.close().await;
}
