//! The list of calls.

use reqwest::Method;
use serde_json::json;

use super::browser::Browser;
use crate::employer::support::Market;

#[tokio::test]
async fn calls_show_the_rule_that_refused_and_no_credential() {
    let market = Market::new().await;
    let token = market.token(&["jobs:read"]).await;
    market.get(&token, "/contracts").await;
    market.get(&token, "/jobs/mine?limit=5").await;
    market
        .get(&token, &format!("/jobs/mine?token={token}"))
        .await;
    market
        .agent("/identity/claim", json!({"claim_token": "ot_clm_x"}))
        .await;
    let browser = Browser(&market);
    let page = browser.open("/desk/calls").await;
    page.assert_shows(&[
        "GET /api/public/v1/contracts",
        "FORBIDDEN the token lacks the scope",
        "payments:read",
        "GET /api/public/v1/jobs/mine?limit=5",
        "unknown query parameter token",
        "invalid_request",
    ]);
    assert!(!page.html.contains(&token));
    let refused = browser.open("/desk/calls?answer=refused&api=public").await;
    assert!(!refused.shows("limit=5") && !refused.shows("invalid_request"));
    let calls = market.read("/calls").await["calls"].clone();
    assert_eq!(
        (&calls[0]["api"], &calls[0]["code"]),
        (&json!("agent"), &json!("invalid_request"))
    );
    assert_eq!(
        calls[3]["details"]["requiredScopes"],
        json!(["payments:read"])
    );
    assert_eq!(calls[2]["status"], 200);
    assert!(!calls.to_string().contains(&token));
    for _ in 0..500 {
        market.get(&token, "/auth/me").await;
    }
    let calls = market.read("/calls").await["calls"].clone();
    assert_eq!(calls.as_array().unwrap().len(), 500);
    assert_eq!(
        calls[499]["path"], "/api/public/v1/auth/me",
        "the oldest are forgotten"
    );
    market.done("/reset", json!({})).await;
    assert_eq!(market.read("/calls").await["calls"], json!([]));
}

#[tokio::test]
async fn a_dropped_answer_is_marked_in_the_calls() {
    let market = Market::new().await;
    let token = market.full().await;
    let fault =
        json!({"api": "public", "kind": "drop", "method": "GET", "path": "/contracts", "times": 1});
    market.done("/faults", fault).await;
    let lost = market
        .request(Method::GET, "/api/public/v1/contracts")
        .bearer_auth(&token);
    assert!(lost.send().await.is_err());
    let call = &market.read("/calls").await["calls"][0];
    assert_eq!(
        (&call["status"], &call["fault"]),
        (&json!(200), &json!("drop"))
    );
    Browser(&market)
        .open("/desk/calls")
        .await
        .assert_shows(&["drop"]);
}
