//! Endpoints and deliveries on the desk.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::browser::Browser;
use crate::{
    employer::support::Market,
    support::{Received, Receiver, text},
};

/// A webhook of the Public API for proposals. Returns the token and the endpoint's id.
async fn subscribed(market: &Market, receiver: &Receiver) -> (String, String) {
    let token = market.full().await;
    let hook = json!({"url": receiver.url, "eventTypes": ["proposal.received"]});
    let (_, answer) = market.post(&token, "/webhooks", hook).await;
    (token, text(&answer["webhook"]["id"]))
}

#[tokio::test]
async fn a_delivery_shows_its_attempts_and_the_raw_body() {
    let market = Market::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next(&[500]);
    let (token, endpoint) = subscribed(&market, &receiver).await;
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    let browser = Browser(&market);
    let list = browser
        .open(&format!(
            "/desk/deliveries?status=PENDING&endpointId={endpoint}"
        ))
        .await;
    list.assert_shows(&["proposal.received", "500", "in 1 min"]);
    market.advance("PT1M").await;
    let page = browser.open(&list.links("dlv_1")[0]).await;
    page.assert_shows(&[
        "DELIVERED",
        "500",
        "204",
        " ms",
        "openssl dgst -sha256 -hmac",
        "OpenTrain-Webhooks/1.0",
    ]);
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    let body = std::str::from_utf8(&received[1].body).unwrap();
    page.assert_shows(&[body]);
    for own in &received {
        page.assert_shows(&[own.header("x-opentrain-signature")]);
    }
    let delivery = market.read("/deliveries/dlv_1").await;
    let delivery = &delivery["delivery"];
    assert_eq!(delivery["body"], body);
    assert_eq!(delivery["attempts"][0]["outcome"], json!({"Status": 500}));
    assert!(delivery["attempts"][1]["durationMs"].is_u64());
    assert_eq!(browser.open("/desk/deliveries/dlv_9").await.status, 404);
}

#[tokio::test]
async fn a_delivery_is_resent_by_hand() {
    let market = Market::new().await;
    let receiver = Receiver::start().await;
    let (token, _) = subscribed(&market, &receiver).await;
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    let browser = Browser(&market);
    let page = browser.open("/desk/deliveries/dlv_1").await;
    let done = browser.send(&page, "resendDelivery", &[]).await;
    market.opentrain.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[1].body, received[0].body);
    browser
        .open(done.url.path())
        .await
        .assert_shows(&["resent by hand"]);
    assert_eq!(
        market.human("/deliveries/dlv_9/resend", json!({})).await.0,
        404
    );
    market.assert_no_violations();
}

/// The buttons for what a receiver must refuse, and the JSON call behind them.
#[tokio::test]
async fn a_delivery_is_resent_changed_and_late() {
    let market = Market::new().await;
    let receiver = Receiver::start().await;
    let token = market.full().await;
    let hook = json!({"url": receiver.url, "eventTypes": ["proposal.received"]});
    let (_, answer) = market.post(&token, "/webhooks", hook).await;
    let secret = text(&answer["secret"]);
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    let browser = Browser(&market);
    let path = "/desk/deliveries/dlv_1";
    for how in ["changed-body", "late", "changed-and-signed"] {
        let page = browser.open(path).await;
        browser.send_with(&page, ("resendDelivery", how), &[]).await;
        market.opentrain.settle().await.unwrap();
    }
    let received = receiver.received();
    let [original, changed, late, signed] = &received[..] else {
        panic!("{} deliveries", received.len());
    };
    assert_eq!(late.body, original.body);
    for own in [changed, signed] {
        assert_eq!(own.json()["sandboxChanged"], true);
        assert_eq!(own.json()["id"], original.json()["id"]);
        assert_eq!(own.header("x-opentrain-delivery"), "dlv_1");
    }
    let signed_at = |own: &Received| {
        let header = own.header("x-opentrain-signature").to_owned();
        let (time, v1) = header[2..].split_once(",v1=").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(&own.body);
        let is_valid = hex::encode(mac.finalize().into_bytes()) == v1;
        is_valid.then(|| time.parse::<i64>().unwrap())
    };
    assert!(signed_at(original).is_some() && signed_at(signed).is_some());
    assert_eq!(signed_at(changed), None);
    let age = market.opentrain.now().as_second() - signed_at(late).unwrap();
    assert!((600..660).contains(&age), "{age}");
    browser.open(path).await.assert_shows(&[
        "resent with a changed body: 401 is right",
        "resent with an old signature: 401 is right",
        "resent with a changed body, signed",
    ]);
    let delivery = market.read("/deliveries/dlv_1").await;
    assert_eq!(delivery["delivery"]["attempts"][2]["resent"], "late");
    let other = json!({"as": "never"});
    assert_eq!(market.human("/deliveries/dlv_1/resend", other).await.0, 400);
}

#[tokio::test]
async fn an_endpoint_is_made_to_fail_without_being_called() {
    let market = Market::new().await;
    let receiver = Receiver::start().await;
    let (token, endpoint) = subscribed(&market, &receiver).await;
    let browser = Browser(&market);
    let page = browser.open(&format!("/desk/endpoints/{endpoint}")).await;
    page.assert_shows(&["shown once, when the endpoint was made", "0 of 10"]);
    assert!(!page.html.contains("whsec_"));
    let page = browser
        .send(&page, "updateEndpoint", &[("failNext", "2")])
        .await;
    page.assert_shows(&["the next 2 attempts"]);
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    market.advance("PT1M").await;
    assert!(receiver.received().is_empty());
    market.advance("PT4M").await;
    assert_eq!(receiver.received().len(), 1);
    let delivery = market.read("/deliveries?status=DELIVERED").await["deliveries"][0].clone();
    let simulated: Vec<&Value> = (0..3)
        .map(|at| &delivery["attempts"][at]["simulated"])
        .collect();
    assert_eq!(simulated, [true, true, false]);
    browser
        .open("/desk/deliveries/dlv_1")
        .await
        .assert_shows(&["made to fail, not sent"]);
}

#[tokio::test]
async fn an_endpoint_is_disabled_and_enabled_where_the_api_can() {
    let market = Market::new().await;
    let receiver = Receiver::start().await;
    let (_, public) = subscribed(&market, &receiver).await;
    let token = market.install(&["webhooks:manage"]).await;
    let hook = json!({"url": receiver.url, "eventTypes": ["contract.started"]});
    let (_, answer) = market
        .platform(Method::POST, &token, "/webhook-endpoints", Some(hook))
        .await;
    let platform = text(&answer["webhookEndpoint"]["id"]);
    let browser = Browser(&market);
    browser
        .open("/desk/endpoints?status=ACTIVE")
        .await
        .assert_shows(&[&public, &platform, &receiver.url]);
    for (id, enabled) in [(&public, false), (&platform, true)] {
        let page = browser.open(&format!("/desk/endpoints/{id}")).await;
        let page = browser
            .send_with(&page, ("updateEndpoint", "DISABLED"), &[])
            .await;
        page.assert_shows(&["State DISABLED"]);
        let (status, _) = market
            .human(&format!("/endpoints/{id}"), json!({"status": "ACTIVE"}))
            .await;
        assert_eq!(status, if enabled { 200 } else { 409 });
    }
    let endpoints = market.read("/endpoints").await["endpoints"].clone();
    assert_eq!(
        (&endpoints[0]["status"], &endpoints[1]["status"]),
        (&json!("ACTIVE"), &json!("DISABLED"))
    );
    assert!(!endpoints.to_string().contains("whsec_"));
}

#[tokio::test]
async fn changes_of_endpoints_are_checked() {
    let market = Market::new().await;
    let receiver = Receiver::start().await;
    subscribed(&market, &receiver).await;
    assert_eq!(
        market
            .human("/endpoints/whe_9", json!({"failNext": 1}))
            .await
            .0,
        404
    );
    assert_eq!(
        market
            .human("/endpoints/whe_1", json!({"failNext": 0}))
            .await
            .0,
        400
    );
}
