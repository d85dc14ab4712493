//! `bridge trigger` names nothing real, and asks before it writes to a bridge that has real data.

use std::process::Command;

use serde_json::Value;

use crate::common::command::{Run, run};

fn trigger(opentrain: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .arg("trigger")
        .args(args)
        .env_clear()
        .stdin(std::process::Stdio::null())
        .env("OPENTRAIN_BASE_URL", opentrain)
        .env("OPENTRAIN_WEBHOOK_SECRET", "whsec_any");
    command
}

const REAL: &str = "https://opentrain.example";
const SANDBOX: &str = "http://127.0.0.1:1";

async fn dry(args: &[&str]) -> Run {
    run(trigger(REAL, &[args, &["--dry-run"]].concat())).await
}

/// The event that a dry run prints.
async fn event(args: &[&str]) -> Value {
    let shown = dry(args).await.done();
    let end = shown.rfind('}').unwrap();
    serde_json::from_str(&shown[..=end]).unwrap()
}

#[tokio::test]
async fn a_sample_has_fictitious_ids() {
    let event = event(&["contract.started"]).await;
    for path in [
        "/resourceId",
        "/jobId",
        "/data/contract/id",
        "/data/freelancer/opentrainUserId",
        "/data/projectLink/id",
        "/data/projectLink/externalProjectId",
    ] {
        let id = event.pointer(path).unwrap().as_str().unwrap();
        assert!(id.starts_with("sample-"), "{path}: {id}");
    }
    let email = event["data"]["freelancer"]["workEmail"].as_str().unwrap();
    assert!(email.ends_with(".invalid"), "{email}");
}

#[tokio::test]
async fn values_can_be_set() {
    let event = event(&[
        "contract.started",
        "--set",
        "data.projectLink.externalProjectId=streets",
        "--set",
        "data.contract.rateUsd=20",
        "--set",
        "data.contract.endDate=null",
    ])
    .await;
    let data = &event["data"];
    assert_eq!(data["projectLink"]["externalProjectId"], "streets");
    assert_eq!(data["contract"]["rateUsd"], 20);
    assert_eq!(data["contract"]["endDate"], Value::Null);
    for (set, says) in [
        ("data.contract", "has no `=`"),
        ("data.nowhere.id=1", "no `nowhere`"),
    ] {
        let refused = dry(&["contract.started", "--set", set]).await.misused();
        assert!(refused.contains(says), "{refused}");
    }
}

#[tokio::test]
async fn a_bridge_with_real_data_needs_consent() {
    let asked = run(trigger(REAL, &["contract.started"])).await;
    assert!(asked.out.contains("sample-ctr_81"), "{}", asked.out);
    assert!(!asked.out.contains("\\u{a}"), "{}", asked.out);
    assert!(asked.misused().contains("`--yes`"));
    let there = [
        "contract.started",
        "--to",
        "https://bridge.example/hooks/default",
    ];
    let refused = run(trigger(SANDBOX, &there)).await.misused();
    assert!(
        refused.contains("not on this machine") && refused.contains("`--yes`"),
        "{refused}"
    );
    // Nothing listens there: the sample was sent.
    let sent = [
        "contract.started",
        "--to",
        "http://127.0.0.1:1/hooks/default",
    ];
    let sent = run(trigger(SANDBOX, &sent)).await;
    assert_eq!(sent.code, Some(1), "{}", sent.err);
    assert!(sent.err.contains("bridge serve"), "{}", sent.err);
}
