//! `bridge sandbox`, and the commands that it prints.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::kit::{Bridge, bare};
use crate::common::wait::{client, until};

/// A running sandbox on free ports. Dropping it stops it.
pub(crate) struct Sandbox {
    process: Child,
    banner: Value,
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = bare(
            folder.path(),
            &["sandbox", "--listen", "127.0.0.1:0", "--json"],
        );
        command.args(more).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let banner = serde_json::from_str(&line).unwrap();
        Self {
            process,
            banner,
            folder,
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.banner[name].as_str().unwrap()
    }

    /// `bridge` with the variables of `sandbox.env`.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(self.folder.path(), args);
        let variables = std::fs::read_to_string(self.path("sandbox.env")).unwrap();
        for line in variables.lines() {
            let (name, value) = line.split_once('=').unwrap();
            command.env(name, value);
        }
        command.env("BRIDGE_LISTEN", "127.0.0.1:0");
        command
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command to its end, which must be a success.
    pub(crate) fn run(&self, args: &[&str], input: &str) -> String {
        let (code, shown, error) = self.end_of(args, input);
        assert_eq!(code, Some(0), "{args:?}: {shown}{error}");
        shown
    }

    /// Runs a command to its end. Returns its exit code and what it wrote.
    pub(crate) fn end_of(&self, args: &[&str], input: &str) -> (Option<i32>, String, String) {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    /// Connects a bridge, starts it and subscribes it. Returns when it accepts deliveries: it reads a new secret after
    /// a signature that does not match, at most once a second.
    pub(crate) async fn bridge(&self) -> Bridge {
        self.run(&["connect"], self.text("partnerToken"));
        let bridge = Bridge::start(self.command(&["serve"]));
        let hook = format!("http://{}/hooks/default", bridge.address);
        self.run(&["subscribe", "--url", &hook], "");
        let harmless = ["trigger", "milestone.budget_low", "--to", &hook];
        until("the bridge has the secret", async || {
            self.end_of(&harmless, "").0 == Some(0)
        })
        .await;
        bridge
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.text("opentrainBaseUrl"));
        let answer = client().post(url).json(&body).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.text("opentrainBaseUrl"));
        client()
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn clear_faults(&self) {
        let url = format!("{}/sandbox/faults", self.text("opentrainBaseUrl"));
        let answer = client().delete(url).send().await.unwrap();
        answer.error_for_status().unwrap();
    }

    pub(crate) async fn state(&self) -> Value {
        self.get("/control/state").await
    }

    /// The approval that waits for a human.
    pub(crate) async fn pending(&self) -> Option<String> {
        let approvals = self.get("/sandbox/approvals").await;
        approvals["approvals"][0]["id"].as_str().map(str::to_owned)
    }

    /// Members of the sandbox's project.
    async fn members(&self) -> usize {
        let tool = self
            .text("toolBaseUrl")
            .replace("/annotation/v1", "/control/state");
        let state: Value = client()
            .get(tool)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let mut projects = state["projects"].as_array().unwrap().iter();
        let own = projects.find(|project| project["id"] == "streets");
        own.unwrap()["activeMembers"].as_u64().unwrap() as usize
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_commands_give_and_end_access() {
    let sandbox = Sandbox::start(&[]);
    assert_eq!(mode(&sandbox.path("sandbox.env")), 0o600);
    let bridge = sandbox.bridge().await;
    let (job, project) = (sandbox.text("jobId"), sandbox.text("projectId"));
    sandbox.run(&["link", "--job", job, "--project", project], "");
    sandbox.run(&["check"], "");
    let hired = sandbox.post("/control/hire", json!({"jobId": job})).await;
    until("the trainer has access", async || {
        sandbox.members().await == 1
    })
    .await;
    let end = json!({"contractId": hired["contractId"]});
    sandbox.post("/control/end", end).await;
    until("the trainer has no access", async || {
        sandbox.members().await == 0
    })
    .await;
    assert!(bridge.terminate().0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_repeated_and_an_own_tool_is_not_started() {
    let own = "http://127.0.0.1:9/annotation";
    let first = Sandbox::start(&["--tool-base-url", own]);
    let second = Sandbox::start(&["--seed", "2"]);
    let third = Sandbox::start(&[]);
    assert_eq!(first.text("partnerToken"), third.text("partnerToken"));
    assert_ne!(first.text("personalToken"), second.text("personalToken"));
    assert_eq!(first.text("toolBaseUrl"), own);
    assert_eq!(first.banner["toolToken"], Value::Null);
    let work = json!({"projectId": "streets", "trainerId": "usr_1", "workDate": "2026-06-12", "totalSeconds": 60});
    let url = format!("{}/sandbox/work", first.text("opentrainBaseUrl"));
    let refused = client().post(url).json(&work).send().await.unwrap();
    assert_eq!(refused.status(), 409);
}

/// A second start with the database of the first: ids start from the beginning.
#[test]
fn a_database_of_an_earlier_sandbox_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let noted = |args: &[&str]| {
        let mut command = bare(
            folder.path(),
            &["sandbox", "--listen", "127.0.0.1:0", "--json"],
        );
        command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let id = process.id().to_string();
        // The note follows the line, and precedes the wait for the signal.
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(!noted(&[]).contains("bridge.db"));
    std::fs::write(folder.path().join("bridge.db"), "").unwrap();
    let note = noted(&[]);
    assert!(note.contains("delete bridge.db*"), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_needs_a_flag() {
    let sandbox = Sandbox::start(&["--allow-host", "host.docker.internal"]);
    let tool = sandbox
        .text("toolBaseUrl")
        .replace("/annotation/v1", "/control/state");
    let opentrain = format!("{}/api/public/v1/jobs", sandbox.text("opentrainBaseUrl"));
    for url in [tool, opentrain] {
        for (host, expected) in [("host.docker.internal:8780", 200), ("evil.example", 403)] {
            let answer = client()
                .get(&url)
                .header("host", host)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), expected, "{url} {host}");
        }
    }
    let refused = bare(&sandbox.path(""), &["sandbox", "--allow-host", "http://x"]).output();
    let refused = refused.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("without scheme")
    );
}

#[test]
fn an_address_of_the_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["sandbox", "--listen", "0.0.0.0:0"];
    let output = bare(folder.path(), &args).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("has no authentication"), "{error}");
}
