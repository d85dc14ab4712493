//! The claim of a registration by a human.

use serde_json::json;

use super::kit::Market;

async fn registered() -> Market {
    let market = Market::new().await;
    market.run(&["register"]).await.done();
    market
}

/// Another process polls too, so that OpenTrain requests a longer interval.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_continues_after_slow_down() {
    let market = registered().await;
    let claim_token = market.stored()["claimToken"].as_str().unwrap().to_owned();
    let mut claim = market.start(&["claim", "--email", "owner@acme.example", "--json"]);
    let asked = claim.json().await;
    let polls = || market.opentrain.public_requests()["pollClaim"];
    let before = polls();
    let url = format!("{}/api/agent/oauth/token", market.opentrain.base_url());
    let form =
        format!("grant_type=urn:opentrain:agent-auth:grant-type:claim&claim_token={claim_token}");
    let mut own = 0;
    // Until the command has polled within the interval of such a poll.
    while polls() - before == own {
        let client = reqwest::Client::new();
        let poll = client
            .post(&url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.clone());
        poll.send().await.unwrap();
        own += 1;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let code = asked["userCode"].as_str().unwrap();
    market
        .human(&format!("/claims/{code}/confirm"), json!({}))
        .await;
    let (code, told) = claim.ended().await;
    assert_eq!(code, 0, "{told}");
    assert_eq!(
        market.json(&["me"]).await["actor"]["email"],
        "owner@acme.example"
    );
}

/// The human confirms after the command was stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_claim_is_finished_by_the_next_one() {
    let market = registered().await;
    let mut claim = market.start(&["claim", "--email", "owner@acme.example", "--json"]);
    let asked = claim.json().await;
    drop(claim);
    let code = asked["userCode"].as_str().unwrap();
    market
        .human(&format!("/claims/{code}/confirm"), json!({}))
        .await;
    let told = market
        .run(&["claim", "--email", "owner@acme.example"])
        .await
        .done();
    assert!(told.contains("Claimed."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_claimed_is_said() {
    let market = Market::new().await;
    let email = ["claim", "--email", "owner@acme.example"];
    let none = market.run(&email).await.failed(2);
    assert!(none.contains("bridge employer register"), "{none}");
    market.run(&["register"]).await.done();
    let taken = market
        .run(&["claim", "--email", "owner@employer.example"])
        .await
        .failed(1);
    assert!(
        taken.contains("must have no OpenTrain account") && !taken.contains("owner@"),
        "{taken}"
    );
    market.human("/clock", json!({ "advance": "PT25H" })).await;
    let late = market.run(&email).await.failed(1);
    assert!(late.contains("register` again"), "{late}");
}
