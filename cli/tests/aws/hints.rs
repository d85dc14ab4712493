//! Hints of commands on a stack: each suggested command names the stack, so that it can be copied.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;
use simulator::TrainerOptions;

use crate::scene::{PROJECT, STACK, Scene};

const HOOK: &str = "https://api.example.com/hooks/acme";

/// Output of a command for people.
async fn told(scene: &Scene, args: &[&str]) -> String {
    let args = [args, &["--stack", STACK]].concat();
    let token = &scene.grant.token;
    let told = scene.run(scene.command(&args), token).await.done();
    assert!(
        !told.contains("serve"),
        "a stack has no `bridge serve`: {told}"
    );
    told
}

#[track_caller]
fn assert_hints(told: &str, commands: &[&str]) {
    for command in commands {
        assert!(told.contains(command), "`{command}` is not in: {told}");
    }
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn every_next_step_names_the_stack() {
    let scene = Scene::new().await;
    let acme = ["--connection", "acme"];
    let on = async |args: &[&str]| told(&scene, &[args, &acme].concat()).await;
    let flags = "--stack labels --connection acme";
    let connected = on(&["connect"]).await;
    assert_hints(
        &connected,
        &[
            &format!("bridge link --job JOB --project PROJECT {flags}"),
            &format!("/hooks/acme {flags}"),
        ],
    );
    let links = on(&["links"]).await;
    assert_hints(&links, &[&format!("--project PROJECT {flags}`")]);
    let endpoints = on(&["endpoints"]).await;
    assert_hints(&endpoints, &[&format!("/hooks/acme {flags}`")]);
    let contracts = on(&["contracts"]).await;
    assert_hints(&contracts, &[&format!("`bridge links {flags}`")]);
    on(&["link", "--job", &scene.job, "--project", PROJECT]).await;
    let first = on(&["subscribe", "--url", HOOK]).await;
    assert_hints(&first, &[&format!("Next: bridge check {flags}\n")]);
    let old = scene.kept().await["acme"]["webhooks"][0]["endpoint"].clone();
    let old = old.as_str().unwrap();
    let second = on(&["subscribe", "--url", HOOK]).await;
    assert_hints(&second, &[&format!("`bridge unsubscribe {old} {flags}`")]);
    let enabled = on(&["endpoints", "enable", old]).await;
    assert_hints(
        &enabled,
        &[
            &format!("`bridge endpoints redeliver {old} {flags}`"),
            "`bridge reconcile --stack labels`",
        ],
    );
    scene.close();
}

/// Fixes in the findings of `check`.
async fn cures(scene: &Scene) -> String {
    let run = scene.bridge(&["check"]).await;
    let checked: Value = serde_json::from_str(&run.out).unwrap();
    let findings = checked["findings"].as_array().unwrap().iter();
    let cures = findings.filter_map(|it| it["fix"].as_str().map(str::to_owned));
    let cures = cures.collect::<Vec<_>>().join("\n");
    assert!(
        !cures.contains("serve"),
        "a stack has no `bridge serve`: {cures}"
    );
    cures
}

/// Intake of a stack is a function behind the URL in an output. It has a log of its own.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn hints_for_failed_deliveries_name_the_stacks_function() {
    let scene = Scene::connected().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = free.local_addr().unwrap();
    drop(free);
    let hook = format!("http://{closed}/hooks/default");
    scene.bridge(&["subscribe", "--url", &hook]).await.json();
    let link = ["link", "--job", &scene.job, "--project", PROJECT];
    scene.bridge(&link).await.json();
    let trainer = scene.opentrain.create_trainer(TrainerOptions::default());
    scene.opentrain.hire(&scene.job, &trainer.unwrap()).unwrap();
    for _attempt in 0..10 {
        scene.opentrain.settle().await.unwrap();
        scene.opentrain.skip(Duration::from_secs(24 * 3600));
    }
    let failures = scene.opentrain.endpoints()[0].consecutive_failures;
    assert!((1..10).contains(&failures), "{failures}");
    assert_hints(&cures(&scene).await, &["HookUrl", "webhook function"]);
    scene.close();
}

/// `check` has its hints in its findings.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn every_fix_names_the_stack() {
    let scene = Scene::connected().await;
    let nothing_yet = cures(&scene).await;
    assert_hints(
        &nothing_yet,
        &[
            "bridge link --job JOB --project PROJECT --stack labels",
            "/hooks/default --stack labels",
        ],
    );
    let hook = "https://api.example.com/hooks/default";
    let endpoint = scene.bridge(&["subscribe", "--url", hook]).await.json();
    let id = endpoint["endpoint"]["id"].as_str().unwrap();
    scene
        .bridge(&["endpoints", "disable", id, "--yes"])
        .await
        .json();
    let off = cures(&scene).await;
    assert_hints(&off, &[&format!("endpoints enable {id} --stack labels")]);
    scene.close();
}
