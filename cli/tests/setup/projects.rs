//! Whose project is whose, once several organisations are served.

use std::process::Command;
use std::time::Duration;

use simulator::ConsentOptions;

use crate::ground::{Ground, PROJECT};

fn globex() -> ConsentOptions {
    ConsentOptions {
        organization: "org_globex".into(),
        ..ConsentOptions::default()
    }
}

/// `default` has linked the project; `globex` is another organisation.
async fn two() -> Ground {
    let ground = Ground::connected().await;
    let link = ["link", "--job", &ground.job, "--project", PROJECT];
    ground.bridge(&link).await.done();
    let grant = ground.opentrain.consent(globex());
    ground.connect("globex", &grant.token).await.done();
    ground
}

/// The environment's connection has linked the project; `globex` is another organisation.
async fn beside_the_environment() -> Ground {
    let ground = Ground::new().await;
    let link = ["link", "--job", &ground.job, "--project", PROJECT];
    ground.run(with_token(&ground, &link), "").await.done();
    let grant = ground.opentrain.consent(globex());
    ground.connect("globex", &grant.token).await.done();
    ground
}

fn with_token(ground: &Ground, args: &[&str]) -> Command {
    let mut command = ground.command(args);
    command.env("OPENTRAIN_PARTNER_TOKEN", &ground.grant.token);
    command
}

async fn list(ground: &Ground) -> Vec<(String, String, bool)> {
    let listed = ground.bridge(&["projects", "--json"]).await.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let row = |row: &serde_json::Value| {
        let allowed = row["allowed"].as_bool().unwrap();
        (text(&row["project"]), text(&row["connection"]), allowed)
    };
    listed["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_belongs_to_the_organisation_that_linked_it_first() {
    let ground = two().await;
    assert_eq!(
        list(&ground).await,
        [(PROJECT.to_owned(), "default".to_owned(), true)]
    );
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["default"]["projects"], serde_json::json!([PROJECT]));
    assert_eq!(kept["globex"]["projects"], serde_json::json!([]));

    let job = ground
        .opentrain
        .create_job(simulator::JobOptions::default());
    let link = [
        "link",
        "--job",
        &job,
        "--project",
        PROJECT,
        "--connection",
        "globex",
    ];
    let refused = ground.bridge(&link).await.failed(2);
    assert!(
        refused.contains("belongs to org_1") && refused.contains("bridge projects move streets"),
        "{refused}"
    );
    let allow = ["projects", "allow", PROJECT, "--connection", "globex"];
    let refused = ground.bridge(&allow).await.failed(2);
    assert!(
        refused.contains("bridge projects move streets --connection globex"),
        "{refused}"
    );

    let moved = ["projects", "move", PROJECT, "--connection", "globex"];
    let refused = ground.bridge(&moved).await.failed(2);
    assert!(refused.contains("--yes"), "{refused}");
    ground
        .bridge(&[&moved[..], &["--yes"]].concat())
        .await
        .done();
    assert_eq!(
        list(&ground).await,
        [(PROJECT.to_owned(), "default".to_owned(), false)]
    );
    let checked = ground.bridge(&["check"]).await;
    assert_eq!(checked.code, 1, "{}", checked.err);
    assert!(
        checked.out.contains("belongs to org_globex")
            && checked.out.contains("bridge projects move"),
        "{}",
        checked.out
    );
    ground.close();
}

/// The environment's connection is not in the file: it is one of several organisations all the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_environments_connection_has_its_projects() {
    let ground = beside_the_environment().await;
    let checked = ground.run(with_token(&ground, &["check"]), "").await;
    assert!(
        checked.out.contains("bridge projects record"),
        "{}",
        checked.out
    );

    ground
        .run(with_token(&ground, &["projects", "record"]), "")
        .await
        .done();
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["default"]["projects"], serde_json::json!([PROJECT]));
    assert!(kept["default"]["token"].is_null());
    assert_eq!(kept["globex"]["projects"], serde_json::json!([]));
    let checked = ground.run(with_token(&ground, &["check"]), "").await;
    assert!(!checked.out.contains("bridge projects"), "{}", checked.out);
    ground.close();
}

/// Without an operator's command: the bridge records it when it starts.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_records_whose_project_is_whose() {
    let ground = beside_the_environment().await;
    let mut serve = with_token(&ground, &["serve"]);
    serve.env("BRIDGE_LISTEN", "127.0.0.1:0");
    let mut serve = tokio::process::Command::from(serve);
    let mut serve = serve.kill_on_drop(true).spawn().unwrap();
    let recorded = async {
        let mut look = tokio::time::interval(Duration::from_millis(10));
        while ground.kept()["connections"]["default"]["projects"].is_null() {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), recorded)
        .await
        .unwrap();
    serve.kill().await.unwrap();
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["default"]["projects"], serde_json::json!([PROJECT]));
    assert_eq!(kept["globex"]["projects"], serde_json::json!([]));
}
