//! The team of an organisation.

use serde_json::json;

use super::support::{Market, ids, reason};
use crate::support::text;

#[tokio::test]
async fn people_are_invited_and_added() {
    let market = Market::new().await;
    let token = market.full().await;
    market.claimed("ann@acme.example").await;
    let (status, answer) = market.get(&token, "/team").await;
    assert_eq!(status, 200);
    let team = &answer["team"];
    assert_eq!(
        (&team["organization"]["id"], &team["members"][0]["role"]),
        (&json!("org_1"), &json!("OWNER"))
    );
    for (email, expected) in [
        ("new@other.example", "invite_created"),
        ("two@other.example", "invite_created"),
        ("NEW@other.example", "invite_created"),
        ("three@other.example", "invite_created"),
        ("ann@acme.example", "member_added"),
        ("ann@acme.example", "already_member"),
        ("owner@employer.example", "already_member"),
    ] {
        let (status, answer) = market
            .post(&token, "/team/invites", json!({"email": email}))
            .await;
        assert_eq!(
            (status, &answer["status"], &answer["ok"]),
            (200, &json!(expected), &json!(true))
        );
        assert_eq!(answer["email"], email);
    }
    let (_, answer) = market.get(&token, "/team").await;
    let invites = ids(&answer["team"]["invites"]);
    assert_eq!(invites, ["tin_1", "tin_2", "tin_3"], "one for each address");
    let members = answer["team"]["members"].as_array().unwrap();
    assert_eq!(
        (members.len(), text(&members[1]["email"])),
        (2, "ann@acme.example".to_owned())
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn impossible_invitations_are_refused() {
    let market = Market::new().await;
    let token = market.full().await;
    for email in ["x", "x@", "@y.example", "a b@y.example", "x@y"] {
        let (status, answer) = market
            .post(&token, "/team/invites", json!({"email": email}))
            .await;
        assert_eq!(
            (status, answer["details"]["issues"].is_array()),
            (400, true),
            "{email}"
        );
    }
    let (status, answer) = market
        .post(
            &token,
            "/team/invites",
            json!({"email": "x@bounce.invalid"}),
        )
        .await;
    assert_eq!((status, reason(&answer)), (409, "invite_email_send_failed"));
    market
        .done("/organizations/org_1", json!({"teamsEnabled": false}))
        .await;
    let (status, answer) = market.get(&token, "/team").await;
    assert_eq!((status, reason(&answer)), (403, "teams_not_enabled"));
}
