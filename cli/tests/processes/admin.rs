//! Metrics and health for administrators.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use simulator::{Fault, ToolCall, What};

use super::kit::{Bridge, Ground};
use crate::common::events::{Link, started};
use crate::common::wait::until;

fn serve(ground: &Ground) -> (Bridge, String) {
    let mut command = ground.command(&["serve"]);
    command.env("ADMIN_LISTEN", "0");
    let bridge = Bridge::start(command);
    let admin = bridge.admin.unwrap();
    assert!(admin.ip().is_loopback(), "a port alone is on this machine");
    (bridge, format!("http://{admin}"))
}

async fn get(ground: &Ground, url: &str) -> (u16, String) {
    let answer = ground.client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn has_line(ground: &Ground, metrics: &str, line: &str) {
    until(line, async || {
        let (status, text) = get(ground, metrics).await;
        status == 200 && text.lines().any(|it| it == line)
    })
    .await;
}

#[tokio::test]
async fn metrics_count_what_the_bridge_does_and_name_no_one() {
    let ground = Ground::new().await;
    let (bridge, admin) = serve(&ground);
    let metrics = format!("{admin}/metrics");
    for line in [
        "bridge_accepted_total 0",
        "bridge_ready 1",
        "bridge_queue_messages{state=\"dead\"} 0",
        concat!(
            "bridge_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"} 1"
        ),
    ] {
        has_line(&ground, &metrics, line).await;
    }
    let event = started(1, "ctr_1", "usr_maria", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &event).await.status, 202);
    let (status, _) = get(&ground, &format!("http://{}/hooks/none", bridge.address)).await;
    assert_eq!(status, 405);
    for line in [
        "bridge_accepted_total 1",
        "bridge_applied_total 1",
        "bridge_converge_latency_seconds_count 1",
        "bridge_rejected_total{reason=\"method-not-allowed\"} 1",
    ] {
        has_line(&ground, &metrics, line).await;
    }
    let (_, text) = get(&ground, &metrics).await;
    for id in ["usr_maria", "ctr_1", "link_1", "streets"] {
        assert!(!text.contains(id), "{id}: {text}");
    }
    assert!(bridge.terminate().0.success());
}

/// A tool that rejects the data: no retry helps.
#[tokio::test]
async fn a_grant_that_no_retry_can_fix_needs_an_operator() {
    let ground = Ground::new().await;
    let refused = Fault::lasting(ToolCall::PutMember, What::status(422));
    ground.tool.fault(refused);
    let (bridge, admin) = serve(&ground);
    let metrics = format!("{admin}/metrics");
    has_line(&ground, &metrics, "bridge_operator_needed_total 0").await;
    let event = started(1, "ctr_1", "usr_maria", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &event).await.status, 202);
    has_line(&ground, &metrics, "bridge_applied_total 1").await;
    has_line(&ground, &metrics, "bridge_operator_needed_total 1").await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test]
async fn the_two_listeners_serve_different_paths() {
    let ground = Ground::new().await;
    let (bridge, admin) = serve(&ground);
    let public = format!("http://{}", bridge.address);
    assert_eq!(get(&ground, &format!("{public}/metrics")).await.0, 404);
    let event = started(1, "ctr_1", "maria", &Link::new("link_1", "streets"));
    let to_admin = ground.deliver(bridge.admin.unwrap(), &event).await;
    assert_eq!(
        to_admin.status, 404,
        "the administrators' site takes no deliveries"
    );
    let posted = ground.client.post(format!("{admin}/metrics")).send().await;
    assert_eq!(posted.unwrap().status().as_u16(), 405);
    let (_, text) = get(&ground, &format!("{admin}/metrics")).await;
    let refused = text
        .lines()
        .filter(|it| it.starts_with("bridge_rejected_total"));
    let refused: Vec<_> = refused.collect();
    let public = "bridge_rejected_total{reason=\"no-such-path\"} 1";
    assert_eq!(refused, [public], "these are no deliveries");
    for path in ["healthz", "readyz"] {
        let (status, body) = get(&ground, &format!("{admin}/{path}")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &body["checks"][0]),
            (200, &json!("the database can be written"))
        );
    }
    assert_eq!(get(&ground, &format!("{admin}/livez")).await.0, 200);
    assert!(bridge.terminate().0.success());
}

#[tokio::test]
async fn an_invalid_or_used_address_is_an_error() {
    let ground = Ground::new().await;
    let (bridge, _) = serve(&ground);
    let port = bridge.admin.unwrap().port().to_string();
    for (value, code, says) in [
        ("everywhere", 2, "ADMIN_LISTEN: it is no address"),
        (&port, 1, "Set ADMIN_LISTEN to a free address"),
    ] {
        let mut command = ground.command(&["serve", "--db", "other.db"]);
        command.env("ADMIN_LISTEN", value);
        let run = super::kit::run(command).await;
        assert_eq!(run.code, Some(code), "{}", run.err);
        assert!(run.err.contains(says), "{}", run.err);
    }
}

/// Names of metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let own = words.filter(|word| word.starts_with("bridge_") && *word != "bridge_");
    own.map(str::to_owned).collect()
}

/// A rule or a panel about a metric that does not exist would never show anything.
#[tokio::test]
async fn the_rules_and_the_dashboard_name_metrics_that_exist() {
    let ground = Ground::new().await;
    let (bridge, admin) = serve(&ground);
    let (_, text) = get(&ground, &format!("{admin}/metrics")).await;
    let mut known = names(&text);
    // Known after the first run of each job, which needs OpenTrain.
    known.extend(
        [
            "bridge_last_reconcile_timestamp_seconds",
            "bridge_last_reconcile_problems",
            "bridge_last_usage_run_timestamp_seconds",
            "bridge_last_usage_run_projects_left",
        ]
        .map(str::to_owned),
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/monitoring");
    let mut named = BTreeSet::new();
    for file in ["rules.yaml", "dashboard.json"] {
        named.extend(names(&std::fs::read_to_string(folder.join(file)).unwrap()));
    }
    assert!(named.len() > 10, "{named:?}");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let dashboard = std::fs::read_to_string(folder.join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 5);
    assert!(bridge.terminate().0.success());
}
