//! `bridge end`, `bridge settle` and `bridge disconnect` on a stack: the provisioner writes, and the command waits for
//! it.

use std::cell::Cell;

use serde_json::Value;
use simulator::{Fault, ToolCall, TrainerOptions, What};

use crate::scene::{PROJECT, Run, STACK, Scene};

/// A trainer with access to the project. Returns the ids of the trainer and the contract.
pub(crate) async fn hired(scene: &Scene) -> (String, String) {
    let link = ["link", "--job", &scene.job, "--project", PROJECT];
    scene.bridge(&link).await.json();
    let maria = TrainerOptions {
        work_email: Some("maria@opentrain.work".into()),
        ..TrainerOptions::default()
    };
    let maria = scene.opentrain.create_trainer(maria).unwrap();
    let contract = scene.opentrain.hire(&scene.job, &maria).unwrap();
    scene.bridge(&["reconcile"]).await.json();
    scene.provision().await;
    assert!(scene.tool.member(PROJECT, &maria).is_some());
    (maria, contract)
}

/// Runs a command while the provisioner processes the queue.
pub(crate) async fn state(scene: &Scene, args: &[&str]) -> Run {
    let args = [args, &["--stack", STACK]].concat();
    let is_over = Cell::new(false);
    let command = async {
        let run = scene.run(scene.command(&args), "").await;
        is_over.set(true);
        run
    };
    let provisioner = async {
        while !is_over.get() {
            scene.provision().await;
        }
        scene.provision().await;
    };
    tokio::join!(command, provisioner).0
}

async fn access(scene: &Scene) -> Value {
    scene.bridge(&["status"]).await.json()["access"][0]["recorded"].take()
}

/// Only the provisioner writes the trainer's document, in the trainer's group and with the lease. The command records
/// the action: a row, and the head of the operators' chain.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_command_writes_only_that_it_was_given() {
    let scene = Scene::connected().await;
    let (maria, contract) = hired(&scene).await;
    let writes = async || {
        let puts = scene.emulator.requests("DynamoDB_20120810.PutItem").await;
        puts.unwrap()
    };
    let before = writes().await;
    let ended = scene.bridge(&["end", &contract, "--yes"]).await.json();
    assert_eq!(ended["hires"][0]["contract"], contract.as_str());
    assert_eq!(
        ended["hires"][0]["recorded"], false,
        "no provisioner runs: {ended}"
    );
    assert_eq!(writes().await, before + 2);
    let audit = scene.bridge(&["audit"]).await.json();
    let entries = audit["entries"].as_array().unwrap();
    let end = entries.iter().find(|it| it["event"] == "operator.end");
    let end = end.unwrap();
    assert_eq!(end["target"], contract.as_str());
    let actor = end["actor"].as_str().unwrap();
    assert!(actor.starts_with("arn:aws:"), "{actor}");
    let status = scene.bridge(&["status"]).await.json();
    assert_eq!(status["queue"]["waiting"], 1, "{status}");
    assert!(scene.tool.member(PROJECT, &maria).is_some());
    assert_eq!(scene.provision().await, 1);
    assert!(scene.tool.member(PROJECT, &maria).is_none());
    let explained = scene.bridge(&["explain", &maria]).await.json();
    assert_eq!(explained["verdict"], "not-in", "{explained}");
    let verified = scene.bridge(&["audit", "verify"]).await.json();
    assert_eq!(verified["broken"], serde_json::json!([]));
    scene.close();
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_command_reports_when_the_provisioner_has_recorded_it() {
    let scene = Scene::connected().await;
    let (maria, _) = hired(&scene).await;
    let gone = state(&scene, &["disconnect", "default", "--yes"]).await;
    let gone = gone.done();
    assert!(gone.contains("disconnected default"), "{gone}");
    assert!(gone.contains("1 trainer keeps"), "{gone}");
    assert_eq!(access(&scene).await, "granted");

    let refused = Fault::lasting(ToolCall::DeleteMember, What::status(409));
    scene.tool.fault(refused);
    let ended = state(&scene, &["end", &maria, "--yes", "--json"]).await;
    assert_eq!(ended.json()["hires"][0]["recorded"], true);
    assert_eq!(access(&scene).await, "removing");
    let settle = [
        "settle",
        &maria,
        PROJECT,
        "--reason",
        "seen by hand",
        "--yes",
    ];
    let settled = state(&scene, &settle).await.done();
    assert!(settled.contains("settled"), "{settled}");
    assert_eq!(access(&scene).await, "removed");
    let again = state(&scene, &settle).await;
    assert!(again.err.contains("is open"), "{}", again.err);
    scene.tool.clear_faults();
    scene.close();
}
