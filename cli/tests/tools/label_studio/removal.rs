//! Remaining access after a removal: each call of a removed person, with and without the superuser.

use reqwest::Method;
use serde_json::json;
use shared::ledger::AccessState;
use shared::model::failure::Cause;

use super::browser::Browser;
use super::people::{User, Work};
use super::stage::{PASSWORD, Setup, Stage};
use crate::common::events::email;

/// A person whose access was granted and revoked, with everything that they may have kept.
struct Leaver {
    project: String,
    job: String,
    task: i64,
    browser: Browser,
    token: User,
    personal: String,
}

async fn leaver(stage: &Stage) -> Leaver {
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let (contract, mut browser) = stage.working(&job, "usr_ann", 1).await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Granted);
    let token = stage.token_of(&mut browser).await;
    let made = token.make("/api/token/", json!({})).await;
    let task = token.tasks(&project).await[0];
    token.annotate(task, &Work::of(5.0, &["a"])).await;
    stage.opentrain.end_contract(&contract).unwrap();
    stage.idle().await;
    assert_eq!(stage.state("usr_ann", &project).await, AccessState::Removed);
    Leaver {
        project,
        job,
        task,
        browser,
        token,
        personal: made["token"].as_str().unwrap().to_owned(),
    }
}

impl Leaver {
    /// Calls on the project and its tasks: path, and their status by token.
    async fn on_project(&self) -> Vec<(String, u16)> {
        let (project, task) = (&self.project, self.task);
        let mut answers = Vec::new();
        for path in [
            format!("/api/projects/{project}/"),
            format!("/api/projects/{project}/next/"),
            format!("/api/projects/{project}/export?exportType=JSON"),
            format!("/api/tasks?project={project}"),
            format!("/api/tasks/{task}/"),
        ] {
            let (status, _) = self.token.get(&path).await;
            answers.push((path, status));
        }
        let path = format!("/api/tasks/{task}/annotations/");
        let work = json!({ "result": [], "lead_time": 1 });
        let (status, _) = self.token.call(Method::POST, &path, Some(work)).await;
        answers.push((path, status));
        answers
    }

    /// Asserts that their browser has access again, and every call on the project works. They have no task left.
    async fn assert_back(&self, browser: &mut Browser) {
        assert_eq!(browser.open("/projects").await, 200);
        for (path, status) in self.on_project().await {
            let done = status == 404 && path.ends_with("/next/");
            assert!(status < 300 || done, "{path}: {status}");
        }
    }

    /// Access that remains after a soft removal, as in docs/tools.md.
    async fn assert_left(&self, stage: &Stage) {
        let (project, task) = (&self.project, self.task);
        let read = format!("/api/tasks/{task}/annotations/");
        let (status, said) = self.token.get(&read).await;
        assert_eq!((status, said.as_array().unwrap().len()), (200, 1));
        let link = stage.admin.invite_token().await;
        let import = json!([{ "text": "mine" }]);
        for (path, body, left) in [
            (format!("/api/projects/{project}/import"), import, 201),
            (
                format!("/api/tasks/{task}/drafts"),
                json!({ "result": [] }),
                201,
            ),
            ("/api/invite/reset-token".to_owned(), json!({}), 201),
        ] {
            let (status, said) = self.token.call(Method::POST, &path, Some(body)).await;
            assert_eq!(status, left, "{path}: {said}");
        }
        assert_ne!(stage.admin.invite_token().await, link);
    }

    async fn refresh(&self) -> u16 {
        let body = json!({ "refresh": self.personal });
        let path = "/api/token/refresh/";
        self.token.call(Method::POST, path, Some(body)).await.0
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_soft_removal_revokes_the_projects_and_leaves_the_account() {
    let stage = Stage::new(Setup::default()).await;
    let mut leaver = leaver(&stage).await;
    for (path, status) in leaver.on_project().await {
        assert!((403..405).contains(&status), "{path}: {status}");
    }
    // The documentation lists the remaining access. A session restores most of it.
    let mut again = Browser::new(&stage.server);
    assert_eq!(again.log_in(&email("usr_ann"), PASSWORD).await, 302);
    assert_eq!(again.open("/projects").await, 200);
    for (path, status) in leaver.on_project().await {
        assert_eq!(status, 403, "{path}");
    }
    for (path, left) in [
        ("/api/projects/", 200),
        ("/api/users/", 200),
        ("/api/invite", 200),
    ] {
        assert_eq!(leaver.token.get(path).await.0, left, "{path}");
    }
    leaver.assert_left(&stage).await;
    assert_eq!(leaver.refresh().await, 200);
    assert_eq!(leaver.browser.open("/projects").await, 200);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_softly_removed_person_is_restored_by_an_administrator() {
    let stage = Stage::new(Setup::default()).await;
    let leaver = leaver(&stage).await;
    stage.hire(&leaver.job, "usr_ann");
    let waits = stage
        .until_access("usr_ann", &leaver.project, |it| it.trouble.is_some())
        .await;
    let trouble = waits.trouble.unwrap();
    assert_eq!(trouble.cause, Cause::Operator);
    let (_, place) = trouble.reason.split_once(" at ").unwrap();
    let place = place.split(' ').next().unwrap();
    assert!(
        place.contains("/admin/organizations/organizationmember/"),
        "{place}"
    );
    // The administrator opens the page in the message, empties the two fields and saves.
    let id: i64 = place.split('/').rev().nth(2).unwrap().parse().unwrap();
    let sql = "UPDATE organizations_organizationmember SET deleted_at = NULL WHERE id = ?1";
    assert_eq!(stage.server.database().execute(sql, [id]).unwrap(), 1);
    stage
        .until_access("usr_ann", &leaver.project, |it| {
            it.state == AccessState::Granted
        })
        .await;
    let mut again = Browser::new(&stage.server);
    again.log_in(&email("usr_ann"), PASSWORD).await;
    leaver.assert_back(&mut again).await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_removal_with_the_superuser_is_complete_and_a_new_hire_restores_access() {
    let stage = Stage::new(Setup::with_admin()).await;
    let mut leaver = leaver(&stage).await;
    for (path, status) in leaver.on_project().await {
        assert_eq!(status, 401, "{path}");
    }
    for path in ["/api/projects/", "/api/users/", "/api/invite"] {
        assert_eq!(leaver.token.get(path).await.0, 401, "{path}");
        let by_session = leaver.browser.call(Method::GET, path, None).await;
        assert_eq!(by_session.0, 401, "{path}");
    }
    assert_eq!(leaver.refresh().await, 401);
    let mut again = Browser::new(&stage.server);
    assert_eq!(
        again.log_in(&email("usr_ann"), PASSWORD).await,
        200,
        "the login form is returned"
    );

    stage.hire(&leaver.job, "usr_ann");
    stage
        .until_access("usr_ann", &leaver.project, |it| {
            it.state == AccessState::Granted
        })
        .await;
    assert_eq!(again.log_in(&email("usr_ann"), PASSWORD).await, 302);
    leaver.assert_back(&mut again).await;
    assert_eq!(
        stage.mailbox.mails().len(),
        1,
        "no second invitation is sent"
    );
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_account_with_admin_rights_is_never_disabled() {
    let stage = Stage::new(Setup::with_admin()).await;
    let project = stage.admin.project(1).await;
    let job = stage.job(&project).await;
    let (contract, _) = stage.working(&job, "usr_ann", 1).await;
    let sql = "UPDATE htx_user SET is_staff = 1 WHERE email = ?1";
    stage
        .server
        .database()
        .execute(sql, [email("usr_ann")])
        .unwrap();
    stage.opentrain.end_contract(&contract).unwrap();
    let stuck = stage
        .until_access("usr_ann", &project, |it| it.trouble.is_some())
        .await;
    assert!(
        stuck.trouble.unwrap().reason.contains("is not disabled"),
        "reported to the operator"
    );
    let sql = "UPDATE htx_user SET is_staff = 0 WHERE email = ?1";
    stage
        .server
        .database()
        .execute(sql, [email("usr_ann")])
        .unwrap();
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Removed)
        .await;
    stage.close().await;
}
