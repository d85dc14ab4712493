//! Actions of members that affect the bridge.

use reqwest::Method;
use serde_json::json;
use shared::ledger::{AccessState, OnEndOfEarlierMember};
use shared::model::failure::Cause;
use shared::tool::AnnotationTool;

use super::browser::Browser;
use super::server::TOKEN;
use super::stage::{PASSWORD, Setup, Stage, adapter};
use crate::common::events::email;
use crate::common::wait::until;

/// What any member can do on the page of the organisation.
async fn switches_tokens_off(member: &mut Browser) {
    let off = json!({ "api_tokens_enabled": false, "legacy_api_tokens_enabled": false });
    let path = "/api/jwt/settings";
    let (status, said) = member.call(Method::POST, path, Some(off)).await;
    assert_eq!(status, 200, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_member_who_disables_tokens_is_still_removed() {
    let stage = Stage::new(Setup::with_admin()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let (contract, mut ann) = stage.working(&job, "usr_ann", 1).await;
    let link = stage.admin.invite_token().await;
    switches_tokens_off(&mut ann).await;
    stage.opentrain.end_contract(&contract).unwrap();
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Removed)
        .await;
    assert!(!stage.server.is_active(&email("usr_ann")));
    let (status, _) = ann.call(Method::GET, "/api/projects/", None).await;
    assert_eq!(status, 401);
    // New people get access as well.
    stage.hire(&job, "usr_ben");
    stage.mailbox.wait_for(2).await;
    stage.server.switch_tokens(true);
    assert!(!stage.admin.members().await.contains(&email("usr_ann")));
    assert_ne!(stage.admin.invite_token().await, link);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn disabled_tokens_are_reported_without_a_superuser_and_the_removal_continues() {
    let stage = Stage::with_personal_token().await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let (contract, mut ann) = stage.working(&job, "usr_ann", 1).await;
    switches_tokens_off(&mut ann).await;
    stage.opentrain.end_contract(&contract).unwrap();
    let stuck = stage
        .until_access("usr_ann", &project, |it| it.trouble.is_some())
        .await;
    let trouble = stuck.trouble.unwrap();
    assert_eq!(trouble.cause, Cause::Operator);
    let words = "enable them at Organization → API Tokens Settings";
    assert!(trouble.reason.contains(words), "{}", trouble.reason);
    stage.server.switch_tokens(true);
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Removed)
        .await;
    assert!(!stage.admin.members().await.contains(&email("usr_ann")));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn the_link_is_replaced_while_an_account_cannot_be_disabled() {
    let mut setup = Setup::with_admin();
    if let Some(admin) = &mut setup.options.admin {
        admin.password = "canary-wrong".into();
    }
    let stage = Stage::new(setup).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let wish = json!({ "email": email("usr_ann"), "username": "ann" });
    stage.admin.make("/api/users/", wish).await;
    let link = stage.admin.invite_token().await;
    let contract = stage.hire(&job, "usr_ann");
    let stuck = |it: &shared::ledger::Access| it.trouble.is_some();
    stage.until_access("usr_ann", &project, stuck).await;
    stage.opentrain.end_contract(&contract).unwrap();
    until("the seat is removed and the link replaced", async || {
        let is_member = stage.admin.members().await.contains(&email("usr_ann"));
        !is_member && stage.admin.invite_token().await != link
    })
    .await;
    let removing =
        |it: &shared::ledger::Access| it.state == AccessState::Removing && it.trouble.is_some();
    stage.until_access("usr_ann", &project, removing).await;
    stage.bridge.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_members_disabled_account_is_enabled() {
    let stage = Stage::new(Setup::with_admin()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let wish = json!({ "email": email("usr_kim"), "username": "kim" });
    stage.admin.make("/api/users/", wish).await;
    let off = "UPDATE htx_user SET is_active = 0 WHERE email = ?1";
    let database = stage.server.database();
    assert_eq!(database.execute(off, [email("usr_kim")]).unwrap(), 1);
    stage.hire(&job, "usr_kim");
    let access = stage
        .until_access("usr_kim", &project, |it| it.state == AccessState::Granted)
        .await;
    assert!(stage.server.is_active(&email("usr_kim")));
    let note = access.trouble.unwrap().reason;
    assert!(note.contains("had been switched off"), "{note}");
    stage.close().await;
}

/// Removed before the bridge knew them: members cannot see the address.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_superuser_finds_a_removed_account() {
    let stage = Stage::new(Setup::with_admin()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let wish = json!({ "email": email("usr_ann"), "username": "ann" });
    let account = stage.admin.make("/api/users/", wish).await["id"].to_string();
    let path = format!("/api/organizations/1/memberships/{account}/");
    let (status, _) = stage.admin.call(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    stage.hire(&job, "usr_ann");
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Granted)
        .await;
    assert!(stage.admin.members().await.contains(&email("usr_ann")));
    assert!(stage.mailbox.mails().is_empty());
    stage.close().await;
}

/// The mailed link opens an account for any address: the list of members shows it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_account_under_another_address_is_listed_and_its_link_replaced() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage.hire(&job, "usr_sam");
    let mail = stage.mailbox.wait_for(1).await;
    let mut private = Browser::new(&stage.server);
    let address = "canary.private@example.org";
    let signed_up = private.sign_up(&mail.link(), address, PASSWORD).await;
    assert_eq!(signed_up, 302);
    let mut sam = Browser::new(&stage.server);
    let signed_up = sam.sign_up(&mail.link(), &email("usr_sam"), PASSWORD).await;
    assert_eq!(signed_up, 302);
    stage.reconcile().await;
    assert_eq!(stage.state("usr_sam", &project).await, AccessState::Granted);
    let mut third = Browser::new(&stage.server);
    let signed_up = third
        .sign_up(&mail.link(), "canary.third@example.org", PASSWORD)
        .await;
    assert_eq!(signed_up, 403, "an accepted invitation replaces the link");
    let options = Setup::default().options;
    let tool = adapter(&stage.server.origin, &TOKEN.into(), options);
    let listed = tool.members(&project.as_str().into()).await.unwrap();
    let listed = listed.unwrap().whole().unwrap();
    let is_private =
        |it: &&shared::tool::Member| it.email.as_ref().is_some_and(|own| own.expose() == address);
    assert_eq!(listed.iter().filter(is_private).count(), 1);
    let last = stage.bridge.ledger().last_reconcile().await.unwrap();
    // The administrator, and the account under another address.
    assert_eq!(last.unwrap().strangers.count, 2);
    stage.close().await;
}

/// The next reconcile finds a seat that an administrator removed by hand.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_removed_seat_is_restored_by_the_next_reconcile() {
    let stage = Stage::new(Setup::with_admin()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    stage.working(&job, "usr_dan", 1).await;
    assert_eq!(stage.state("usr_dan", &project).await, AccessState::Granted);
    let sql = "SELECT id FROM htx_user WHERE email = ?1";
    let account: i64 = stage
        .server
        .database()
        .query_row(sql, [email("usr_dan")], |row| row.get(0))
        .unwrap();
    let path = format!("/api/organizations/1/memberships/{account}/");
    let (status, _) = stage.admin.call(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    stage.reconcile().await;
    assert_eq!(stage.state("usr_dan", &project).await, AccessState::Granted);
    assert!(stage.admin.members().await.contains(&email("usr_dan")));
    stage.close().await;
}

/// With `ON_END_OF_EARLIER_MEMBER=keep` a colleague's seat outlives the hire.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_colleague_keeps_the_seat_if_configured() {
    let mut setup = Setup::with_admin();
    setup.earlier = OnEndOfEarlierMember::Keep;
    let stage = Stage::new(setup).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let wish = json!({ "email": email("usr_zed"), "username": "zed" });
    stage.admin.make("/api/users/", wish).await;
    let of_zed = stage.hire(&job, "usr_zed");
    stage
        .until_access("usr_zed", &project, |it| it.state == AccessState::Granted)
        .await;
    let (of_ann, _) = stage.working(&job, "usr_ann", 1).await;
    for contract in [of_zed, of_ann] {
        stage.opentrain.end_contract(&contract).unwrap();
    }
    stage.idle().await;
    assert_eq!(stage.state("usr_zed", &project).await, AccessState::Kept);
    assert!(stage.server.is_active(&email("usr_zed")));
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Removed);
    let members = stage.admin.members().await;
    assert!(members.contains(&email("usr_zed")), "{members:?}");
    assert!(!members.contains(&email("usr_ann")), "{members:?}");
    stage.close().await;
}
