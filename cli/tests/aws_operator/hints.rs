//! What a command says to do next can be typed as it stands: it names the stack.

use serde_json::Value;

use crate::scene::{PROJECT, STACK, Scene};

const HOOK: &str = "https://api.example.com/hooks/acme";

/// Prints for people.
async fn told(scene: &Scene, args: &[&str]) -> String {
    let args = [args, &["--stack", STACK]].concat();
    let token = &scene.grant.token;
    let told = scene.run(scene.command(&args), token).await.done();
    assert!(!told.contains("serve"), "nobody serves a stack: {told}");
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
    let old = scene.kept().await["connections"]["acme"]["webhooks"][0]["endpoint"].clone();
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

/// `check` has its hints in its findings.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn every_cure_names_the_stack() {
    let scene = Scene::connected().await;
    let cures = async || {
        let run = scene.bridge(&["check"]).await;
        let checked: Value = serde_json::from_str(&run.out).unwrap();
        let findings = checked["findings"].as_array().unwrap().iter();
        let cures = findings.filter_map(|it| it["cure"].as_str().map(str::to_owned));
        cures.collect::<Vec<_>>().join("\n")
    };
    let nothing_yet = cures().await;
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
    scene.bridge(&["endpoints", "disable", id]).await.json();
    let off = cures().await;
    assert_hints(&off, &[&format!("endpoints enable {id} --stack labels")]);
    scene.close();
}
