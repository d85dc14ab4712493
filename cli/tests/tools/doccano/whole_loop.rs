//! From hire to end and back. Each claim is read back from doccano.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use shared::ledger::AccessState;
use tools::DoccanoOptions;

use super::admin::{Project, User, set_password};
use super::check::check;
use super::stage::Stage;
use crate::common::events::email;

const PEOPLE: [&str; 3] = ["usr_ann", "usr_bob", "usr_eve"];
const PASSWORD: &str = "canary-Hand-0ver";

const TASKS: &str = "SELECT u.username, count(*) FROM examples_examplestate s
    JOIN auth_user u ON u.id = s.confirmed_by_id GROUP BY 1";
const LABELS: &str = "SELECT u.username, count(*) FROM labels_category l
    JOIN auth_user u ON u.id = l.user_id GROUP BY 1";

/// Hires all people, and hands their accounts over on the page in the bridge's message.
pub(super) async fn hand_over(
    stage: &Stage,
    project: &Project,
    job: &str,
) -> BTreeMap<&'static str, (String, User)> {
    let mut people = BTreeMap::new();
    for id in PEOPLE {
        let contract = stage.hire(job, id);
        let access = stage
            .until_access(id, project, |it| it.trouble.is_some())
            .await;
        assert_eq!(access.state, AccessState::Invited);
        let todo = access.trouble.unwrap().reason;
        let name = email(id);
        assert_eq!(
            User::log_in(&stage.server, &name, "").await.err(),
            Some(400)
        );
        let page = todo
            .split(' ')
            .find(|word| word.starts_with("http"))
            .unwrap();
        set_password(&stage.server, page, PASSWORD).await;
        let user = User::log_in(&stage.server, &name, PASSWORD).await.unwrap();
        people.insert(id, (contract, user));
    }
    people
}

/// Tasks and labels of a person in doccano's own database.
fn stored(stage: &Stage, id: &str) -> (u64, u64) {
    let name = email(id);
    let of = |query| {
        let rows: Vec<(String, i64)> = stage.server.sql(query);
        let own = rows.into_iter().find(|(user, _)| *user == name);
        own.map_or(0, |(_, count)| count.unsigned_abs())
    };
    (of(TASKS), of(LABELS))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn three_people_are_hired_work_and_are_reported() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let project = stage.admin.project(12).await;
    // Work before the first hire counts for no trainer.
    stage.admin.label(&project, 0, 2).await;
    stage.admin.confirm(&project, 0).await;
    let job = stage.job(&project).await;
    let people = hand_over(&stage, &project, &job).await;
    let members = stage.admin.members(&project).await;
    for id in PEOPLE {
        assert!(
            members.contains(&format!("{}: annotator", email(id))),
            "{members:?}"
        );
    }
    for (count, (_, user)) in people.values().enumerate() {
        for text in 0..=count * 2 {
            user.label(&project, text, 1 + text % 2).await;
            user.confirm(&project, text).await;
        }
    }
    stage.usage().await;
    for (id, (contract, _)) in &people {
        assert_eq!(stage.held(contract), stored(&stage, id), "{id}");
    }
    assert_eq!(stored(&stage, "usr_eve"), (5, 7), "the work was done");
    // Reopened work is subtracted. A second report changes nothing.
    people["usr_eve"].1.confirm(&project, 4).await;
    for _ in 0..2 {
        stage.usage().await;
        assert_eq!(stage.held(&people["usr_eve"].0), (4, 7));
    }
    // Their work proves that they could log in.
    stage.reconcile().await;
    for id in PEOPLE {
        let granted = |it: &shared::ledger::Access| it.state == AccessState::Granted;
        let access = stage.until_access(id, &project, granted).await;
        assert_eq!(access.trouble, None);
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn an_end_revokes_the_project_and_a_new_hire_grants_it_again() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let project = stage.admin.project(6).await;
    let job = stage.job(&project).await;
    let people = hand_over(&stage, &project, &job).await;
    let (contract, ann) = &people["usr_ann"];
    let (of_bob, bob) = &people["usr_bob"];
    for user in [ann, bob] {
        user.label(&project, 0, 2).await;
        user.confirm(&project, 0).await;
    }
    stage.opentrain.end_contract(contract).unwrap();
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Removed)
        .await;
    assert_eq!(
        stage.held(contract),
        (1, 2),
        "the last totals went out before"
    );
    let members = stage.admin.members(&project).await;
    assert!(!members.contains(&format!("{}: annotator", email("usr_ann"))));
    nothing_of_the_project_is_left(ann, &project).await;

    // doccano fails to report labels from now on. Tasks are still counted, and labels keep their last value.
    bob.label(&project, 1, 1).await;
    bob.confirm(&project, 1).await;
    let distribution = format!("/projects/{}/metrics/category-distribution", project.id);
    assert_eq!(stage.admin.get(&distribution).await.0, 500);
    let report = stage.usage().await;
    assert_eq!(stage.held(of_bob), (2, 2));
    assert_eq!(report.frozen[0].project.as_str(), project.name());
    let ann_id = stage.admin.user_id(&email("usr_ann")).await.unwrap();
    let cure = format!(
        "Make the accounts {ann_id} members of project {}",
        project.id
    );
    let reason = &report.frozen[0].reason;
    assert!(reason.contains(&cure), "{reason}");
    let troubles = async || {
        let usages = stage.bridge.ledger().all_project_usages().await.unwrap();
        let troubles = usages.iter().filter_map(|(_, usage)| usage.trouble());
        troubles.collect::<Vec<_>>()
    };
    assert!(troubles().await[0].frozen.is_some(), "as status shows it");
    let findings = check(&stage, &stage.server.origin, &stage.admin.token).await;
    assert!(findings.iter().any(|it| it.contains(&cure)), "{findings:?}");

    let again = stage.hire(&job, "usr_ann");
    stage
        .until_access("usr_ann", &project, |it| it.state == AccessState::Granted)
        .await;
    ann.label(&project, 2, 1).await;
    ann.confirm(&project, 2).await;
    assert_eq!(stage.usage().await.frozen, []);
    assert!(troubles().await.is_empty());
    assert_eq!(stage.held(of_bob), (2, 3), "caught up with");
    // The day belongs to the newer contract; the older one is set to zero.
    let (old, new) = (stage.held(contract), stage.held(&again));
    assert_eq!((old.0 + new.0, old.1 + new.1), stored(&stage, "usr_ann"));
    stage.close().await;
}

/// Makes each call of a member as a former member.
async fn nothing_of_the_project_is_left(user: &User, project: &Project) {
    for (method, path, body) in members_calls(&format!("/projects/{}", project.id)) {
        let (status, said) = user.call(method.clone(), &path, body).await;
        let refused = [403, 404].contains(&status);
        assert!(refused, "{method} {path}: {status} {said}");
    }
    let (status, projects) = user.get("/projects").await;
    assert_eq!((status, &projects["count"]), (200, &json!(0)));
    // Calls that still work after a removal, as in docs/tools.md.
    for path in ["/me", "/users", "/roles"] {
        assert_eq!(user.get(path).await.0, 200, "{path}");
    }
}

fn members_calls(at: &str) -> Vec<(Method, String, Option<Value>)> {
    let read = [
        "",
        "/my-role",
        "/members",
        "/examples",
        "/examples/1",
        "/examples/1/categories",
        "/examples/1/states",
        "/category-types",
        "/metrics/progress",
        "/tags",
        "/comments",
    ];
    let read = read.map(|below| (Method::GET, format!("{at}{below}"), None));
    let member = json!({ "user": 1, "role": 1 });
    let write = [
        (Method::POST, "/examples/1/states", json!({})),
        (
            Method::POST,
            "/examples/1/categories",
            json!({ "label": 1 }),
        ),
        (Method::DELETE, "/examples/1/categories", json!({})),
        (Method::POST, "/members", member),
        (Method::POST, "/examples", json!({ "text": "mine" })),
        (Method::POST, "/clone", json!({})),
        (Method::PATCH, "", json!({ "name": "mine" })),
        (Method::DELETE, "", json!({})),
    ];
    let write = write.map(|(method, below, body)| (method, format!("{at}{below}"), Some(body)));
    let elsewhere = ["/projects", "/users/create"];
    let elsewhere = elsewhere.map(|path| (Method::POST, path.to_owned(), Some(json!({}))));
    let mut calls = Vec::from(read);
    calls.extend(write);
    calls.extend(elsewhere);
    calls
}
