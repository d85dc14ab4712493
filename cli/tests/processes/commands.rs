//! Commands next to a running bridge, and the demo.

use std::io::{Read, Write};
use std::net::TcpStream;

use simulator::{Fault, ToolCall, What};

use super::kit::{Bridge, Ground, SECRET, bare, run};
use crate::common::events::{Link, started};
use crate::common::wait::until;

async fn until_idle(ground: &Ground) {
    until("the queue is empty", async || {
        let queue = ground.status().await["queue"].clone();
        queue["waiting"] == 0 && queue["inFlight"] == 0
    })
    .await;
}

#[tokio::test]
async fn the_status_is_read_next_to_a_running_bridge() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let event = started(1, "ctr_1", "maria", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &event).await.status, 202);
    until_idle(&ground).await;
    let status = ground.status().await;
    assert_eq!(status["access"][0]["trainer"], "maria");
    assert_eq!(status["access"][0]["state"], "granted");
    assert_eq!(status["access"][0]["because"][0]["contract"], "ctr_1");
    let shown = ground.run(&["status"]).await;
    assert_eq!(shown.code, Some(0));
    assert!(
        shown.out.contains("maria") && shown.out.contains("granted"),
        "{}",
        shown.out
    );
    assert!(
        !shown.out.contains('\u{1b}'),
        "no colours without a terminal"
    );
    assert!(bridge.terminate().0.success());
}

fn triggers(ground: &Ground, bridge: &Bridge, sample: &str, secret: &str) -> std::process::Command {
    let to = format!("http://{}/hooks/default", bridge.address);
    let mut command = ground.command(&["trigger", sample, "--to", &to]);
    command.env("OPENTRAIN_WEBHOOK_SECRET", secret);
    command
}

#[tokio::test]
async fn every_sample_can_be_triggered() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    for sample in bridge::samples::names() {
        let done = run(triggers(&ground, &bridge, sample, SECRET)).await;
        assert_eq!(done.code, Some(0), "{sample}: {}{}", done.out, done.err);
        assert!(done.out.starts_with("202 "), "{sample}: {}", done.out);
        let is_of_contract = !sample.contains("install") && !sample.contains("link.");
        let removes = done.err.contains("bridge end sample-ctr_8");
        assert!(done.err.contains("(BRIDGE_DB)"), "{}", done.err);
        assert!(
            removes || !is_of_contract || sample == "unknown-type",
            "{sample}: {}",
            done.err
        );
    }
}

/// While a secret is rolled, both are live. Another secret is refused with a clear error.
#[tokio::test]
async fn trigger_is_accepted_with_live_secrets_only() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    for (secret, code) in [
        (SECRET, 0),
        ("whsec_canary_old", 0),
        ("whsec_canary_other", 1),
    ] {
        let done = run(triggers(&ground, &bridge, "contract.started", secret)).await;
        assert_eq!(done.code, Some(code), "{}{}", done.out, done.err);
    }
    let unknown = run(triggers(&ground, &bridge, "contract.paused", SECRET)).await;
    assert_eq!(unknown.code, Some(2));
    for sample in bridge::samples::names() {
        assert!(unknown.err.contains(sample), "the samples are listed");
    }
}

#[tokio::test]
async fn trigger_without_a_bridge_names_the_command_to_start_one() {
    let ground = Ground::new().await;
    let done = ground
        .run(&[
            "trigger",
            "contract.started",
            "--to",
            "http://127.0.0.1:1/hooks/default",
        ])
        .await;
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("bridge serve"), "{}", done.err);
}

/// The planned try is seconds away: access is granted before it.
#[tokio::test]
async fn retry_does_not_wait_for_the_planned_time() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let down = Fault::lasting(ToolCall::PutMember, What::status(503));
    ground.tool.fault(down);
    let event = started(1, "ctr_1", "maria", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &event).await.status, 202);
    let is_late = async || ground.status().await["access"][0]["due"]["tries"].as_u64() >= Some(2);
    until("it has failed twice", is_late).await;
    ground.tool.clear_faults();
    let retried = ground.run(&["retry", "maria", "--json"]).await;
    assert_eq!(retried.code, Some(0), "{}", retried.err);
    let retried: serde_json::Value = serde_json::from_str(&retried.out).unwrap();
    let granted = async || ground.status().await["access"][0]["state"] == "granted";
    until("access is granted", granted).await;
    let time =
        |value: &serde_json::Value| -> jiff::Timestamp { value.as_str().unwrap().parse().unwrap() };
    let since = time(&ground.status().await["access"][0]["since"]);
    assert!(since < time(&retried["planned"]), "{since}: {retried}");
    let unknown = ground.run(&["retry", "usr_none"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("`bridge status`"), "{}", unknown.err);
}

/// The output of `bridge sign` is sufficient for a request, byte for byte.
#[tokio::test]
async fn the_headers_of_sign_are_accepted() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let body = started(1, "ctr_1", "maria", &Link::new("link_1", "streets")).to_string();
    std::fs::write(ground.path("event.json"), &body).unwrap();
    let signed = ground.run(&["sign", "event.json"]).await;
    assert_eq!(signed.code, Some(0), "{}", signed.err);
    let headers = signed.out.lines().map(|line| {
        let header = line
            .strip_prefix("-H '")
            .and_then(|rest| rest.strip_suffix('\''));
        format!("{}\r\n", header.unwrap())
    });
    let request = format!(
        "POST /hooks/default HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{body}",
        body.len(),
        headers.collect::<String>()
    );
    let address = bridge.address;
    let answer = tokio::task::spawn_blocking(move || {
        let mut line = TcpStream::connect(address).unwrap();
        line.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 202 "));
    until_idle(&ground).await;
    assert!(ground.tool.member("streets", "maria").is_some());
}

#[tokio::test]
async fn errors_of_sign_contain_the_reason() {
    let ground = Ground::new().await;
    let missing = ground.run(&["sign", "nowhere.json"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("nowhere.json"), "{}", missing.err);
    std::fs::write(ground.path("event.json"), "{}").unwrap();
    let no_secret = run(bare(&ground.path(""), &["sign", "event.json"])).await;
    assert_eq!(no_secret.code, Some(2));
    assert!(
        no_secret.err.contains("OPENTRAIN_WEBHOOK_SECRET"),
        "{}",
        no_secret.err
    );
}

#[tokio::test]
async fn the_demo_succeeds_without_colours_and_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bare(folder.path(), &["demo"]);
    command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0");
    let demo = run(command).await;
    assert_eq!(demo.code, Some(0), "{}{}", demo.out, demo.err);
    assert!(!demo.out.contains('\u{1b}'), "no colours");
    assert!(!demo.out.contains("@opentrain.work"), "no addresses");
    assert!(demo.out.contains("claims are true"), "{}", demo.out);
}
