//! `bridge dead-letters`, `retry`, `invitations` and `unlink` on a stack.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use shared::model::clock::SystemClock;
use shared::queue::{Message, Queue, SqsQueue};

use crate::scene::Scene;
use crate::statements::{hired, state};

/// A stored dead letter: a convergence of this trainer.
async fn bury(scene: &Scene, trainer: &str) {
    let queue = SqsQueue::new(&scene.clients, &scene.stack.queues, Arc::new(SystemClock));
    let message = Message::Converge {
        trainer: trainer.into(),
        recheck: false,
        wake_up: None,
    };
    queue.send(message.encode()).await.unwrap();
    let received = queue.receive(1, Duration::from_secs(60), Duration::from_secs(1));
    let received = received.await.unwrap().remove(0);
    queue.dead_letter(&received, "a test").await.unwrap();
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn dead_letters_are_listed_redriven_and_dropped() {
    let scene = Scene::connected().await;
    let (maria, _) = hired(&scene).await;
    for trainer in [maria.as_str(), "usr_ben"] {
        bury(&scene, trainer).await;
    }
    let listed = scene.bridge(&["dead-letters"]).await.json();
    assert_eq!(listed["count"], 2, "{listed}");
    assert_eq!(listed["causes"][0]["reason"], "a test");
    let ids = &listed["causes"][0]["ids"];
    let id = ids[0].as_str().unwrap();
    let shown = scene.bridge(&["dead-letters", "show", id]).await.json();
    assert_eq!(shown["body"]["trainer"], maria.as_str());
    let redriven = scene.bridge(&["dead-letters", "redrive", id]).await.json();
    assert_eq!(redriven["ids"], json!([id]));
    assert_eq!(scene.provision().await, 1);
    let drop = ["dead-letters", "drop", "--all", "1", "--reason", "a test"];
    let refused = scene.bridge(&drop).await.misused();
    assert!(refused.contains("`--yes`"), "{refused}");
    let dropped = scene.bridge(&[&drop[..], &["--yes"]].concat()).await.json();
    assert_eq!(dropped["ids"], json!([ids[1]]));
    assert_eq!(scene.bridge(&["dead-letters"]).await.json()["count"], 0);
    assert_eq!(scene.provision().await, 0);
    scene.close();
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn work_is_retried_and_a_link_deleted_through_the_provisioner() {
    let scene = Scene::connected().await;
    let (maria, _) = hired(&scene).await;
    let retried = scene.bridge(&["retry", &maria]).await.json();
    assert_eq!(retried["trainer"], maria.as_str());
    assert_eq!(scene.provision().await, 1);
    let invitations = scene.bridge(&["invitations"]).await.json();
    assert_eq!(invitations["invitations"], json!([]));
    let events = scene
        .bridge(&["events", "--contract", "ctr_1"])
        .await
        .json();
    let log = events["log"].as_str().unwrap();
    for part in [
        "/aws/lambda/labels-webhook",
        "$.['contract.id'] = \"ctr_1\"",
    ] {
        assert!(log.contains(part), "{log}");
    }
    let link = scene.opentrain.links()[0].id.clone();
    let dry = scene.bridge(&["unlink", &link, "--dry-run"]).await.json();
    assert_eq!(dry["access"]["losing"], json!([maria]));
    let gone = state(&scene, &["unlink", &link, "--yes", "--json"]).await;
    assert_eq!(gone.json()["recorded"], true);
    assert!(scene.tool.member(crate::scene::PROJECT, &maria).is_none());
    scene.close();
}
