//! Removal of members and of open invitations.

use super::*;

async fn delete(server: &MockServer, status: u16) {
    call("DELETE", MEMBERS)
        .and(query_param("user", "7"))
        .respond_with(ResponseTemplate::new(status))
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_member_is_removed_and_that_is_read_back() {
    let server = server().await;
    has_account(&server).await;
    delete(&server, 204).await;
    workers(&server, json!([]), 1).await;
    let removed = tool(&server)
        .remove(&"12".into(), &membership())
        .await
        .unwrap();
    assert!(matches!(removed, Removed::Proven(_)), "{removed:?}");
}

#[tokio::test]
async fn a_person_with_other_access_is_paused_with_the_reason() {
    let server = server().await;
    has_account(&server).await;
    delete(&server, 204).await;
    workers(&server, worker(true, Value::Null), 1).await;
    let pause = json!({ "reason": "MANUAL", "verbose_reason": "Contract ended" });
    expect(&server, "POST", PAUSES, pause, 201).await;
    workers(&server, worker(true, json!({ "id": 3 })), 1).await;
    let removed = tool(&server)
        .remove(&"12".into(), &membership())
        .await
        .unwrap();
    assert!(matches!(removed, Removed::Proven(_)), "{removed:?}");
}

#[tokio::test]
async fn a_removal_without_effect_is_detected() {
    let server = server().await;
    has_account(&server).await;
    delete(&server, 204).await;
    workers(&server, worker(false, Value::Null), 1).await;
    let error = tool(&server).remove(&"12".into(), &membership()).await;
    assert_says(&error.unwrap_err(), &["still in the project"]);
}

/// One account can't be removed; the other one is removed.
#[tokio::test]
async fn a_failing_account_does_not_keep_another_ones_access() {
    let server = server().await;
    has_account(&server).await;
    let failing = call("DELETE", MEMBERS).and(query_param("user", "5"));
    failing
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    delete(&server, 204).await;
    workers(&server, json!([]), 1).await;
    let person = Membership {
        accounts: vec!["5".into()],
        ..membership()
    };
    let removed = tool(&server).remove(&"12".into(), &person).await;
    assert!(removed.is_err(), "{removed:?}");
}

/// Label Studio withdraws all invitations of an address at once.
#[tokio::test]
async fn the_end_of_one_project_keeps_the_invitation_to_another() {
    let server = server().await;
    let no_members = json!({ "count": 0, "next": null, "results": [] });
    let members = call("GET", "/api/organizations/1/memberships");
    answer(&server, members, 200, no_members).await;
    let gone = json!({ "email": "canary.maria@opentrain.work" });
    expect(&server, "POST", "/api/invite/revoke", gone, 200).await;
    let wish = json!({ "emails": ["canary.maria@opentrain.work"], "role": "AN", "projects": [13] });
    expect(&server, "POST", "/api/invite/send-email", wish, 200).await;
    // Another customer's project is not renewed with this customer's address.
    let kept = |project: &str, email: &str| Kept {
        project: project.into(),
        email: Email::parse(email).unwrap(),
    };
    let leaver = Membership {
        keeps: vec![
            kept("13", "canary.maria@opentrain.work"),
            kept("14", "canary.maria.globex@opentrain.work"),
        ],
        ..membership()
    };
    let removed = tool(&server).remove(&"12".into(), &leaver).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Invitation)));
}

/// The invitation is accepted after the reading that finds no account.
#[tokio::test]
async fn a_person_who_accepts_during_the_withdrawal_is_removed() {
    let server = server().await;
    let no_members = json!({ "count": 0, "next": null, "results": [] });
    call("GET", "/api/organizations/1/memberships")
        .respond_with(json_of(200, no_members))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    has_account(&server).await;
    let gone = json!({ "email": "canary.maria@opentrain.work" });
    expect(&server, "POST", "/api/invite/revoke", gone, 200).await;
    delete(&server, 204).await;
    workers(&server, json!([]), 1).await;
    let removed = tool(&server).remove(&"12".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::Account)));
}
