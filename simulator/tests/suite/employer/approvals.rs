//! Approvals: visibility, repetition, expiry.

use serde_json::{Value, json};

use super::support::{Market, reason};
use crate::support::text;

async fn state(market: &Market, token: &str, id: &str) -> String {
    let (status, answer) = market.get(token, &format!("/approvals/{id}")).await;
    assert_eq!(status, 200, "{answer}");
    text(&answer["approval"]["status"])
}

async fn asked(market: &Market, token: &str) -> (String, String) {
    let job = market.job(token).await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(token, &proposal).await;
    (proposal, approval)
}

#[tokio::test]
async fn a_pending_approval_is_given_again_and_other_terms_supersede_it() {
    let market = Market::new().await;
    let token = market.full().await;
    let (proposal, approval) = asked(&market, &token).await;
    let (_, answer) = market.get(&token, &format!("/approvals/{approval}")).await;
    let own = &answer["approval"];
    assert_eq!(
        (&own["type"], &own["status"]),
        (&json!("proposal_hire"), &json!("pending"))
    );
    assert_eq!(
        (&own["proposalId"], &own["result"]),
        (&json!(proposal), &Value::Null)
    );
    assert!(text(&own["approvalUrl"]).ends_with(&format!("/approvals/{approval}")));
    assert_eq!(market.ask_to_hire(&token, &proposal).await, approval);
    let other = json!({"milestone": {"name": "First", "amount": 300}});
    let (_, answer) = market
        .post(&token, &format!("/proposals/{proposal}/hire"), other)
        .await;
    assert_ne!(answer["approval"]["id"], approval.as_str());
    assert_eq!(state(&market, &token, &approval).await, "expired");
    let (status, answer) = market
        .human(&format!("/approvals/{approval}/confirm"), json!({}))
        .await;
    assert_eq!((status, reason(&answer)), (409, "approval_not_pending"));
}

#[tokio::test]
async fn a_declined_hire_changes_nothing() {
    let market = Market::new().await;
    let token = market.full().await;
    let (proposal, approval) = asked(&market, &token).await;
    market
        .done(&format!("/approvals/{approval}/decline"), json!({}))
        .await;
    assert_eq!(state(&market, &token, &approval).await, "declined");
    assert_eq!(
        market.updates(&token).await,
        ["proposal.received", "approval.confirmed declined"]
    );
    assert!(market.opentrain.contracts().is_empty());
    assert_ne!(
        market.ask_to_hire(&token, &proposal).await,
        approval,
        "one may ask again"
    );
    assert_eq!(
        market.human("/approvals/apr_99/decline", json!({})).await.0,
        404
    );
}

#[tokio::test]
async fn an_approval_expires_after_72_hours_when_it_is_read() {
    let market = Market::new().await;
    let token = market.full().await;
    let (_, approval) = asked(&market, &token).await;
    market.advance("PT71H59M").await;
    assert_eq!(state(&market, &token, &approval).await, "pending");
    market.advance("PT1M").await;
    assert_eq!(
        market.updates(&token).await,
        ["proposal.received"],
        "there is no event before a read"
    );
    assert_eq!(state(&market, &token, &approval).await, "expired");
    assert_eq!(state(&market, &token, &approval).await, "expired");
    assert_eq!(
        market.updates(&token).await,
        ["proposal.received", "approval.confirmed expired"]
    );
    assert_eq!(
        market
            .human(&format!("/approvals/{approval}/confirm"), json!({}))
            .await
            .0,
        409
    );
    assert!(market.opentrain.contracts().is_empty());
}

#[tokio::test]
async fn an_approval_is_seen_by_the_owner_and_by_the_token_that_asked() {
    let market = Market::new().await;
    let token = market.full().await;
    // A member of the team with tokens of its own.
    let (organization, _) = market.claimed("ann@acme.example").await;
    let invite = json!({"email": "ann@acme.example"});
    let (_, team) = market.post(&token, "/team/invites", invite).await;
    let member = text(&team["team"]["members"][1]["userId"]);
    let of_member = |name: &'static str| json!({"scopes": super::support::FULL, "name": name, "organizationId": "org_1", "userId": member});
    let asking = text(&market.done("/tokens", of_member("asks")).await["token"]);
    let idle = text(&market.done("/tokens", of_member("idle")).await["token"]);
    let stranger = market.token_of(&organization, &["payments:read"]).await;
    let (_, approval) = asked(&market, &asking).await;
    assert_eq!(state(&market, &asking, &approval).await, "pending");
    assert_eq!(state(&market, &token, &approval).await, "pending");
    for other in [&idle, &stranger] {
        let (status, answer) = market.get(other, &format!("/approvals/{approval}")).await;
        let details = json!({"resource": "approvals", "approvalId": approval});
        assert_eq!((status, &answer["details"]), (404, &details));
    }
}

#[tokio::test]
async fn the_human_sees_what_waits() {
    let market = Market::new().await;
    let token = market.full().await;
    let (_, first) = asked(&market, &token).await;
    let (_, second) = asked(&market, &token).await;
    market.confirm(&first).await;
    let request = market.request(reqwest::Method::GET, "/sandbox/approvals");
    let list: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(super::support::ids(&list["approvals"]), [second.as_str()]);
}
