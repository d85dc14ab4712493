//! Retries, final failure, disabling and redelivery.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use simulator::{DeliveryStatus, EndpointStatus, Options};

use crate::support::{Receiver, Scene, minutes};

/// Runs every pending retry to its end.
async fn run_ladder(scene: &Scene) {
    scene.opentrain.settle().await.unwrap();
    for wait in [1, 5, 30, 120] {
        scene.opentrain.skip(minutes(wait));
        scene.opentrain.settle().await.unwrap();
    }
}

#[tokio::test]
async fn a_delivery_is_tried_five_times() {
    let start: jiff::Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let options = Options {
        clock: Arc::new(move || start),
        ..Options::default()
    };
    let scene = Scene::with(options).await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let (id, _) = scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    // One second before each retry no attempt is made; at its time, one is made.
    let mut skipped = 0;
    for (made, offset) in [60, 5 * 60, 30 * 60, 120 * 60].into_iter().enumerate() {
        for (wait, expected) in [(offset - skipped - 1, made + 1), (1, made + 2)] {
            scene.opentrain.skip(Duration::from_secs(wait));
            skipped += wait;
            scene.opentrain.settle().await.unwrap();
            assert_eq!(receiver.received().len(), expected, "at {skipped} s");
        }
    }
    let delivery = &scene.opentrain.deliveries()[0];
    assert_eq!(delivery.status, DeliveryStatus::Failed);
    let offsets: Vec<i64> = delivery
        .attempts
        .iter()
        .map(|own| own.at.as_second() - start.as_second())
        .collect();
    assert_eq!(offsets, [0, 60, 300, 1800, 7200]);
    scene.opentrain.skip(minutes(10_000));
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 5);
    let endpoint = scene.opentrain.endpoint(&id).unwrap();
    assert_eq!(
        (endpoint.status, endpoint.consecutive_failures),
        (EndpointStatus::Active, 1)
    );
}

#[tokio::test]
async fn a_retry_keeps_its_id_and_is_signed_anew() {
    let seconds = Arc::new(std::sync::atomic::AtomicI64::new(1_781_258_400));
    let own = Arc::clone(&seconds);
    let clock = move || {
        let now = own.load(std::sync::atomic::Ordering::SeqCst);
        jiff::Timestamp::from_second(now).unwrap()
    };
    let options = Options {
        clock: Arc::new(clock),
        ..Options::default()
    };
    let scene = Scene::with(options).await;
    let receiver = Receiver::start().await;
    receiver.answer_next(&[503]);
    scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    seconds.fetch_add(60, std::sync::atomic::Ordering::SeqCst);
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    let header = |at: usize, name| received[at].header(name).to_owned();
    assert_eq!(
        header(0, "x-opentrain-delivery"),
        header(1, "x-opentrain-delivery")
    );
    assert_eq!(received[0].body, received[1].body);
    assert!(header(0, "x-opentrain-signature").starts_with("t=1781258400,"));
    assert!(header(1, "x-opentrain-signature").starts_with("t=1781258460,"));
    assert_eq!(
        scene.opentrain.deliveries()[0].status,
        DeliveryStatus::Delivered
    );
}

#[tokio::test]
async fn ten_failed_deliveries_disable_the_endpoint() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let (id, _) = scene.api.subscribe(&receiver).await;
    for _ in 0..9 {
        scene.hire();
    }
    run_ladder(&scene).await;
    let endpoint = scene.opentrain.endpoint(&id).unwrap();
    assert_eq!(
        (endpoint.status, endpoint.consecutive_failures),
        (EndpointStatus::Active, 9)
    );
    // The tenth has only its last retry left when the eleventh, still pending, is created.
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    for wait in [1, 5, 30] {
        scene.opentrain.skip(minutes(wait));
        scene.opentrain.settle().await.unwrap();
    }
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    scene.opentrain.skip(minutes(120));
    scene.opentrain.settle().await.unwrap();
    let endpoint = scene.opentrain.endpoint(&id).unwrap();
    assert_eq!(
        (endpoint.status, endpoint.consecutive_failures),
        (EndpointStatus::Disabled, 10)
    );
    assert!(endpoint.disabled_at.is_some() && endpoint.disabled_reason.is_some());
    let failed = |own: &simulator::DeliveryView| own.status == DeliveryStatus::Failed;
    assert!(scene.opentrain.deliveries().iter().all(failed));
    // No more attempts are made, and no new delivery is created.
    let before = receiver.received().len();
    scene.hire();
    scene.opentrain.skip(minutes(1000));
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), before);
    assert_eq!(scene.opentrain.deliveries().len(), 11);
}

#[tokio::test]
async fn a_success_resets_the_counter() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let (id, _) = scene.api.subscribe(&receiver).await;
    for _ in 0..9 {
        scene.hire();
    }
    run_ladder(&scene).await;
    receiver.answer(204);
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(
        scene.opentrain.endpoint(&id).unwrap().consecutive_failures,
        0
    );
}

#[tokio::test]
async fn a_disabled_endpoint_recovers_by_patch_and_redeliver() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let (id, _) = scene.api.subscribe(&receiver).await;
    for _ in 0..10 {
        scene.hire();
    }
    run_ladder(&scene).await;
    assert_eq!(
        scene.opentrain.endpoint(&id).unwrap().status,
        EndpointStatus::Disabled
    );
    receiver.answer(204);
    let path = format!("/webhook-endpoints/{id}");
    // Deliveries that are requeued while it is disabled wait until it is active.
    let redeliver = format!("{path}/redeliver");
    let (status, body) = scene.api.post(&redeliver, json!({})).await;
    assert_eq!((status, &body["requeued"]), (200, &json!(10)));
    assert_eq!(body["webhookEndpoint"]["status"], "DISABLED");
    let before = receiver.received().len();
    scene.opentrain.skip(minutes(5));
    // Another endpoint's delivery shows that the engine has checked for due deliveries.
    let other = Receiver::start().await;
    scene.api.subscribe(&other).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    assert_eq!(
        (receiver.received().len(), other.received().len()),
        (before, 1)
    );
    let (_, body) = scene.api.patch(&path, json!({"status": "ACTIVE"})).await;
    assert_eq!(body["webhookEndpoint"]["consecutiveFailures"], 0);
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), before + 10);
    let (_, body) = scene.api.post(&redeliver, json!({})).await;
    assert_eq!(body["requeued"], 0, "no delivery is FAILED");
    scene.assert_no_violations();
}

#[tokio::test]
async fn one_delivery_is_redelivered_with_any_status() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    let (id, _) = scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    let delivery = scene.opentrain.deliveries()[0].id.clone();
    let path = format!("/webhook-endpoints/{id}/redeliver");
    let (_, body) = scene.api.post(&path, json!({"deliveryId": delivery})).await;
    assert_eq!(body["requeued"], 1);
    // Not at once, but at the next run.
    scene.opentrain.settle().await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    scene.opentrain.skip(minutes(5));
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[1].header("x-opentrain-delivery"), delivery);
    let (status, _) = scene.api.post(&path, json!({"deliveryId": "dlv_99"})).await;
    assert_eq!(status, 404);
    // Without a body, every FAILED one is requested.
    let bare = scene
        .api
        .request(reqwest::Method::POST, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 200);
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_pending_delivery_is_moved_to_the_next_run() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next(&[500]);
    let (id, _) = scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    let delivery = scene.opentrain.deliveries()[0].id.clone();
    let path = format!("/webhook-endpoints/{id}/redeliver");
    scene.api.post(&path, json!({"deliveryId": delivery})).await;
    for (wait, expected) in [(2, 1), (3, 2), (1000, 2)] {
        scene.opentrain.skip(minutes(wait));
        scene.opentrain.settle().await.unwrap();
        assert_eq!(receiver.received().len(), expected);
    }
}

#[tokio::test]
async fn a_deleted_endpoint_gets_nothing_more() {
    let scene = Scene::new().await;
    let receiver = Receiver::start().await;
    receiver.answer(500);
    let (id, _) = scene.api.subscribe(&receiver).await;
    scene.hire();
    scene.opentrain.settle().await.unwrap();
    scene.api.delete(&format!("/webhook-endpoints/{id}")).await;
    run_ladder(&scene).await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(
        scene.opentrain.deliveries()[0].status,
        DeliveryStatus::Failed
    );
}
