//! `bridge rehearse` on a sandbox, whole and interrupted.

use std::process::{Child, Stdio};

use serde_json::{Value, json};
use shared::model::clock::{Clock, SystemClock};

use super::sandbox::Sandbox;
use crate::common::listener::answering;
use crate::common::wait::{client, until};

const FRESH: [&str; 3] = ["rehearse", "--project", "rehearsal"];
const RESUME: [&str; 3] = ["rehearse", "--resume", "--approve"];
const CLEANUP: [&str; 3] = ["rehearse", "--cleanup", "--approve"];

/// A rehearsal that waits for people. Dropping it kills it.
struct Waiting(Child);

impl Waiting {
    fn start(sandbox: &Sandbox) -> Self {
        let mut command = sandbox.command(&FRESH);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

async fn until_linked(sandbox: &Sandbox) {
    until("the job is linked", async || {
        sandbox.state().await["links"][0].is_object()
    })
    .await;
}

/// A trainer applies. Returns the approval of the hire.
async fn until_hire_is_asked(sandbox: &Sandbox) -> String {
    until_linked(sandbox).await;
    let body = json!({"jobId": "job_2"});
    sandbox.post("/sandbox/proposals", body).await;
    until_asked(sandbox).await
}

async fn until_asked(sandbox: &Sandbox) -> String {
    until("a request is pending", async || {
        sandbox.pending().await.is_some()
    })
    .await;
    sandbox.pending().await.unwrap()
}

async fn confirm(sandbox: &Sandbox, approval: &str) {
    let path = format!("/sandbox/approvals/{approval}/confirm");
    sandbox.post(&path, json!({})).await;
}

async fn public(sandbox: &Sandbox, path: &str) -> Value {
    let url = format!("{}/api/public/v1{path}", sandbox.text("opentrainBaseUrl"));
    let request = client().get(url).bearer_auth(sandbox.text("personalToken"));
    request.send().await.unwrap().json().await.unwrap()
}

/// No link, no running contract, no open job and no pending request is left.
async fn assert_nothing_is_left(sandbox: &Sandbox) {
    let state = sandbox.state().await;
    assert_eq!(state["links"], json!([]));
    let contracts = state["contracts"].as_array().unwrap();
    assert!(
        contracts.iter().all(|own| own["status"] == "ended"),
        "{contracts:?}"
    );
    let jobs = public(sandbox, "/jobs/mine?status=OPEN").await;
    let open = jobs["jobs"].as_array().unwrap().iter();
    let open: Vec<&Value> = open.filter(|job| job["id"] != "job_1").collect();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(sandbox.pending().await, None);
    assert!(!sandbox.path("rehearsal.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_is_proven_and_nothing_is_left() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let args = [&FRESH[..], &["--approve", "--json"]].concat();
    let report: Value = serde_json::from_str(&sandbox.run(&args, "")).unwrap();
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 14);
    assert!(
        steps.iter().all(|step| step["result"] == "proven"),
        "{steps:?}"
    );
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_before_everything_is_ready() {
    let sandbox = Sandbox::start(&[]);
    sandbox.run(&["connect"], sandbox.text("partnerToken"));
    let fails = |args: &[&str], why: &str| {
        let (code, shown, error) = sandbox.end_of(args, "");
        assert_eq!(code, Some(1), "{error}");
        assert!(shown.contains(why), "{shown}");
    };
    let approved = [&FRESH[..], &["--approve"]].concat();
    fails(&approved, "bridge serve");
    let bridge = sandbox.bridge().await;
    fails(
        &["rehearse", "--project", "nothing", "--approve"],
        "no such project",
    );
    sandbox.run(&["link", "--job", "job_1", "--project", "streets"], "");
    fails(
        &["rehearse", "--project", "streets", "--approve"],
        "linked already",
    );
    assert_eq!(sandbox.state().await["jobs"].as_array().unwrap().len(), 1);
    assert!(!sandbox.path("rehearsal.json").exists());
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_rehearsal_goes_on_with_what_it_made() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let waiting = Waiting::start(&sandbox);
    until_linked(&sandbox).await;
    let (code, _, error) = sandbox.end_of(&RESUME, "");
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("another rehearsal uses"), "{error}");
    drop(waiting);
    let (code, _, error) = sandbox.end_of(&FRESH, "");
    assert_eq!(code, Some(2), "{error}");
    assert!(
        error.contains("--resume") && error.contains("--cleanup"),
        "{error}"
    );
    let other = Sandbox::start(&[]);
    let mut elsewhere = sandbox.command(&CLEANUP);
    elsewhere.env("OPENTRAIN_BASE_URL", other.text("opentrainBaseUrl"));
    let refused = elsewhere.output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    sandbox.run(&RESUME, "");
    assert_eq!(sandbox.state().await["jobs"].as_array().unwrap().len(), 2);
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_nothing_twice() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let approved = [&FRESH[..], &["--approve", "--amount", "50"]].concat();
    let lose = async |api: &str, path: &str| {
        let fault = json!({"api": api, "kind": "drop", "times": 1, "method": "POST", "path": path});
        sandbox.post("/sandbox/faults", fault).await;
    };
    let fails = |args: &[&str]| {
        let (code, shown, error) = sandbox.end_of(args, "");
        assert_eq!(code, Some(1), "{shown}{error}");
    };
    lose("public", "/job-drafts").await;
    fails(&approved);
    lose("platform", "/project-links").await;
    fails(&RESUME);
    // A hire is requested again: while it is pending, the answer is the same request.
    lose("public", "/proposals/*/hire").await;
    lose("public", "/contracts/*/milestones").await;
    fails(&RESUME);
    sandbox.run(&RESUME, "");
    let state = sandbox.state().await;
    assert_eq!(state["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(state["contracts"].as_array().unwrap().len(), 1);
    let contract = public(&sandbox, "/contracts/ctr_1").await;
    let milestones = contract["contract"]["milestones"].as_array().unwrap();
    assert_eq!(milestones.len(), 2, "{milestones:?}");
    assert!(
        milestones.iter().all(|own| own["amountUsd"] == 50),
        "{milestones:?}"
    );
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleanup_finds_a_hire_that_was_confirmed_meanwhile() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let waiting = Waiting::start(&sandbox);
    let approval = until_hire_is_asked(&sandbox).await;
    drop(waiting);
    confirm(&sandbox, &approval).await;
    sandbox.run(&CLEANUP, "");
    assert_eq!(sandbox.state().await["contracts"][0]["status"], "ended");
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleanup_confirms_no_hire_and_no_funding() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let waiting = Waiting::start(&sandbox);
    until_hire_is_asked(&sandbox).await;
    drop(waiting);
    sandbox.run(&CLEANUP, "");
    assert_eq!(sandbox.state().await["contracts"], json!([]));
    assert_nothing_is_left(&sandbox).await;
    let waiting = Waiting::start(&sandbox);
    until_linked(&sandbox).await;
    sandbox
        .post("/sandbox/proposals", json!({"jobId": "job_3"}))
        .await;
    let hire = until_asked(&sandbox).await;
    confirm(&sandbox, &hire).await;
    until("the trainer may work", async || {
        let contracts = sandbox.state().await["contracts"].clone();
        let trainer = contracts[0]["trainerId"].as_str().unwrap_or_default().to_owned();
        let today = SystemClock.now().to_string();
        let work = json!({"projectId": "rehearsal", "trainerId": trainer, "workDate": today[..10], "totalSeconds": 60});
        let url = format!("{}/sandbox/work", sandbox.text("opentrainBaseUrl"));
        client().post(url).json(&work).send().await.unwrap().status().is_success()
    })
    .await;
    until_asked(&sandbox).await;
    drop(waiting);
    sandbox.run(&CLEANUP, "");
    let contract = public(&sandbox, "/contracts/ctr_1").await;
    let milestones = contract["contract"]["milestones"]
        .as_array()
        .unwrap()
        .clone();
    let funded = milestones
        .iter()
        .filter(|own| own["status"] == "ACTIVE_FUNDED");
    assert_eq!(funded.count(), 1, "{milestones:?}");
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

/// The hire was requested, and no answer came.
#[tokio::test(flavor = "multi_thread")]
async fn a_cleanup_that_can_not_ask_claims_nothing() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let fault = async |kind: &str| {
        let path = "/proposals/*/hire";
        let fault =
            json!({"api": "public", "kind": kind, "status": 503, "method": "POST", "path": path});
        sandbox.post("/sandbox/faults", fault).await;
    };
    fault("drop").await;
    let waiting = Waiting::start(&sandbox);
    until_hire_is_asked(&sandbox).await;
    drop(waiting);
    sandbox.clear_faults().await;
    fault("status").await;
    let (code, shown, error) = sandbox.end_of(&CLEANUP, "");
    assert_eq!(code, Some(1), "{shown}{error}");
    assert!(!shown.contains("there was no hire"), "{shown}");
    sandbox.clear_faults().await;
    sandbox.run(&CLEANUP, "");
    assert_eq!(sandbox.state().await["contracts"], json!([]));
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_cleanup_is_only_repeated() {
    let sandbox = Sandbox::start(&[]);
    let bridge = sandbox.bridge().await;
    let waiting = Waiting::start(&sandbox);
    until_linked(&sandbox).await;
    drop(waiting);
    let fault = json!({"api": "platform", "kind": "status", "status": 403, "method": "DELETE"});
    sandbox.post("/sandbox/faults", fault).await;
    let (code, _, error) = sandbox.end_of(&CLEANUP, "");
    assert_eq!(code, Some(1), "{error}");
    sandbox.clear_faults().await;
    let (code, _, error) = sandbox.end_of(&RESUME, "");
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("being cleaned up"), "{error}");
    sandbox.run(&CLEANUP, "");
    assert_nothing_is_left(&sandbox).await;
    assert!(bridge.terminate().0.success());
}

/// A server that answers 200 to everything is no sandbox. Another machine needs a flag, and OpenTrain has none.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_sandbox_approves() {
    let sandbox = Sandbox::start(&[]);
    let other = answering(200, None, r#"{"now": "2026-06-12T10:00:00Z"}"#).await;
    let fails = |base: &str, more: &[&str], why: &str| {
        let mut command = sandbox.command(&[&FRESH[..], &["--approve"], more].concat());
        command.env("OPENTRAIN_PARTNER_TOKEN", sandbox.text("partnerToken"));
        command.env("OPENTRAIN_BASE_URL", base);
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{base}: {error}");
        assert!(error.contains(why), "{base}: {error}");
    };
    fails(sandbox.text("toolBaseUrl"), &[], "is no sandbox");
    fails(&other, &[], "is no sandbox");
    let remote = ["--remote-sandbox"];
    fails("https://sandbox.invalid", &[], "add --remote-sandbox");
    fails("https://sandbox.invalid", &remote, "can't be reached");
    for real in [
        "https://api.opentrain.ai",
        "https://app.opentrain.ai.",
        "https://opentrain.ai",
    ] {
        fails(real, &remote, "leave out --approve");
    }
}
