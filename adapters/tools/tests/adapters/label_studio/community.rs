//! Community: seats, and the organisation's invitation link.

mod checks;

use std::sync::Arc;

use serde_json::{Value, json};
use shared::ledger::Ledger;
use shared::model::clock::Clock;
use shared::sqlite::Database;
use shared::tool::{
    AdapterState, AnnotationTool, Membership, MembershipStatus, Person, Proof, Removed,
};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{
    ROTATE, TOKEN, answer, assert_says, call, clock, is_operator, maria, membership, rotates,
    server, tool, tool_knowing, tool_with,
};

const MEMBERS: &str = "/api/organizations/1/memberships";

fn seat(id: u64, email: &str, joined: &str) -> Value {
    json!({ "id": id * 10, "user": { "id": id, "email": email, "date_joined": joined } })
}

async fn seats(server: &MockServer, seats: &[Value]) {
    let page = json!({ "count": seats.len(), "next": null, "results": seats });
    answer(server, call("GET", MEMBERS), 200, page).await;
}

/// An account that is a member until its seat is deleted.
async fn leaves(server: &MockServer, id: u64) {
    let user = format!("/api/users/{id}/");
    let there = json!({ "id": id, "email": "canary.x@opentrain.work" });
    call("GET", &user)
        .respond_with(super::json_of(200, there))
        .up_to_n_times(1)
        .mount(server)
        .await;
    let gone = json!({ "id": id, "email": "Deleted" });
    answer(server, call("GET", &user), 200, gone).await;
    let seat = format!("{MEMBERS}/{id}/");
    call("DELETE", &seat)
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(server)
        .await;
}

/// `METHOD path` of each relevant request, in order.
async fn steps(server: &MockServer) -> Vec<String> {
    let all = server.received_requests().await.unwrap();
    let line = |it: &wiremock::Request| format!("{} {}", it.method, it.url.path());
    let lines = all.iter().map(line);
    lines
        .filter(|it| it.contains("memberships") || it.contains("reset-token"))
        .collect()
}

async fn count(server: &MockServer, step: &str) -> usize {
    let steps = steps(server).await;
    steps.iter().filter(|it| **it == step).count()
}

/// An invited person could sign up between the reading and the new link.
#[tokio::test]
async fn the_link_is_replaced_before_the_reading_and_after_the_removal() {
    let server = server("Community").await;
    rotates(&server).await;
    seats(&server, &[]).await;
    let removed = tool(&server).remove(&"12".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Invitation)));
    let (rotate, look) = (format!("POST {ROTATE}"), format!("GET {MEMBERS}"));
    assert_eq!(steps(&server).await, [rotate.clone(), look.clone()]);

    let server = super::server("Community").await;
    rotates(&server).await;
    let email = maria().email;
    seats(&server, &[seat(8, email.expose(), "")]).await;
    answer(
        &server,
        call("GET", "/api/users/8/"),
        200,
        json!({ "id": 8, "email": "Deleted" }),
    )
    .await;
    let delete = format!("{MEMBERS}/8/");
    let no_content = ResponseTemplate::new(204);
    call("DELETE", &delete)
        .respond_with(no_content)
        .mount(&server)
        .await;
    let removed = tool(&server).remove(&"12".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Account)));
    let delete = format!("DELETE {delete}");
    assert_eq!(steps(&server).await, [rotate.clone(), look, delete, rotate]);
}

#[tokio::test]
async fn all_accounts_of_a_person_are_removed() {
    let server = server("Community").await;
    rotates(&server).await;
    for id in [8, 9] {
        leaves(&server, id).await;
    }
    // Found only by the address.
    let (mine, other) = (maria().email, "canary.other@opentrain.work");
    seats(&server, &[seat(7, mine.expose(), ""), seat(5, other, "")]).await;
    answer(
        &server,
        call("GET", "/api/users/7/"),
        200,
        json!({ "id": 7, "email": "Deleted" }),
    )
    .await;
    let delete = call("DELETE", "/api/organizations/1/memberships/7/");
    delete
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let person = Membership {
        accounts: vec!["9".into(), "8".into()],
        ..membership()
    };
    let removed = tool(&server).remove(&"12".into(), &person).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Account)));
}

#[tokio::test]
async fn another_trainers_account_is_not_touched_because_of_its_address() {
    let server = server("Community").await;
    rotates(&server).await;
    seats(&server, &[seat(8, maria().email.expose(), "")]).await;
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("bridge.db")).unwrap();
    let ledger = Ledger::in_database(&database, clock() as Arc<dyn Clock>);
    ledger.own(&"8".into(), &"usr_other".into()).await.unwrap();
    let tool = tool_knowing(&server, TOKEN, clock(), Arc::new(ledger));
    let removed = tool.remove(&"12".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Invitation)));
    assert_eq!(count(&server, &format!("DELETE {MEMBERS}/8/")).await, 0);
    let invite = json!({ "invite_url": "/user/signup/?token=1" });
    answer(&server, call("GET", "/api/invite"), 200, invite).await;
    let granted = tool.grant(&"12".into(), &maria()).await.unwrap();
    assert!(matches!(granted.status, MembershipStatus::Invited(_)));
}

/// The link would open a second account for the invited person.
#[tokio::test]
async fn an_accepted_invitation_replaces_the_link_once() {
    let server = server("Community").await;
    rotates(&server).await;
    let (early, late) = ("2026-06-12T11:00:00Z", "2026-06-12T12:30:00Z");
    let (ann, bob) = ("canary.ann@opentrain.work", "canary.bob@opentrain.work");
    let mine = maria().email;
    let rows = [
        seat(7, mine.expose(), early),
        seat(8, ann, early),
        seat(9, bob, late),
    ];
    seats(&server, &rows).await;
    let tool = tool_with(&server, TOKEN, clock());
    let accepts = async |email: &str, trainer: &str| {
        let person = Membership {
            trainer: trainer.into(),
            emails: vec![shared::model::person::Email::parse(email).unwrap()],
            ..membership()
        };
        let seen = tool.access(&"12".into(), &person).await.unwrap();
        assert_eq!(seen.unwrap().status, MembershipStatus::Active);
        count(&server, &format!("POST {ROTATE}")).await
    };
    assert_eq!(accepts(mine.expose(), "usr_1").await, 1);
    // She signed up before the replacement: her link is already invalid.
    assert_eq!(accepts(ann, "usr_2").await, 1);
    assert_eq!(accepts(bob, "usr_3").await, 2);
    // A known account is no news.
    let known = Membership {
        accounts: vec!["9".into()],
        ..membership()
    };
    answer(
        &server,
        call("GET", "/api/users/9/"),
        200,
        json!({ "id": 9, "email": bob }),
    )
    .await;
    tool.access(&"12".into(), &known).await.unwrap();
    assert_eq!(count(&server, &format!("POST {ROTATE}")).await, 2);
}

#[tokio::test]
async fn a_known_account_is_used_with_any_address() {
    let server = server("Community").await;
    let earlier = json!({ "id": 8, "email": "canary.earlier@opentrain.work" });
    answer(&server, call("GET", "/api/users/8/"), 200, earlier).await;
    seats(&server, &[]).await;
    let person = Person {
        accounts: vec!["8".into()],
        ..maria()
    };
    let granted = tool(&server).grant(&"12".into(), &person).await.unwrap();
    assert_eq!(granted.member, Some("8".into()));
    assert_eq!(granted.status, MembershipStatus::Active);
}

#[tokio::test]
async fn the_members_are_those_with_a_seat() {
    let server = server("Community").await;
    let rows = [
        seat(1, "canary@x.example", ""),
        seat(7, maria().email.expose(), ""),
        seat(8, "Deleted", ""),
    ];
    seats(&server, &rows).await;
    let members = tool(&server).members(&"12".into()).await.unwrap().unwrap();
    let members = members.whole().unwrap();
    assert_eq!(members.len(), 2, "{members:?}");
    assert!(members[1].is_of(&membership()));
}

/// The link can't be replaced: the seat is removed regardless.
#[tokio::test]
async fn a_failed_link_replacement_does_not_keep_the_seat() {
    let server = server("Community").await;
    answer(
        &server,
        call("POST", ROTATE),
        500,
        json!({ "detail": "boom" }),
    )
    .await;
    leaves(&server, 8).await;
    seats(&server, &[]).await;
    let person = Membership {
        accounts: vec!["8".into()],
        ..membership()
    };
    let removed = tool(&server).remove(&"12".into(), &person).await;
    assert!(removed.is_err(), "{removed:?}");
}

/// The members can't be listed: the seat of a known account is removed regardless.
#[tokio::test]
async fn a_failed_list_does_not_keep_a_known_seat() {
    let server = server("Community").await;
    rotates(&server).await;
    leaves(&server, 8).await;
    let list = call("GET", "/api/organizations/1/memberships");
    answer(&server, list, 500, json!({ "detail": "boom" })).await;
    let person = Membership {
        accounts: vec!["8".into()],
        ..membership()
    };
    let removed = tool(&server).remove(&"12".into(), &person).await;
    assert!(removed.is_err(), "{removed:?}");
}
