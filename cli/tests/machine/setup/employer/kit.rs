//! A simulated OpenTrain, a folder, and `bridge employer` as an operator calls it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::OpenTrain;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::setup::ground::{Run, finish};

const PATIENCE: Duration = Duration::from_secs(60);

/// All scopes: such a token only a human can make.
const SCOPES: [&str; 11] = [
    "jobs:read",
    "jobs:write",
    "proposals:read",
    "proposals:write",
    "messages:read",
    "messages:write",
    "payments:read",
    "payments:write",
    "team:read",
    "team:write",
    "webhooks:manage",
];

pub(super) struct Market {
    pub(super) opentrain: OpenTrain,
    folder: TempDir,
    /// OPENTRAIN_PERSONAL_API_TOKEN.
    pub(super) token: Option<String>,
}

impl Market {
    pub(super) async fn new() -> Self {
        Self {
            opentrain: OpenTrain::start().await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            token: None,
        }
    }

    /// With a token that a human of the claimed account `org_1` made.
    pub(super) async fn claimed() -> Self {
        let mut market = Self::new().await;
        market.token = Some(market.minted(&SCOPES).await);
        market
    }

    pub(super) async fn minted(&self, scopes: &[&str]) -> String {
        let made = self.human("/tokens", json!({ "scopes": scopes })).await;
        made["token"].as_str().unwrap().to_owned()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// employer.json, whose mode is asserted.
    pub(super) fn stored(&self) -> Value {
        let path = self.path("employer.json");
        assert_eq!(mode(&path), 0o600);
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
        command
            .arg("employer")
            .args(args)
            .env_clear()
            .current_dir(self.folder.path())
            .env("OPENTRAIN_BASE_URL", self.opentrain.base_url())
            .stdin(Stdio::null());
        if let Some(token) = &self.token {
            command.env("OPENTRAIN_PERSONAL_API_TOKEN", token);
        }
        command
    }

    pub(super) async fn run(&self, args: &[&str]) -> Run {
        self.finish(self.command(args)).await
    }

    pub(super) async fn finish(&self, command: Command) -> Run {
        let run = finish(command, "").await;
        search(&run.out);
        search(&run.err);
        run
    }

    /// Output with `--json`.
    #[track_caller]
    pub(super) fn json(&self, args: &[&str]) -> impl Future<Output = Value> {
        let command = self.command(&[args, &["--json"]].concat());
        async move {
            let run = finish(command, "").await;
            search(&run.out);
            let answer = run.json();
            // It is OpenTrain's answer, and no document of the bridge.
            assert!(answer.get("schemaVersion").is_none(), "{answer}");
            answer
        }
    }

    /// A call below `/sandbox`: the human's part.
    pub(super) async fn human(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox{path}", self.opentrain.base_url());
        let answer = reqwest::Client::new().post(url).json(&body).send().await;
        let answer = answer.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The id of the approval that waits, once there is one.
    pub(super) async fn pending(&self) -> String {
        let url = format!("{}/sandbox/approvals", self.opentrain.base_url());
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let found: Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
            if let Some(id) = found["approvals"][0]["id"].as_str() {
                return id.to_owned();
            }
            assert!(tokio::time::Instant::now() < end, "no approval waits");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The human confirms the approval that waits.
    pub(super) async fn confirm(&self) {
        let approval = self.pending().await;
        let path = format!("/approvals/{approval}/confirm");
        self.human(&path, json!({})).await;
    }

    /// A published job, with the proposal of a trainer.
    pub(super) async fn applied(&self) -> (String, String) {
        let set = [
            "dataType=IMAGE",
            "experienceLevel=EXPERT",
            "paymentType=PAY_PER_HOUR",
            "pricePerHour=20",
        ];
        let mut args = vec!["draft", "--text", "Label cats"];
        args.extend(set.iter().flat_map(|it| ["--set", it]));
        let job = self.json(&args).await["jobId"].as_str().unwrap().to_owned();
        self.run(&["publish", &job]).await.done();
        let made = self.human("/proposals", json!({ "jobId": job })).await;
        (job, made["proposalId"].as_str().unwrap().to_owned())
    }

    /// A contract with a funded milestone: the ids of both.
    pub(super) async fn hired(&self) -> (String, String) {
        let (_, proposal) = self.applied().await;
        let hire = ["hire", &proposal, "--amount", "100", "--milestone", "One"];
        let id = self.json(&hire).await["approval"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        self.human(&format!("/approvals/{id}/confirm"), json!({}))
            .await;
        let contract = self.json(&["contracts"]).await["contracts"][0].clone();
        let id = |it: &Value| it["id"].as_str().unwrap().to_owned();
        (id(&contract), id(&contract["milestones"][0]))
    }

    /// Starts a command whose output is read while it runs.
    pub(super) fn start(&self, args: &[&str]) -> Running {
        let mut command = tokio::process::Command::from(self.command(args));
        command
            .kill_on_drop(true)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines }
    }

    /// Asserts that OpenTrain received no invalid request.
    pub(super) fn close(&self) {
        assert_eq!(self.opentrain.violations(), []);
    }
}

/// A command that runs. Dropping it kills it.
pub(super) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(super) async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.unwrap().unwrap().unwrap_or_default();
        search(&line);
        line
    }

    pub(super) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }

    /// Waits for its end. Returns the exit code, and the rest of the output with the errors.
    pub(super) async fn ended(mut self) -> (i32, String) {
        let mut text = String::new();
        while let Some(line) = tokio::time::timeout(PATIENCE, self.lines.next_line())
            .await
            .unwrap()
            .unwrap()
        {
            text.push_str(&line);
            text.push('\n');
        }
        let output = self.child.wait_with_output().await.unwrap();
        text.push_str(&String::from_utf8(output.stderr).unwrap());
        search(&text);
        (output.status.code().unwrap(), text)
    }
}

pub(super) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Asserts that there is no token and no secret of the sandbox. OpenTrain's preview of a token and the address of a claim
/// may be shown.
pub(super) fn search(text: &str) {
    let in_token = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for secret in ["ot_pat_s", "ot_clm_s", "whsec_"] {
        for (at, _) in text.match_indices(secret) {
            let rest = text[at..].trim_start_matches(in_token);
            assert!(rest.starts_with("****"), "it shows {secret}: {text}");
        }
    }
}
