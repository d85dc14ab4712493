//! A webhook endpoint that was disabled.

use std::time::Duration;

use serde_json::{Value, json};
use shared::opentrain::{EndpointPatch, EndpointStatus};
use shared::reconcile::Wish;
use simulator::{DeliveryStatus, EndpointStatus as Status};

use crate::common::command::bridge;
use crate::common::world::{World, play};
use crate::reconcile::kit::{drift, reconcile, reconcile_as};

const PROJECT: &str = "streets";

/// Longer than the whole ladder of retries.
const LADDER: Duration = Duration::from_secs(3 * 3600);

/// Ten deliveries fail for good, so that OpenTrain disables the endpoint: it led nowhere for a while.
async fn disable_by_failures(world: &World, job: &str) {
    let platform = &world.customers["default"].platform;
    let endpoint = platform
        .endpoints()
        .await
        .unwrap()
        .whole()
        .unwrap()
        .remove(0);
    let url = |url: &str| EndpointPatch {
        url: Some(url.into()),
        ..EndpointPatch::default()
    };
    platform
        .update_endpoint(&endpoint.id, &url("http://127.0.0.1:1/hooks/default"))
        .await
        .unwrap();
    for n in 0..10 {
        world.hire(job, &world.trainer(&format!("usr_{n}")));
    }
    world.opentrain.settle().await.unwrap();
    for _ in 0..4 {
        world.opentrain.skip(LADDER);
        world.opentrain.settle().await.unwrap();
    }
    assert_eq!(world.opentrain.endpoints()[0].status, Status::Disabled);
    platform
        .update_endpoint(&endpoint.id, &url(&endpoint.url))
        .await
        .unwrap();
}

/// The alerts that are open.
async fn alerts(world: &World) -> Value {
    let status = bridge(world, &["status", "--json"]).await.json();
    status["alerts"].clone()
}

#[tokio::test]
async fn an_endpoint_that_failures_disabled_is_enabled_and_its_deliveries_are_requested() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        disable_by_failures(world, &job).await;
        let outcome = reconcile(world).await;
        assert!(
            drift(&outcome).contains(&"endpoint disabled".to_owned()),
            "{:?}",
            outcome.drift
        );
        assert_eq!(
            world.members(PROJECT).len(),
            10,
            "the facts are healed without them"
        );
        assert_eq!(world.opentrain.endpoints()[0].status, Status::Active);
        assert_eq!(alerts(world).await, json!([]));
        world.opentrain.skip(Duration::from_secs(300));
        world.idle().await;
        let all = world.opentrain.deliveries();
        assert!(all.iter().all(|it| it.status == DeliveryStatus::Delivered));
        assert!(drift(&reconcile(world).await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_that_was_disabled_by_hand_stays_so() {
    play(async |world| {
        let platform = &world.customers["default"].platform;
        let endpoint = platform
            .endpoints()
            .await
            .unwrap()
            .whole()
            .unwrap()
            .remove(0);
        let off = EndpointPatch {
            status: Some(EndpointStatus::Disabled),
            ..EndpointPatch::default()
        };
        platform.update_endpoint(&endpoint.id, &off).await.unwrap();
        let outcome = reconcile(world).await;
        assert!(
            outcome
                .notes
                .iter()
                .any(|note| note.text.contains("by hand")),
            "{:?}",
            outcome.notes
        );
        assert_eq!(world.opentrain.endpoints()[0].status, Status::Disabled);
        let open = alerts(world).await;
        assert_eq!(open[0]["kind"], "endpoint-disabled", "{open}");
        let enable = ["endpoints", "enable", endpoint.id.as_str()];
        bridge(world, &enable).await.done();
        assert_eq!(alerts(world).await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn that_there_is_none_is_told_with_the_cure() {
    play(async |world| {
        let platform = &world.customers["default"].platform;
        let endpoint = platform
            .endpoints()
            .await
            .unwrap()
            .whole()
            .unwrap()
            .remove(0);
        platform.delete_endpoint(&endpoint.id).await.unwrap();
        let outcome = reconcile_as(world, Wish::default()).await;
        assert_eq!(outcome.all_done(), Ok(()), "a reconcile can do no more");
        let notes: Vec<_> = outcome.notes.iter().map(|note| &note.text).collect();
        let is_told =
            |it: &&String| it.contains("bridge subscribe") && it.contains("/hooks/default");
        assert!(notes.iter().any(is_told), "{notes:?}");
    })
    .await;
}
