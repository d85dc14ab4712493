//! From the token to reported work, with commands only. The queue is processed as the function does it.

use serde_json::Value;
use shared::model::clock::{Clock, SystemClock};
use simulator::{TrainerOptions, Work};

use crate::scene::{PROJECT, Scene};

/// The hire happened before the subscription, so only a reconcile finds it.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_stack_is_set_up_and_looked_after() {
    let scene = Scene::connected().await;
    let link = scene
        .bridge(&["link", "--job", &scene.job, "--project", PROJECT])
        .await
        .json();
    assert_eq!(link["link"]["externalProjectId"], PROJECT);
    let hook = crate::listener::receiver("default").await;
    let endpoint = scene.bridge(&["subscribe", "--url", &hook]).await.json();
    assert_eq!(
        endpoint["stored"],
        "the parameters below /bridge/labels/connections"
    );
    let kept = scene.kept().await;
    let webhooks = &kept["default"]["webhooks"];
    assert_eq!(webhooks[0]["endpoint"], endpoint["endpoint"]["id"]);
    let checked = scene.bridge(&["check"]).await.json();
    assert_eq!(checked["good"], true, "{checked}");
    let maria = TrainerOptions {
        work_email: Some("maria@opentrain.work".into()),
        ..TrainerOptions::default()
    };
    let maria = scene.opentrain.create_trainer(maria).unwrap();
    let contract = scene.opentrain.hire(&scene.job, &maria).unwrap();
    dry(&scene).await;
    mended(&scene, &maria).await;
    reported(&scene, &maria, &contract).await;
    scene.close();
}

/// A dry run reports the difference and changes nothing.
async fn dry(scene: &Scene) {
    let outcome = scene.bridge(&["reconcile", "--dry-run"]).await.json();
    assert_eq!(outcome["access"].as_array().unwrap().len(), 1, "{outcome}");
    let status = status(scene).await;
    assert_eq!(status["access"], Value::Array(Vec::new()));
    assert_eq!(status["queue"]["waiting"], 0);
    let links = scene.bridge(&["links"]).await.json();
    assert_eq!(links["links"][0]["bridge"], "unheard");
}

/// The reconcile queues messages for the function.
async fn mended(scene: &Scene, maria: &str) {
    scene.bridge(&["reconcile"]).await.json();
    assert_eq!(status(scene).await["queue"]["waiting"], 1);
    assert!(scene.tool.member(PROJECT, maria).is_none());
    assert_eq!(scene.provision().await, 1);
    assert!(scene.tool.member(PROJECT, maria).is_some());
    let status = status(scene).await;
    assert_eq!(status["access"][0]["state"], "granted", "{status}");
    assert_eq!(status["queue"]["waiting"], 0);
    assert!(status["lastReconcile"].is_object(), "{status}");
    let links = scene.bridge(&["links"]).await.json();
    assert_eq!(links["links"][0]["bridge"], "known");
}

async fn reported(scene: &Scene, maria: &str, contract: &str) {
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    scene
        .tool
        .record_work(PROJECT, maria, today, Work::of_seconds(600))
        .unwrap();
    scene.bridge(&["usage", "--dry-run"]).await.json();
    assert!(scene.opentrain.usage(contract).unwrap().is_empty());
    scene.bridge(&["usage"]).await.json();
    let rows = scene.opentrain.usage(contract).unwrap();
    assert_eq!(rows.len(), 1);
    let budget = scene.bridge(&["budget"]).await.json();
    assert!(budget.to_string().contains(contract), "{budget}");
}

async fn status(scene: &Scene) -> Value {
    scene.bridge(&["status"]).await.json()
}
