//! Enterprise, with the documented calls. The answers have the types of its SDK.

mod removal;

use serde_json::{Value, json};
use shared::model::person::Email;
use shared::tool::{
    AnnotationTool, Kept, Membership, MembershipStatus, Person, Proof, Removed, Scope, ToolError,
};
use wiremock::matchers::{body_json, query_param};
use wiremock::{MockServer, ResponseTemplate};

use super::{answer, assert_says, call, json_of, maria, membership, tool};

const WORKERS: &str = "/api/projects/12/members/paginated/";
const MEMBERS: &str = "/api/projects/12/members/";
const PAUSES: &str = "/api/projects/12/members/7/pauses/";

async fn server() -> MockServer {
    super::server("Enterprise").await
}

/// The organisation's search finds Maria's account, and others.
async fn has_account(server: &MockServer) {
    let seat = |id: u64, email: &str| json!({ "id": id, "organization": 1, "user": { "id": id, "email": email } });
    let found = [
        seat(6, "canary.maria@opentrain.work.example"),
        seat(7, "Canary.Maria@OpenTrain.work"),
    ];
    let page = json!({ "count": 2, "next": null, "results": found });
    call("GET", "/api/organizations/1/memberships")
        .and(query_param("search", "canary.maria@opentrain.work"))
        .respond_with(json_of(200, page))
        .mount(server)
        .await;
}

/// Sets the members of the project for the next `times` requests.
async fn workers(server: &MockServer, workers: Value, times: u64) {
    let page = json!({ "count": 1, "next": null, "results": workers });
    call("GET", WORKERS)
        .and(query_param("ids", "7"))
        .respond_with(json_of(200, page))
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
}

fn worker(implicit: bool, pause: Value) -> Value {
    json!([{ "id": 7, "username": "m", "implicit_member": implicit, "pause": pause }])
}

async fn expect(server: &MockServer, verb: &str, path: &str, body: Value, status: u16) {
    call(verb, path)
        .and(body_json(body))
        .respond_with(json_of(status, json!({})))
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn access_is_a_projects() {
    let can = tool(&server().await).capabilities().await.unwrap();
    assert_eq!(can.scope, Scope::Project);
}

#[tokio::test]
async fn a_person_with_an_account_becomes_a_member() {
    let server = server().await;
    has_account(&server).await;
    workers(&server, json!([]), 1).await;
    expect(&server, "POST", MEMBERS, json!({ "user": 7 }), 201).await;
    workers(&server, worker(false, Value::Null), 1).await;
    let granted = tool(&server).grant(&"12".into(), &maria()).await.unwrap();
    assert_eq!(granted.status, MembershipStatus::Active);
    assert_eq!(granted.member.unwrap().as_str(), "7");
}

#[tokio::test]
async fn label_studio_invites_a_new_person_to_the_project() {
    let server = server().await;
    let no_members = json!({ "count": 0, "next": null, "results": [] });
    answer(
        &server,
        call("GET", "/api/organizations/1/memberships"),
        200,
        no_members,
    )
    .await;
    let wish = json!({ "emails": ["canary.maria@opentrain.work"], "role": "AN", "projects": [12] });
    expect(&server, "POST", "/api/invite/send-email", wish, 200).await;
    let granted = tool(&server).grant(&"12".into(), &maria()).await.unwrap();
    assert_eq!(
        (granted.member, granted.status),
        (None, MembershipStatus::Invited(None))
    );
    let gone = json!({ "email": "canary.maria@opentrain.work" });
    expect(&server, "POST", "/api/invite/revoke", gone, 200).await;
    let removed = tool(&server)
        .remove(&"12".into(), &membership())
        .await
        .unwrap();
    assert!(matches!(removed, Removed::Proven(_)), "{removed:?}");
}

#[tokio::test]
async fn a_new_hire_ends_only_the_bridges_own_pause() {
    let server = server().await;
    has_account(&server).await;
    let person = Person {
        accounts: vec!["7".into()],
        ..maria()
    };
    workers(&server, worker(true, json!({ "id": 3 })), 2).await;
    let pauses = json!([
        { "id": 3, "reason": "MANUAL", "verbose_reason": "Contract ended" },
        { "id": 4, "reason": "BEHAVIOR_BASED", "verbose_reason": "Too fast" },
    ]);
    answer(&server, call("GET", PAUSES), 200, pauses).await;
    call("DELETE", "/api/projects/12/members/7/pauses/3/")
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let granted = tool(&server).grant(&"12".into(), &person).await.unwrap();
    assert_eq!(granted.status, MembershipStatus::Active);
    let note = granted.note.unwrap();
    assert!(note.contains("account 7 is paused in project 12"), "{note}");
}

#[tokio::test]
async fn a_project_that_is_no_number_has_no_members() {
    let tool = tool(&server().await);
    for project in ["roads", "+5", "18446744073709551616"] {
        let removed = tool.remove(&project.into(), &membership()).await;
        assert_eq!(
            removed,
            Ok(Removed::Proven(Proof::ProjectDeleted)),
            "{project}"
        );
    }
}

#[tokio::test]
async fn no_look_up_without_a_known_address() {
    let server = server().await;
    let unknown = Membership {
        trainer: "unknown".into(),
        accounts: Vec::new(),
        emails: Vec::new(),
        let_in: false,
        witnessed: true,
        keeps: Vec::new(),
    };
    assert!(matches!(
        tool(&server).remove(&"12".into(), &unknown).await,
        Ok(Removed::Proven(_))
    ));
    assert_eq!(
        tool(&server).access(&"12".into(), &unknown).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_missing_project_has_no_members() {
    let server = server().await;
    let gone = json!({ "detail": "No Project matches the given query." });
    answer(&server, call("GET", "/api/projects/77/"), 404, gone).await;
    let removed = tool(&server).remove(&"77".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::ProjectDeleted)));
}

#[tokio::test]
async fn a_project_is_gone_for_a_look_only_if_it_is_not_found_itself() {
    let server = server().await;
    let gone = json!({ "detail": "No Project matches the given query." });
    let list = call("GET", "/api/projects/77/members/paginated/");
    answer(&server, list, 404, gone.clone()).await;
    let is_gone = async || {
        let members = tool(&server).members(&"77".into()).await.unwrap_err();
        matches!(members, ToolError::NoProject { .. })
    };
    assert!(!is_gone().await, "the project is not asked about in vain");
    answer(&server, call("GET", "/api/projects/77/"), 404, gone).await;
    assert!(is_gone().await);
}

#[tokio::test]
async fn the_members_are_those_who_can_work() {
    let server = server().await;
    let results = json!([
        { "id": 7, "implicit_member": false, "pause": null },
        { "id": 8, "implicit_member": true, "pause": { "id": 3 } },
    ]);
    let page = json!({ "count": 2, "next": null, "results": results });
    answer(&server, call("GET", WORKERS), 200, page).await;
    let members = tool(&server).members(&"12".into()).await.unwrap().unwrap();
    let accounts = members.whole().unwrap().into_iter().map(|it| it.account);
    assert_eq!(accounts.collect::<Vec<_>>(), [Some("7".into())]);
}
