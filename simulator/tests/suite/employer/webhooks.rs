//! Webhooks of the Public API.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::support::{Market, ids, reason};
use crate::support::{Receiver, text};

async fn subscribe(market: &Market, token: &str, receiver: &Receiver, types: &[&str]) -> Value {
    let body = json!({"url": receiver.url, "eventTypes": types});
    let (status, answer) = market.post(token, "/webhooks", body).await;
    assert_eq!(status, 201, "{answer}");
    answer
}

#[tokio::test]
async fn a_delivery_is_one_signed_event_of_the_feed() {
    let market = Market::new().await;
    let token = market.full().await;
    let receiver = Receiver::start().await;
    let types = ["approval.confirmed", "contract.created", "contract.created"];
    let created = subscribe(&market, &token, &receiver, &types).await;
    assert_eq!(
        created["webhook"]["eventTypes"],
        json!(["contract.created", "approval.confirmed"])
    );
    assert!(created["webhook"].get("consecutiveFailures").is_none());
    let secret = text(&created["secret"]);
    assert!(secret.starts_with("whsec_"));
    market.contract(&token).await;
    market.opentrain.settle().await.unwrap();
    let received = receiver.received();
    let mut types = receiver.types();
    types.sort();
    assert_eq!(
        types,
        ["approval.confirmed", "contract.created"],
        "only what was asked for"
    );
    let (_, feed) = market.get(&token, "/updates").await;
    for own in &received {
        assert!(feed["events"].as_array().unwrap().contains(&own.json()));
        assert_eq!(own.header("x-opentrain-event"), own.event_type());
        assert_eq!(own.header("user-agent"), "OpenTrain-Webhooks/1.0");
        let signature = own.header("x-opentrain-signature");
        let (t, v1) = signature
            .strip_prefix("t=")
            .unwrap()
            .split_once(",v1=")
            .unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{t}.").as_bytes());
        mac.update(&own.body);
        mac.verify_slice(&hex::decode(v1).unwrap()).unwrap();
    }
    let (_, list) = market.get(&token, "/webhooks").await;
    assert!(
        !list.to_string().contains("whsec_"),
        "the secret is shown once"
    );
    assert!(
        market.opentrain.deliveries().is_empty(),
        "they are not the platform's"
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn a_failed_delivery_is_tried_five_times_and_ten_disable() {
    let market = Market::new().await;
    let token = market.full().await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let created = subscribe(&market, &token, &receiver, &["proposal.received"]).await;
    let path = format!("/webhooks/{}", text(&created["webhook"]["id"]));
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    // Retries 1, 5, 30 and 120 minutes after the first failure.
    for (wait, made) in [
        ("PT1M", 2),
        ("PT4M", 3),
        ("PT25M", 4),
        ("PT90M", 5),
        ("P1D", 5),
    ] {
        let answer = market.advance(wait).await;
        assert_eq!(receiver.received().len(), made, "{wait}");
        let fired = answer["fired"].as_array().unwrap();
        assert_eq!(fired.len(), usize::from(wait != "P1D"), "{answer}");
        assert!(
            fired
                .iter()
                .all(|own| own["eventType"] == "proposal.received" && own["api"] == "public")
        );
    }
    let ids: Vec<String> = receiver
        .received()
        .iter()
        .map(|own| own.header("x-opentrain-delivery").to_owned())
        .collect();
    assert!(ids.iter().all(|own| *own == ids[0]));
    assert_eq!(
        market.get(&token, &path).await.1["webhook"]["status"],
        "ACTIVE"
    );
    for _ in 0..9 {
        market.proposal(&job).await;
    }
    market.opentrain.settle().await.unwrap();
    for wait in ["PT1M", "PT4M", "PT25M", "PT90M"] {
        market.advance(wait).await;
    }
    let (_, answer) = market.get(&token, &path).await;
    assert_eq!(answer["webhook"]["status"], "DISABLED");
    assert_eq!(
        answer["webhook"]["disabledReason"],
        "Disabled after repeated delivery failures"
    );
    assert!(answer["webhook"]["disabledAt"].is_string());
    let before = receiver.received().len();
    market.proposal(&job).await;
    market.advance("P1D").await;
    assert_eq!(receiver.received().len(), before);
    // The gap is read from the feed.
    assert_eq!(market.updates(&token).await.len(), 11);
}

#[tokio::test]
async fn webhooks_are_listed_and_deleted_with_their_deliveries() {
    let market = Market::new().await;
    let token = market.full().await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let first = subscribe(&market, &token, &receiver, &["proposal.received"]).await;
    let second = subscribe(&market, &token, &receiver, &["message.received"]).await;
    let (_, list) = market.get(&token, "/webhooks").await;
    let id = |own: &Value| text(&own["webhook"]["id"]);
    assert_eq!(ids(&list["webhooks"]), [id(&second), id(&first)]);
    let job = market.job(&token).await;
    market.proposal(&job).await;
    market.opentrain.settle().await.unwrap();
    let path = format!("/webhooks/{}", id(&first));
    let (status, answer) = market.delete(&token, &path).await;
    assert_eq!((status, &answer["deleted"]), (200, &json!(true)));
    assert_eq!(answer["webhook"]["id"], id(&first));
    market.advance("PT5M").await;
    assert_eq!(
        receiver.received().len(),
        1,
        "nothing is tried after the deletion"
    );
    let (status, answer) = market.get(&token, &path).await;
    let details = json!({"resource": "webhooks", "webhookId": id(&first)});
    assert_eq!((status, &answer["details"]), (404, &details));
    assert_eq!(market.delete(&token, &path).await.0, 404);
    let (organization, _) = market.claimed("ann@acme.example").await;
    let other = market.token_of(&organization, &["webhooks:manage"]).await;
    let path = format!("/webhooks/{}", id(&second));
    assert_eq!(market.get(&other, &path).await.0, 404);
    assert_eq!(market.delete(&other, &path).await.0, 404);
    assert_eq!(
        market.patch(&token, &path, json!({})).await.0,
        405,
        "there is no update"
    );
}

#[tokio::test]
async fn bad_webhooks_are_refused() {
    let market = Market::new().await;
    let token = market.full().await;
    let types = json!(["message.received"]);
    for body in [
        json!({"url": "http://other.example/hook", "eventTypes": types}),
        json!({"url": "not a url", "eventTypes": types}),
        json!({"url": format!("https://x.example/{}", "x".repeat(2048)), "eventTypes": types}),
        json!({"url": "https://x.example", "eventTypes": []}),
        json!({"url": "https://x.example", "eventTypes": ["contract.started"]}),
        json!({"url": "https://x.example"}),
    ] {
        assert_eq!(
            market.post(&token, "/webhooks", body.clone()).await.0,
            400,
            "{body}"
        );
    }
    market.assert_no_violations();
    let narrow = market.token(&["webhooks:manage", "messages:read"]).await;
    let body =
        json!({"url": "https://x.example", "eventTypes": ["message.received", "payment.pending"]});
    let (status, answer) = market.post(&narrow, "/webhooks", body).await;
    assert_eq!(
        (status, &answer["details"]["requiredScopes"]),
        (403, &json!(["payments:read"]))
    );
    for _ in 0..10 {
        let body = json!({"url": "https://x.example", "eventTypes": types});
        assert_eq!(market.post(&narrow, "/webhooks", body).await.0, 201);
    }
    let body = json!({"url": "https://x.example", "eventTypes": types});
    let (status, answer) = market.post(&narrow, "/webhooks", body).await;
    assert_eq!((status, reason(&answer)), (409, "webhook_limit_reached"));
}
