//! The human's part, the clock, faults, reset and limits.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::AnnotationPlatform;

use super::support::Market;
use crate::support::{Receiver, text};

#[tokio::test]
async fn a_foreign_page_is_refused() {
    let market = Market::new().await;
    let request = market
        .request(Method::POST, "/sandbox/reset")
        .header("host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 403);
    assert_eq!(market.human("/dance", json!({})).await.0, 404);
    let (status, answer) = market
        .human("/clock", json!({"advance": "PT1S", "by": 1}))
        .await;
    assert_eq!((status, &answer["details"]["field"]), (400, &json!("by")));
}

#[tokio::test]
async fn consent_and_tokens_need_a_known_employer() {
    let market = Market::new().await;
    for (body, expected) in [
        (
            json!({"appSlug": "My Tool", "scopes": ["usage:write"], "piiConsent": true}),
            400,
        ),
        (
            json!({"appSlug": "my-tool", "scopes": ["usage:all"], "piiConsent": true}),
            400,
        ),
        (
            json!({"appSlug": "my-tool", "scopes": [], "piiConsent": true}),
            400,
        ),
        (
            json!({"appSlug": "my-tool", "scopes": ["usage:write"]}),
            400,
        ),
        (
            json!({"appSlug": "my-tool", "scopes": ["usage:write"], "piiConsent": true}),
            200,
        ),
    ] {
        assert_eq!(
            market.human("/installs", body.clone()).await.0,
            expected,
            "{body}"
        );
    }
    let (agent, _) = market.register().await;
    let (_, me) = market.get(&agent, "/auth/me").await;
    let organization = text(&me["account"]["organizationId"]);
    let body = json!({"scopes": ["jobs:read"], "organizationId": organization});
    assert_eq!(
        market.human("/tokens", body).await.0,
        409,
        "no human has an account there"
    );
    let body = json!({"scopes": ["jobs:read"], "organizationId": "org_99"});
    assert_eq!(market.human("/tokens", body).await.0, 404);
    let body = json!({"scopes": ["jobs:read"], "userId": "acc_99"});
    assert_eq!(market.human("/tokens", body).await.0, 404);
    // After a claim, the human's calls concern the claimed account.
    let (organization, _) = market.claimed("ann@acme.example").await;
    let answer = market
        .done("/tokens", json!({"scopes": ["jobs:read"]}))
        .await;
    assert_eq!(answer["organizationId"], organization.as_str());
    let install = json!({"appSlug": "my-tool", "scopes": ["usage:write"], "piiConsent": true});
    let grant = market.done("/installs", install).await;
    let current = market.request(Method::GET, "/api/partner/v1/installs/current");
    let current = current
        .bearer_auth(text(&grant["token"]))
        .send()
        .await
        .unwrap();
    let current: Value = current.json().await.unwrap();
    assert_eq!(current["install"]["organizationId"], organization.as_str());
    assert_eq!(current["install"]["partnerApp"]["slug"], "my-tool");
}

#[tokio::test]
async fn work_is_done_in_the_tool() {
    let market = Market::new().await;
    let work = json!({"projectId": "streets", "trainerId": "usr_1", "workDate": "2026-01-05", "totalSeconds": 60});
    assert_eq!(
        market.human("/work", work.clone()).await.0,
        409,
        "there is no tool"
    );
    let tool = AnnotationPlatform::start("token").await.unwrap();
    market.opentrain.work_in(&tool);
    tool.create_project("streets", "Street scenes");
    assert_eq!(
        market.human("/work", work.clone()).await.0,
        409,
        "there is no member"
    );
    crate::tool::put(&tool, "streets", "usr_1").await;
    market.done("/work", work.clone()).await;
    let url = format!("{}/state", tool.control_url());
    let state: Value = crate::support::client()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(state["projects"][0]["work"][0]["totalSeconds"], 60);
    let bad = json!({"projectId": "streets", "trainerId": "usr_1", "workDate": "today"});
    assert_eq!(market.human("/work", bad).await.0, 400);
}

#[tokio::test]
async fn the_clock_moves_everything_but_signatures() {
    let market = Market::new().await;
    let token = market.full().await;
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url, "eventTypes": ["proposal.received"]});
    market.post(&token, "/webhooks", hook).await;
    let real = market.opentrain.now();
    let answer = market.advance("P2DT1H").await;
    let moved: jiff::Timestamp = text(&answer["now"]).parse().unwrap();
    assert!(moved >= real + Duration::from_secs(49 * 3600 - 1));
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    let own = &receiver.received()[0];
    let created: jiff::Timestamp = text(&own.json()["createdAt"]).parse().unwrap();
    assert!(created >= moved - Duration::from_secs(1));
    let t = own
        .header("x-opentrain-signature")
        .strip_prefix("t=")
        .unwrap();
    let t: i64 = t.split(',').next().unwrap().parse().unwrap();
    assert!(
        (t - real.as_second()).abs() < 300,
        "a receiver accepts the signature"
    );
    let later = market.opentrain.now();
    market.done("/reset", json!({})).await;
    assert!(market.opentrain.now() < later, "the time is real again");
    for bad in ["30", "-PT1M", "PT0S", "P1Y", "P100000D", "30 minutes", ""] {
        assert_eq!(
            market.human("/clock", json!({"advance": bad})).await.0,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn faults_belong_to_one_api() {
    let market = Market::new().await;
    let token = market.full().await;
    let fault = json!({"api": "public", "kind": "status", "status": 503, "method": "GET",
        "path": "/contracts", "times": 1});
    market.done("/faults", fault).await;
    let install = json!({"appSlug": "my-tool", "scopes": ["contracts:read"], "piiConsent": false});
    let partner = text(&market.done("/installs", install).await["token"]);
    let platform = || {
        market
            .request(Method::GET, "/api/partner/v1/contracts")
            .bearer_auth(&partner)
            .send()
    };
    assert_eq!(platform().await.unwrap().status(), 200);
    let (status, answer) = market.get(&token, "/contracts").await;
    assert_eq!((status, &answer["code"]), (503, &json!("INTERNAL_ERROR")));
    assert_eq!(market.get(&token, "/contracts").await.0, 200, "once");
    let limit = json!({"api": "platform", "kind": "status", "status": 429, "retryAfterSeconds": 7});
    market.done("/faults", limit).await;
    let answer = platform().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    let clear = market
        .request(Method::DELETE, "/sandbox/faults")
        .send()
        .await
        .unwrap();
    assert_eq!(clear.status(), 200);
    assert_eq!(platform().await.unwrap().status(), 200);
    for bad in [
        json!({"kind": "status"}),
        json!({"kind": "status", "status": 200}),
        json!({"kind": "status", "status": 600}),
        json!({"kind": "delay"}),
        json!({"kind": "delay", "delaySeconds": 4294967296u64}),
        json!({"kind": "drop", "path": "/contracts"}),
        json!({"kind": "explode"}),
    ] {
        assert_eq!(market.human("/faults", bad.clone()).await.0, 400, "{bad}");
    }
    assert_eq!(market.opentrain.public_requests()["listContracts"], 2);
}

#[tokio::test]
async fn a_lost_answer_to_a_hire_is_found_again() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let drop = json!({"api": "public", "kind": "drop", "method": "POST", "path": "/proposals/{proposalId}/hire", "times": 1});
    market.done("/faults", drop).await;
    let body = json!({"milestone": {"name": "First", "amount": 200}});
    let path = format!("/api/public/v1/proposals/{proposal}/hire");
    let lost = market
        .request(Method::POST, &path)
        .bearer_auth(&token)
        .json(&body);
    assert!(lost.send().await.is_err());
    assert_eq!(market.ask_to_hire(&token, &proposal).await, "apr_1");
}

#[tokio::test]
async fn a_reset_restores_the_start_and_everything_works() {
    let market = Market::new().await;
    let token = market.full().await;
    market.contract(&token).await;
    let fault = json!({"api": "public", "kind": "status", "status": 503});
    market.done("/faults", fault).await;
    market.done("/reset", json!({})).await;
    assert_eq!(market.get(&token, "/auth/me").await.0, 401);
    assert!(market.opentrain.jobs().is_empty() && market.opentrain.contracts().is_empty());
    let token = market.full().await;
    assert!(market.updates(&token).await.is_empty());
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url, "eventTypes": ["contract.created"]});
    market.post(&token, "/webhooks", hook).await;
    market.contract(&token).await;
    market.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["contract.created"]);
}

/// One proposal, with a webhook for each receiver. Waits until the attempts are under way.
async fn deliver_to(market: &Market, receivers: &[&Receiver]) {
    let token = market.full().await;
    for receiver in receivers {
        let hook = json!({"url": receiver.url, "eventTypes": ["proposal.received"]});
        market.post(&token, "/webhooks", hook).await;
    }
    let job = market.job(&token).await;
    market.proposal(&job).await;
    while receivers.iter().any(|own| own.received().is_empty()) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_attempt_from_before_a_reset_counts_for_nothing() {
    let market = Market::with(Duration::from_millis(300)).await;
    let old = Receiver::start().await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    for receiver in [&old, &first, &second] {
        receiver.mute();
    }
    deliver_to(&market, &[&old]).await;
    market.done("/reset", json!({})).await;
    // The first delivery of the new world has the id of the one that is still under way.
    deliver_to(&market, &[&first, &second]).await;
    market.opentrain.settle().await.unwrap();
    for wait in ["PT1M", "PT4M", "PT25M", "PT90M"] {
        market.advance(wait).await;
    }
    assert_eq!((first.received().len(), second.received().len()), (5, 5));
}

#[tokio::test]
async fn limits_have_sources() {
    let market = Market::new().await;
    let answer = market
        .request(Method::GET, "/sandbox/limits")
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let limits = answer["limits"].as_array().unwrap();
    assert!(limits.len() > 10);
    for own in limits {
        assert!(own["sandbox"].is_string() && own["opentrain"].is_string());
        assert!(
            own["source"].is_null()
                || text(&own["source"]).starts_with("https://www.opentrain.ai/")
        );
    }
}
