//! Endpoints 10 to 14.

use serde_json::{Value, json};
use simulator::{ConsentOptions, EventType};

use crate::support::{Api, Receiver, Scene, text};

#[tokio::test]
async fn the_secret_is_shown_once() {
    let scene = Scene::new().await;
    let body = json!({"url": "https://bridge.example/hook", "eventTypes": ["contract.started"]});
    let (status, made) = scene.api.post("/webhook-endpoints", body).await;
    let hook = &made["webhookEndpoint"];
    assert_eq!(status, 201);
    assert!(text(&made["secret"]).starts_with("whsec_") && made["message"].is_string());
    assert_eq!(hook["status"], "ACTIVE");
    assert_eq!(hook["consecutiveFailures"], 0);
    assert_eq!(
        (&hook["disabledAt"], &hook["disabledReason"]),
        (&Value::Null, &Value::Null)
    );
    let path = format!("/webhook-endpoints/{}", text(&hook["id"]));
    let expected = json!({"webhookEndpoint": hook});
    assert_eq!(scene.api.get(&path).await, (200, expected));
    let (_, list) = scene.api.get("/webhook-endpoints").await;
    assert_eq!(list, json!({"webhookEndpoints": [hook]}));
    let (_, patched) = scene.api.patch(&path, json!({"status": "ACTIVE"})).await;
    assert_eq!(patched, json!({"webhookEndpoint": hook}));
    assert_eq!(scene.api.delete(&path).await.0, 204);
    assert_eq!(scene.api.get(&path).await.0, 404);
    scene.assert_no_violations();
}

#[tokio::test]
async fn urls_are_https_or_local() {
    let scene = Scene::new().await;
    let cases = [
        ("https://bridge.example/hook", 201),
        ("http://localhost:1/hook", 201),
        ("http://127.0.0.1:1/hook", 201),
        ("http://[::1]:1/hook", 201),
        ("http://bridge.example/hook", 400),
        ("http://localhost.example/hook", 400),
        ("ftp://localhost/hook", 400),
        ("https://169.254.169.254/latest", 400),
        ("https://[::ffff:169.254.169.254]/latest", 400),
        ("https://[fd00:ec2::254]/latest", 400),
        ("https://[fe80::1]/hook", 400),
        ("https://172.17.0.2/hook", 201),
        ("hook", 400),
    ];
    for (url, expected) in cases {
        let body = json!({"url": url, "eventTypes": ["contract.ended"]});
        assert_eq!(
            scene.api.post("/webhook-endpoints", body).await.0,
            expected,
            "{url}"
        );
    }
    for types in [json!([]), json!(["contract.paused"])] {
        let body = json!({"url": "https://bridge.example", "eventTypes": types});
        assert_eq!(scene.api.post("/webhook-endpoints", body).await.0, 400);
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn an_update_changes_all_or_nothing() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    let (id, _) = scene.api.subscribe(&receiver).await;
    let path = format!("/webhook-endpoints/{id}");
    let bad = json!({"url": "https://new.example/", "status": "PAUSED"});
    assert_eq!(scene.api.patch(&path, bad).await.0, 400);
    assert_eq!(scene.opentrain.endpoint(&id).unwrap().url, receiver.url);
    let good = json!({"url": "https://new.example/", "eventTypes": ["contract.ended"],
        "status": "DISABLED"});
    let (_, body) = scene.api.patch(&path, good).await;
    let hook = &body["webhookEndpoint"];
    assert_eq!(hook["url"], "https://new.example/");
    assert_eq!(hook["eventTypes"], json!(["contract.ended"]));
    assert_eq!(hook["status"], "DISABLED");
    assert!(hook["disabledAt"].is_string() && hook["disabledReason"].is_string());
    scene.assert_no_violations();
}

#[tokio::test]
async fn there_is_no_backfill() {
    let scene = Scene::new().await;
    let early = scene.hire();
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    let late = scene.hire();
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].json()["resourceId"], late);
    assert_ne!(early, late);
}

#[tokio::test]
async fn an_endpoint_gets_its_types_from_its_own_install() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    scene
        .api
        .subscribe_to(&receiver, &[EventType::ContractEnded])
        .await;
    let grant = scene.opentrain.consent(ConsentOptions::default());
    let other = Api::new(&scene.opentrain, &grant);
    let stranger = Receiver::start().await;
    let (foreign, _) = other.subscribe(&stranger).await;
    let contract = scene.hire();
    scene.opentrain.end_contract(&contract).unwrap();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["contract.ended"]);
    assert!(stranger.types().is_empty());
    let path = format!("/webhook-endpoints/{foreign}");
    assert_eq!(scene.api.get(&path).await.0, 404);
    assert_eq!(scene.api.delete(&path).await.0, 404);
    assert_eq!(
        scene
            .api
            .post(&format!("{path}/redeliver"), json!({}))
            .await
            .0,
        404
    );
}
