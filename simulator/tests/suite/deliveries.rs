//! Deliveries: receivers and order.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{DeliveryStatus, EventType, Hold, Options, Outcome};

use crate::support::{Receiver, Scene, in_order};

#[tokio::test]
async fn a_hire_is_sent_once_per_link() {
    let scene = Scene::with(in_order()).await;
    let second = scene.api.link("project-2", Some(&scene.job)).await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    let contract = scene.hire();
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    for (received, link) in received.iter().zip([&scene.link, &second]) {
        let event = received.json();
        assert_eq!(event["type"], "contract.started");
        assert_eq!(event["apiVersion"], "v1");
        assert_eq!(event["resourceId"], contract);
        assert_eq!(event["jobId"], scene.job);
        let data = &event["data"];
        assert_eq!(data["projectLink"]["id"], *link);
        assert_eq!(data["contract"]["status"], "active");
        assert_eq!(data["freelancer"]["opentrainUserId"], scene.trainer);
        assert_eq!(data["freelancer"]["workEmail"], "maria@opentrain.work");
        assert_eq!(received.header("x-opentrain-event"), "contract.started");
        assert_eq!(received.header("content-type"), "application/json");
        assert_eq!(
            received.header("user-agent"),
            "OpenTrain-Partner-Webhooks/1.0"
        );
        assert!(!received.header("x-opentrain-delivery").is_empty());
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn an_end_contains_its_date() {
    let scene = Scene::with(in_order()).await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    let contract = scene.hire();
    scene.opentrain.end_contract(&contract).unwrap();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["contract.started", "contract.ended"]);
    let body = receiver.received()[1].json()["data"]["contract"].clone();
    assert_eq!(body["status"], "ended");
    assert!(body["endDate"].is_string());
}

#[tokio::test]
async fn link_events_contain_the_final_snapshot() {
    let scene = Scene::with(in_order()).await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    let link = scene.api.link("project-2", None).await;
    scene.api.delete(&format!("/project-links/{link}")).await;
    scene.opentrain.settle().await.unwrap();
    assert_eq!(
        receiver.types(),
        ["project_link.created", "project_link.removed"]
    );
    for received in receiver.received() {
        let event = received.json();
        assert_eq!(event["resourceId"], link);
        assert_eq!(event["jobId"], Value::Null);
        assert_eq!(
            event["data"]["projectLink"]["externalProjectId"],
            "project-2"
        );
    }
}

#[tokio::test]
async fn event_ids_outgrow_their_digits() {
    let scene = Scene::new().await;
    for _ in 0..10 {
        scene.hire();
    }
    let events = scene.opentrain.events();
    let ids: Vec<u64> = events.iter().map(|own| own.id.parse().unwrap()).collect();
    assert!(ids.is_sorted() && ids[0] == 95 && ids.contains(&100));
}

#[tokio::test]
async fn a_silent_receiver_reaches_the_time_out() {
    let options = Options {
        attempt_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let scene = Scene::with(options).await;
    let receiver = Receiver::start().await;
    receiver.mute();
    scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    let delivery = &scene.opentrain.deliveries()[0];
    assert_eq!(delivery.status, DeliveryStatus::Pending);
    assert_eq!(delivery.attempts[0].outcome, Outcome::Timeout);
}

#[tokio::test]
async fn redirects_4xx_and_closed_ports_are_failures() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next(&[302, 404]);
    let (id, _) = scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    scene.opentrain.skip(Duration::from_secs(60));
    scene.opentrain.settle().await.unwrap();
    let path = format!("/webhook-endpoints/{id}");
    for (url, seconds) in [
        ("http://127.0.0.1:1/", 300),
        ("https://bridge.example/", 1800),
    ] {
        scene.api.patch(&path, json!({"url": url})).await;
        scene.opentrain.skip(Duration::from_secs(seconds));
        scene.opentrain.settle().await.unwrap();
    }
    let delivery = &scene.opentrain.deliveries()[0];
    let outcomes: Vec<Outcome> = delivery.attempts.iter().map(|own| own.outcome).collect();
    let expected = [
        Outcome::Status(302),
        Outcome::Status(404),
        Outcome::Refused,
        Outcome::NotSent,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(receiver.received().len(), 2, "no redirect was followed");
}

#[tokio::test]
async fn a_held_delivery_is_overtaken() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    scene.opentrain.hold(Hold::of(EventType::ContractStarted));
    let contract = scene.hire();
    scene.opentrain.end_contract(&contract).unwrap();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["contract.ended"]);
    scene.opentrain.release();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types(), ["contract.ended", "contract.started"]);
    scene.opentrain.hold(Hold::about(&scene.trainer));
    scene.hire();
    scene.api.link("project-2", None).await;
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.types().last().unwrap(), "project_link.created");
}

#[tokio::test]
async fn a_waiting_retry_can_be_held() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next(&[500]);
    scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    scene.opentrain.hold(Hold::all());
    scene.opentrain.skip(Duration::from_secs(60));
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    scene.opentrain.release();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn a_replay_has_the_same_id_and_body() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    let delivery = scene.opentrain.deliveries()[0].id.clone();
    scene.opentrain.replay(&delivery).unwrap();
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body);
    for received in received {
        assert_eq!(received.header("x-opentrain-delivery"), delivery);
    }
    let view = &scene.opentrain.deliveries()[0];
    assert_eq!(
        (view.status, view.attempts.len()),
        (DeliveryStatus::Delivered, 2)
    );
    assert!(scene.opentrain.replay("dlv_99").is_err());
}

#[tokio::test]
async fn events_can_be_lost_and_emails_withheld() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    scene.api.subscribe(&receiver).await;
    scene.opentrain.lose_events(1);
    scene.hire();
    scene.opentrain.withhold_email_from_events(true);
    let second = scene.hire();
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    let event = received[0].json();
    assert_eq!(event["resourceId"], second);
    assert_eq!(event["data"]["freelancer"].get("workEmail"), None);
    let path = format!("/contracts/{second}/participants");
    let (_, body) = scene.api.get(&path).await;
    assert!(
        body["participants"][0]["workEmail"].is_string(),
        "the participants contain it"
    );
    let lost = scene
        .opentrain
        .events()
        .iter()
        .filter(|own| own.lost)
        .count();
    assert_eq!(lost, 1);
}
