//! Hire, invitation, sign-up, work, end, and a second hire.

use shared::ledger::AccessState;

use super::browser::Browser;
use super::people::Work;
use super::stage::{PASSWORD, Setup, Stage};
use crate::common::events::email;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_hire_is_invited_works_and_leaves() {
    // The recommended configuration, with a personal access token.
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(3).await;
    let job = stage.job(&project).await;

    let contract = stage.hire(&job, "usr_ann");
    let mail = stage.mailbox.wait_for(1).await;
    assert_eq!(mail.to, email("usr_ann"));
    assert!(mail.text.contains(&email("usr_ann")), "to sign up with");
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Invited);
    stage.reconcile().await;
    assert_eq!(stage.mailbox.mails().len(), 1, "mailed once");
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Invited);

    let mut browser = Browser::new(&stage.server);
    let signed_up = browser
        .sign_up(&mail.link(), &email("usr_ann"), PASSWORD)
        .await;
    assert_eq!(signed_up, 302);
    stage.reconcile().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Granted);

    let ann = stage.token_of(&mut browser).await;
    let tasks = ann.tasks(&project).await;
    ann.annotate(tasks[0], &Work::of(30.0, &["a", "b"])).await;
    stage.opentrain.end_contract(&contract).unwrap();
    stage.idle().await;
    let rows = stage.opentrain.usage(&contract).unwrap();
    assert_eq!(
        (rows[0].seconds, rows[0].tasks, rows[0].labels),
        (Some(30), Some(1), Some(2)),
        "the last work went out before access did"
    );
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Removed);
    assert!(!stage.admin.members().await.contains(&email("usr_ann")));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_second_project_needs_no_second_mail_and_keeps_the_seat() {
    let stage = Stage::new(Setup::default()).await;
    let (roads, fields) = (stage.admin.project(1).await, stage.admin.project(1).await);
    let on_roads = stage.job(&roads).await;
    let on_fields = stage.job(&fields).await;
    let first = stage.hire(&on_roads, "usr_ann");
    let second = stage.hire(&on_fields, "usr_ann");
    let mail = stage.mailbox.wait_for(1).await;
    stage.idle().await;
    let mut browser = Browser::new(&stage.server);
    browser
        .sign_up(&mail.link(), &email("usr_ann"), PASSWORD)
        .await;
    stage.reconcile().await;
    for project in [&roads, &fields] {
        assert_eq!(stage.state("usr_ann", project).await, AccessState::Granted);
    }
    stage.opentrain.end_contract(&first).unwrap();
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &roads).await, AccessState::Released);
    assert!(stage.admin.members().await.contains(&email("usr_ann")));
    stage.opentrain.end_contract(&second).unwrap();
    stage.idle().await;
    assert!(!stage.admin.members().await.contains(&email("usr_ann")));
    assert_eq!(stage.mailbox.mails().len(), 1, "one link opens both");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn open_invitations_get_the_new_link_after_an_end() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let (contract, _) = stage.working(&job, "usr_ann", 1).await;
    stage.hire(&job, "usr_ben");
    let old = stage.mailbox.wait_for(2).await;
    stage.idle().await;
    stage.opentrain.end_contract(&contract).unwrap();
    stage.idle().await;
    let mut browser = Browser::new(&stage.server);
    let by_the_old = browser
        .sign_up(&old.link(), &email("usr_ben"), PASSWORD)
        .await;
    assert_eq!(by_the_old, 403, "a former member knows that link");
    stage.reconcile().await;
    let new = stage.mailbox.wait_for(3).await;
    assert_eq!(new.to, email("usr_ben"));
    assert_ne!(new.link(), old.link());
    let by_the_new = browser
        .sign_up(&new.link(), &email("usr_ben"), PASSWORD)
        .await;
    assert_eq!(by_the_new, 302);
    stage.reconcile().await;
    assert_eq!(stage.state("usr_ben", &project).await, AccessState::Granted);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_invitation_ends_with_the_hire() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let contract = stage.hire(&job, "usr_ann");
    let mail = stage.mailbox.wait_for(1).await;
    stage.idle().await;
    stage.opentrain.end_contract(&contract).unwrap();
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Removed);
    let mut browser = Browser::new(&stage.server);
    let late = browser
        .sign_up(&mail.link(), &email("usr_ann"), PASSWORD)
        .await;
    assert_eq!(late, 403);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_person_who_accepts_and_leaves_between_two_checks_is_known() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let contract = stage.hire(&job, "usr_ann");
    let mail = stage.mailbox.wait_for(1).await;
    stage.idle().await;
    let mut browser = Browser::new(&stage.server);
    browser
        .sign_up(&mail.link(), &email("usr_ann"), PASSWORD)
        .await;
    let ann = stage.token_of(&mut browser).await;
    let task = ann.tasks(&project).await[0];
    ann.annotate(task, &Work::of(12.0, &["a"])).await;
    stage.opentrain.end_contract(&contract).unwrap();
    stage.idle().await;
    assert!(!stage.admin.members().await.contains(&email("usr_ann")));
    stage.usage().await;
    let rows = stage.opentrain.usage(&contract).unwrap();
    assert_eq!(rows[0].seconds, Some(12), "their work is theirs");
    stage.close().await;
}
