//! Stacks that can't be used, and two operators at once.

use futures::future::join;
use simulator::ConsentOptions;

use crate::scene::{STACK, Scene};

#[track_caller]
fn assert_tells(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

/// A stack of another name, or in another region.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn an_unknown_stack_is_named_in_the_error() {
    let scene = Scene::new().await;
    let run = scene.run(scene.command(&["status", "--stack", "nowhere"]), "");
    let text = run.await.misused();
    assert_tells(&text, &["nowhere/settings", "AWS_REGION", "deploy"]);
}

/// The variable works like the flag.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_stack_without_connections_names_the_command_to_connect() {
    let scene = Scene::new().await;
    for args in [&["links"][..], &["usage"], &["reconcile", "--dry-run"]] {
        let mut command = scene.command(args);
        command.env("BRIDGE_STACK", STACK);
        let text = scene.run(command, "").await.misused();
        assert_tells(&text, &["bridge connect --stack labels"]);
    }
}

/// They are reported before any call to AWS.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn missing_credentials_are_reported_with_the_login_command() {
    let scene = Scene::new().await;
    let mut command = scene.command(&["status", "--stack", STACK]);
    command.env_remove("AWS_ACCESS_KEY_ID");
    let text = scene.run(command, "").await.misused();
    assert_tells(&text, &["no credentials", "aws sso login", "AWS_PROFILE"]);
    let mut command = scene.command(&["status", "--stack", STACK]);
    command.env_remove("AWS_REGION");
    let text = scene.run(command, "").await.misused();
    assert_tells(&text, &["no AWS region", "AWS_REGION"]);
}

/// A profile in the operator's own file, as the SDK finds it.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_profile_is_used() {
    let scene = Scene::new().await;
    let mut command = scene.command(&["status", "--stack", STACK, "--json"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "[profile work]\nregion = eu-central-1\naws_access_key_id = local\naws_secret_access_key = local\n";
    std::fs::write(file.path(), text).unwrap();
    command
        .env_remove("AWS_REGION")
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONFIG_FILE", file.path())
        .env("AWS_PROFILE", "work");
    let status = scene.run(command, "").await.json();
    assert_eq!(status["queue"]["waiting"], 0);
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_stack_is_not_served_from_a_machine() {
    let scene = Scene::new().await;
    let mut command = scene.command(&["serve"]);
    command.env("BRIDGE_STACK", STACK);
    let text = scene.run(command, "").await.misused();
    assert_tells(&text, &["bridge serve", "labels", "unset BRIDGE_STACK"]);
    let both = scene.command(&["status", "--stack", STACK, "--db", "x.db"]);
    assert_tells(&scene.run(both, "").await.misused(), &["--db"]);
}

/// Each connects a customer. Both connections are stored.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn two_operators_at_once_lose_nothing() {
    let scene = Scene::new().await;
    let other = scene.opentrain.consent(ConsentOptions {
        organization: "org_2".into(),
        ..ConsentOptions::default()
    });
    let (one, two) = join(
        scene.connect("one", &scene.grant.token),
        scene.connect("two", &other.token),
    )
    .await;
    assert_eq!(
        one.json()["stored"],
        "the parameters below /bridge/labels/connections"
    );
    two.json();
    let kept = scene.kept().await;
    assert_eq!(kept["one"]["token"], scene.grant.token);
    assert_eq!(kept["two"]["token"], other.token);
}
