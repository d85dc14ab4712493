//! Owners of projects, when several organisations are served.

use std::process::Command;
use std::time::Duration;

use shared::model::clock::{Clock, SystemClock};
use simulator::{ConsentOptions, Fault, On, What, Work};

use crate::setup::ground::{Ground, PROJECT};

fn globex() -> ConsentOptions {
    ConsentOptions {
        organization: "org_globex".into(),
        ..ConsentOptions::default()
    }
}

/// The command that gives the project to the second organisation.
pub(super) const MOVE: [&str; 6] = [
    "projects",
    "move",
    PROJECT,
    "--connection",
    "globex",
    "--yes",
];

/// `default` has linked the project; `globex` is another organisation.
pub(crate) async fn two() -> Ground {
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

    let refused = ground.bridge(&MOVE[..5]).await.failed(2);
    assert!(refused.contains("--yes"), "{refused}");
    ground.bridge(&MOVE).await.done();
    let row = |name: &str, allowed| (PROJECT.to_owned(), name.to_owned(), allowed);
    assert_eq!(
        list(&ground).await,
        [row("default", false), row("globex", true)]
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

/// `connect` takes the new customer's token from the environment: it is not that of `default`.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_environment_gives_is_the_new_connections() {
    let ground = Ground::connected().await;
    let link = ["link", "--job", &ground.job, "--project", PROJECT];
    ground.bridge(&link).await.done();
    let grant = ground.opentrain.consent(globex());
    let mut connect = ground.command(&["connect", "--connection", "globex"]);
    connect.env("OPENTRAIN_PARTNER_TOKEN", &grant.token);
    ground.run(connect, "").await.done();
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["default"]["projects"], serde_json::json!([PROJECT]));
    assert_eq!(kept["globex"]["projects"], serde_json::json!([]));
    ground.close();
}

/// The environment's connection is not in the file, but its organisation is one of several nevertheless.
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

fn link(job: &str) -> [&str; 5] {
    ["link", "--job", job, "--project", PROJECT]
}

/// The customer who was there first has left, and OpenTrain refuses its token.
#[tokio::test(flavor = "multi_thread")]
async fn projects_are_recorded_although_a_token_is_dead() {
    let ground = Ground::connected().await;
    ground.bridge(&link(&ground.job)).await.done();
    ground.bridge(&["reconcile"]).await.done();
    let install = &ground.grant.install_id;
    ground.opentrain.revoke_install(install).unwrap();
    let grant = ground.opentrain.consent(globex());
    ground.connect("globex", &grant.token).await.done();
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["default"]["projects"], serde_json::json!([PROJECT]));
    assert_eq!(kept["globex"]["projects"], serde_json::json!([]));

    ground.tool.create_project("roads", "Roads");
    let allow = ["projects", "allow", "roads", "--connection", "globex"];
    ground.bridge(&allow).await.done();
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["globex"]["projects"], serde_json::json!(["roads"]));
}

/// The variable names another customer's token than before.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_organisation_does_not_get_the_projects_of_the_first() {
    let ground = beside_the_environment().await;
    let record = with_token(&ground, &["projects", "record"]);
    ground.run(record, "").await.done();
    let xen = ground.opentrain.consent(ConsentOptions {
        organization: "org_xen".into(),
        ..ConsentOptions::default()
    });
    for args in [&["serve"][..], &["projects"], &link(&ground.job)] {
        let mut command = ground.command(args);
        command
            .env("OPENTRAIN_PARTNER_TOKEN", &xen.token)
            .env("BRIDGE_LISTEN", "127.0.0.1:0");
        let refused = ground.run(command, "").await.failed(2);
        assert!(
            refused.contains("org_1") && refused.contains("org_xen"),
            "{refused}"
        );
    }
    assert_eq!(ground.opentrain.links().len(), 1);
}

/// A token that is stored under one name records nothing for another name.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_environment_is_stored_under_its_name_alone() {
    let ground = Ground::new().await;
    let grant = ground.opentrain.consent(globex());
    ground.connect("globex", &grant.token).await.done();
    let connect = with_token(&ground, &["connect", "--connection", "acme"]);
    ground.run(connect, "").await.done();
    let kept = ground.kept()["connections"].clone();
    let names: Vec<_> = kept.as_object().unwrap().keys().collect();
    assert_eq!(names, ["acme", "globex"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_given_to_a_connection_that_is_named_and_there() {
    let ground = two().await;
    ground.tool.create_project("roads", "Roads");
    let unnamed = ground
        .bridge(&["projects", "allow", "roads"])
        .await
        .failed(2);
    assert!(unnamed.contains("Known: default, globex."), "{unnamed}");
    let unknown = ["projects", "allow", "roads", "--connection", "nope"];
    let unknown = ground.bridge(&unknown).await.failed(2);
    assert!(
        unknown.contains("Unknown connection nope. Known: default, globex."),
        "{unknown}"
    );
    let missing = ["projects", "allow", "nosuch", "--connection", "globex"];
    ground.bridge(&missing).await.failed(2);
    let kept = ground.kept()["connections"].clone();
    assert_eq!(kept["globex"]["projects"], serde_json::json!([]));

    let allow = ["projects", "allow", "roads", "--connection", "globex"];
    ground.bridge(&allow).await.done();
    let listed = list(&ground).await;
    let roads = ("roads".to_owned(), "globex".to_owned(), true);
    assert!(
        listed.contains(&roads),
        "it is shown without a link: {listed:?}"
    );
}

/// OpenTrain has a link to a project that is recorded for no organisation: the fix is `allow`.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_not_recorded_is_not_called_anothers() {
    let ground = two().await;
    ground.tool.create_project("roads", "Roads");
    let made = serde_json::json!({
        "externalProjectId": "roads", "jobId": ground.job, "provisioningMode": "PARTNER_WEBHOOK",
    });
    ground
        .post(&ground.grant.token, "project-links", &made)
        .await;
    let shown = ground.bridge(&["projects"]).await.done();
    assert!(
        shown.contains("not recorded") && shown.contains("--connection default"),
        "{shown}"
    );
    let checked = ground.bridge(&["check"]).await.out;
    assert!(checked.contains("bridge projects allow roads"), "{checked}");
}

/// After a move the other organisation's work on the project is not reported.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_reports_the_work_of_the_other_organisation_first() {
    let ground = two().await;
    let maria = ground.trainer();
    let contract = ground.opentrain.hire(&ground.job, &maria).unwrap();
    ground.bridge(&["reconcile"]).await.done();
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let work = Work::of_seconds(3600);
    let recorded = ground.tool.correct_work(PROJECT, &maria, today, work);
    recorded.unwrap();
    let usage = On::call("POST", "/contracts/*/usage");
    let down = Fault::lasting(usage, What::status(503));
    ground.opentrain.fault(down);
    let refused = ground.bridge(&MOVE).await.failed(1);
    assert!(
        refused.contains("not all work on project") && refused.contains("--force"),
        "{refused}"
    );
    let allowed = ("streets".to_owned(), "default".to_owned(), true);
    assert_eq!(list(&ground).await, [allowed]);
    ground.opentrain.clear_faults();
    ground.bridge(&MOVE).await.done();
    let reported = ground.opentrain.usage(&contract).unwrap();
    assert_eq!(reported[0].seconds, Some(3600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_names_the_trainers_who_keep_access() {
    let ground = two().await;
    let maria = ground.trainer();
    let contract = ground.opentrain.hire(&ground.job, &maria).unwrap();
    ground.bridge(&["reconcile"]).await.done();
    assert!(ground.tool.member(PROJECT, &maria).is_some());
    let moved = ground.bridge(&MOVE).await.done();
    let keeps = format!("keeps access until the contract ends: {maria} ({contract})");
    assert!(moved.contains(&keeps), "{moved}");
    assert!(ground.tool.member(PROJECT, &maria).is_some());
    let status = ground.bridge(&["status"]).await.done();
    assert!(status.contains("belongs to org_globex"), "{status}");
}
