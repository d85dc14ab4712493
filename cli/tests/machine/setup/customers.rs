//! More customers connect, which assigns no project. From the second organisation on, only an operator assigns
//! projects.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{ConsentOptions, Fault, JobOptions, On, What};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

use crate::common::listener::refusing_together;
use crate::setup::ground::{Ground, PROJECT};
use crate::setup::projects::{MOVE, two};
use crate::setup::whole_loop::Served;

async fn connect(ground: &Ground, name: &str, organization: &str) -> String {
    let grant = ground.opentrain.consent(of(organization));
    ground.connect(name, &grant.token).await.done();
    grant.token
}

fn of(organization: &str) -> ConsentOptions {
    ConsentOptions {
        organization: organization.into(),
        ..ConsentOptions::default()
    }
}

fn job_of(ground: &Ground, organization: &str) -> String {
    ground.opentrain.create_job(JobOptions {
        organization: organization.into(),
        ..JobOptions::default()
    })
}

/// A link to `roads` that the customer makes at OpenTrain itself. Returns its job.
async fn link_at_opentrain(ground: &Ground, token: &str, organization: &str) -> String {
    ground.tool.create_project("roads", "Roads");
    let job = job_of(ground, organization);
    let made = json!({
        "externalProjectId": "roads", "jobId": job, "provisioningMode": "PARTNER_WEBHOOK",
    });
    ground.post(token, "project-links", &made).await;
    job
}

fn projects(ground: &Ground, name: &str) -> Value {
    ground.kept()["connections"][name]["projects"].clone()
}

/// A trainer who is hired on the job; a reconcile has run since.
async fn hired(ground: &Ground, job: &str) -> String {
    let maria = ground.trainer();
    ground.opentrain.hire(job, &maria).unwrap();
    ground.bridge(&["reconcile"]).await;
    maria
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_customer_opens_no_project_that_was_not_allowed() {
    let ground = two().await;
    let job = link_at_opentrain(&ground, &ground.grant.token, "org_1").await;
    let maria = hired(&ground, &job).await;
    assert!(ground.tool.member("roads", &maria).is_none());

    connect(&ground, "hooli", "org_hooli").await;
    assert_eq!(projects(&ground, "default"), json!([PROJECT]));
    assert_eq!(projects(&ground, "globex"), json!([]));
    assert_eq!(projects(&ground, "hooli"), json!([]));
    ground.bridge(&["projects", "record"]).await.done();
    assert_eq!(projects(&ground, "default"), json!([PROJECT]));
    ground.bridge(&["reconcile"]).await;
    assert!(ground.tool.member("roads", &maria).is_none());

    let allow = ["projects", "allow", "roads", "--connection", "default"];
    ground.bridge(&allow).await.done();
    ground.bridge(&["reconcile"]).await.done();
    assert!(ground.tool.member("roads", &maria).is_some());
}

/// The projects of its organisation belong to the new install, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_install_has_the_projects_of_its_organisation() {
    let ground = two().await;
    connect(&ground, "again", "org_1").await;
    assert_eq!(projects(&ground, "again"), json!([PROJECT]));
    assert_eq!(projects(&ground, "globex"), json!([]));
}

/// The links of the first one can't be read: nothing is stored, so that neither may use the other one's projects.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_customer_waits_until_it_is_known_whose_project_is_whose() {
    let ground = Ground::connected().await;
    let link = ["link", "--job", &ground.job, "--project", PROJECT];
    ground.bridge(&link).await.done();
    let before = ground.kept();
    let grant = ground.opentrain.consent(of("org_globex"));
    let list = On::call("GET", "/project-links");
    ground
        .opentrain
        .fault(Fault::lasting(list, What::status(500)));
    let refused = ground.connect("globex", &grant.token).await.failed(1);
    assert!(refused.contains("nothing was recorded"), "{refused}");
    assert_eq!(ground.kept(), before);
    ground.opentrain.clear_faults();
    ground.connect("globex", &grant.token).await.done();
    assert_eq!(projects(&ground, "default"), json!([PROJECT]));
    assert_eq!(projects(&ground, "globex"), json!([]));
}

/// Once projects are recorded, a new customer can connect without the links of the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_third_customer_connects_while_links_can_t_be_read() {
    let ground = two().await;
    let list = On::call("GET", "/project-links");
    ground
        .opentrain
        .fault(Fault::lasting(list, What::status(500)));
    connect(&ground, "hooli", "org_hooli").await;
    assert_eq!(projects(&ground, "hooli"), json!([]));
    assert_eq!(projects(&ground, "default"), json!([PROJECT]));
}

/// The token of one more organisation is set in the environment.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_another_token_opens_no_project() {
    let ground = Ground::new().await;
    let acme = connect(&ground, "acme", "org_acme").await;
    let job = job_of(&ground, "org_acme");
    let link = [
        "link",
        "--job",
        &job,
        "--project",
        PROJECT,
        "--connection",
        "acme",
    ];
    ground.bridge(&link).await.done();
    connect(&ground, "globex", "org_globex").await;
    link_at_opentrain(&ground, &acme, "org_acme").await;
    let mut serve = ground.command(&["serve"]);
    serve
        .env("OPENTRAIN_PARTNER_TOKEN", &ground.grant.token)
        .env("BRIDGE_LISTEN", "127.0.0.1:0");
    until_up(serve).await;
    assert_eq!(projects(&ground, "default"), json!([]));
    assert_eq!(projects(&ground, "acme"), json!([PROJECT]));
    assert_eq!(projects(&ground, "globex"), json!([]));
}

/// Several organisations connected before projects were recorded, and OpenTrain refuses every token. The owners of the
/// projects are unknown, and no empty lists may be recorded.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_while_nothing_is_known() {
    let ground = two().await;
    let mut kept = ground.kept();
    for name in ["default", "globex"] {
        kept["connections"][name]
            .as_object_mut()
            .unwrap()
            .remove("projects");
    }
    std::fs::write(ground.connections(), kept.to_string()).unwrap();
    let refused = Fault::lasting(On::any(), What::status(401));
    ground.opentrain.fault(refused);
    let mut serve = ground.command(&["serve"]);
    serve.env("BRIDGE_LISTEN", "127.0.0.1:0");
    let log = until_up(serve).await;
    assert!(log.contains("no access is granted"), "{log}");
    assert!(projects(&ground, "default").is_null());
    let listed = ground.bridge(&["projects", "--json"]).await;
    assert!(listed.out.contains("\"recorded\": false"), "{}", listed.out);

    ground.opentrain.clear_faults();
    ground.bridge(&["projects", "record"]).await.done();
    assert_eq!(projects(&ground, "default"), json!([PROJECT]));
    assert_eq!(projects(&ground, "globex"), json!([]));
}

/// The running bridge read the list of connections before the customer connected.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_can_be_disconnected_right_after_connecting() {
    let ground = Ground::connected().await;
    let mut serve = ground.command(&["serve"]);
    serve.env("BRIDGE_LISTEN", "127.0.0.1:0");
    let (mut bridge, _lines, _) = logged(serve, "the bridge is up").await;
    connect(&ground, "globex", "org_globex").await;
    let disconnect = ["disconnect", "globex", "--yes"];
    ground.bridge(&disconnect).await.done();
    let unknown = ["disconnect", "glubex", "--yes"];
    let unknown = ground.bridge(&unknown).await;
    assert!(
        unknown.err.contains("Known: default, globex"),
        "{unknown:?}"
    );
    bridge.kill().await.unwrap();
}

/// Starts a bridge and ends it when it is up; its log until then.
async fn until_up(command: std::process::Command) -> String {
    until_log(command, "the bridge is up").await
}

/// Runs a command until its log has `text`. Returns the log.
async fn until_log(command: std::process::Command, text: &str) -> String {
    let (mut bridge, _lines, log) = logged(command, text).await;
    bridge.kill().await.unwrap();
    log
}

type Log = Lines<BufReader<ChildStderr>>;

/// Starts a bridge. Returns it when its log has `text`, with the rest of its log and its log until then.
async fn logged(command: std::process::Command, text: &str) -> (Child, Log, String) {
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true).stderr(Stdio::piped());
    let mut bridge = command.spawn().unwrap();
    let mut lines = BufReader::new(bridge.stderr.take().unwrap()).lines();
    let mut log = String::new();
    let is_said = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            log += &line;
            if line.contains(text) {
                return true;
            }
        }
        false
    };
    let is_said = tokio::time::timeout(Duration::from_secs(30), is_said).await;
    assert_eq!(is_said, Ok(true), "it does not say `{text}`: {log}");
    (bridge, lines, log)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urls_of_several_customers_are_called_at_once() {
    let ground = Ground::connected().await;
    let origin = refusing_together(2).await;
    for name in ["acme", "globex"] {
        connect(&ground, name, &format!("org_{name}")).await;
        let hook = format!("{origin}/hooks/{name}");
        let subscribe = ["subscribe", "--url", &hook, "--connection", name];
        ground.bridge(&subscribe).await.done();
    }
    let checked = ground.bridge(&["check", "--json"]).await.out;
    let refused = checked.matches("refuses what is not signed");
    assert_eq!(refused.count(), 2, "{checked}");
}

/// The customer has left, and OpenTrain refuses the token.
#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_customer_is_not_asked() {
    let ground = Ground::connected().await;
    let grant = ground.opentrain.consent(of("org_globex"));
    ground.connect("globex", &grant.token).await.done();
    let served = Served::start_with(&ground, "127.0.0.1:0", &[]);
    let disconnect = ["disconnect", "globex", "--yes"];
    ground.bridge(&disconnect).await.done();
    served.terminate();
    ground.opentrain.revoke_token(&grant.install_id).unwrap();
    let of_one = ["check", "--json", "--connection", "globex"];
    for args in [&of_one[..2], &of_one[..]] {
        let checked: Value = serde_json::from_str(&ground.bridge(args).await.out).unwrap();
        let findings = checked["findings"].as_array().unwrap().iter();
        let text = |it: &Value| format!("{} {} {}", it["state"], it["finding"], it["fix"]);
        let of_globex = findings.map(text).filter(|it| it.contains("globex"));
        let of_globex: Vec<_> = of_globex.collect();
        assert!(
            of_globex.len() == 1
                && of_globex[0].starts_with("\"good\"")
                && of_globex[0].contains("disconnected by an operator")
                && of_globex[0].contains("bridge connect --connection globex"),
            "{of_globex:?}"
        );
        assert!(!checked.to_string().contains("401"), "{checked}");
    }
    let mut serve = ground.command(&["serve"]);
    serve.env("BRIDGE_LISTEN", "127.0.0.1:0");
    let log = until_log(serve, "disconnected by an operator").await;
    assert!(!log.contains("could not be read"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_names_its_own_connection() {
    let ground = Ground::connected().await;
    let grant = ground.opentrain.consent(of("org_globex"));
    ground.connect("globex", &grant.token).await.done();
    ground.opentrain.revoke_token(&grant.install_id).unwrap();
    for args in [
        &["check", "--connection", "globex"][..],
        &["check", "--json"],
    ] {
        let shown = ground.bridge(args).await.out;
        assert!(
            shown.contains("bridge connect --connection globex"),
            "{shown}"
        );
        assert!(!shown.contains("--connection NAME"), "{shown}");
    }
}

/// The project has moved to another organisation.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_moves_a_project_back_is_whole() {
    let ground = two().await;
    ground.bridge(&MOVE).await.done();
    let maria = hired(&ground, &ground.job).await;
    let explained = ground.bridge(&["explain", &maria, "--json"]).await.json();
    assert_eq!(
        explained["youCan"][0]["command"],
        format!("bridge projects move {PROJECT} --connection default"),
        "{explained}"
    );
}
