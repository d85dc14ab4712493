//! A simulated OpenTrain, a simulated tool and a folder, and `bridge` as an operator calls it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use simulator::{AnnotationPlatform, ConsentOptions, Grant, JobOptions, OpenTrain, TrainerOptions};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

pub(crate) const PROJECT: &str = "streets";

/// Maximum duration of a command.
const PATIENCE: Duration = Duration::from_secs(60);

const TOOL_TOKEN: &str = "canary-tool-token";

/// Everything that a command needs.
pub(crate) struct Ground {
    pub(crate) opentrain: OpenTrain,
    pub(crate) tool: AnnotationPlatform,
    pub(crate) grant: Grant,
    pub(crate) job: String,
    folder: TempDir,
    /// Texts that must never be printed.
    canaries: Mutex<BTreeSet<String>>,
}

/// Result of a command.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Asserts success. Returns the output.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    /// Asserts success with `--json`. Returns the output.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// Asserts this exit code. Returns the error text.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self.err
    }
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::with(ConsentOptions::default()).await
    }

    pub(crate) async fn with(consent: ConsentOptions) -> Self {
        let opentrain = OpenTrain::start().await.unwrap();
        let tool = AnnotationPlatform::start(TOOL_TOKEN).await.unwrap();
        tool.create_project(PROJECT, "Street scenes");
        let job = opentrain.create_job(JobOptions::default());
        let grant = opentrain.consent(consent);
        let canaries = Mutex::new([grant.token.clone(), TOOL_TOKEN.to_owned()].into());
        let folder = tempfile::tempdir().unwrap();
        Self {
            opentrain,
            tool,
            grant,
            job,
            folder,
            canaries,
        }
    }

    /// Connected as `default`.
    pub(crate) async fn connected() -> Self {
        let ground = Self::new().await;
        ground.connect("default", &ground.grant.token).await.done();
        ground
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn connections(&self) -> PathBuf {
        self.path("connections.json")
    }

    /// The stored connections, as they are on the disk.
    pub(crate) fn kept(&self) -> Value {
        let mode = std::fs::metadata(self.connections())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600);
        serde_json::from_slice(&std::fs::read(self.connections()).unwrap()).unwrap()
    }

    /// The ids of a connection's endpoints, newest first.
    pub(crate) fn endpoints(&self, name: &str) -> Vec<String> {
        let webhooks = self.kept()["connections"][name]["webhooks"].clone();
        let id = |webhook: &Value| webhook["endpoint"].as_str().unwrap().to_owned();
        webhooks.as_array().unwrap().iter().map(id).collect()
    }

    /// `bridge`, in an environment of its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
        command
            .args(args)
            .env_clear()
            .current_dir(self.folder.path())
            .env("OPENTRAIN_BASE_URL", self.opentrain.base_url())
            .env("TOOL_KIND", "rest")
            .env("TOOL_BASE_URL", self.tool.base_url())
            .env("TOOL_API_TOKEN", TOOL_TOKEN)
            .stdin(Stdio::null());
        command
    }

    pub(crate) async fn bridge(&self, args: &[&str]) -> Run {
        self.run(self.command(args), "").await
    }

    pub(crate) async fn connect(&self, name: &str, token: &str) -> Run {
        if !token.trim().is_empty() {
            self.canaries
                .lock()
                .unwrap()
                .insert(token.trim().to_owned());
        }
        self.run(self.command(&["connect", "--connection", name]), token)
            .await
    }

    pub(crate) async fn subscribe(&self, url: &str) -> Run {
        self.bridge(&["subscribe", "--url", url]).await
    }

    /// A call of the customer to OpenTrain itself.
    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) {
        let base = self.opentrain.base_url();
        let url = format!("{}/api/partner/v1/{path}", base.trim_end_matches('/'));
        let posted = reqwest::Client::new().post(url).bearer_auth(token);
        let posted = posted.json(body).send().await.unwrap();
        assert!(posted.status().is_success(), "{posted:?}");
    }

    /// A trainer with a work e-mail.
    pub(crate) fn trainer(&self) -> String {
        let options = TrainerOptions {
            work_email: Some("maria@opentrain.work".into()),
            ..TrainerOptions::default()
        };
        self.opentrain.create_trainer(options).unwrap()
    }

    /// Runs a command to its end, and searches its output for secrets.
    pub(crate) async fn run(&self, command: Command, input: &str) -> Run {
        let run = finish(command, input).await;
        self.search(&run.out);
        self.search(&run.err);
        run
    }

    /// Asserts that `text` contains no token and no secret, given or stored.
    pub(crate) fn search(&self, text: &str) {
        self.remember_kept();
        for canary in self.canaries.lock().unwrap().iter() {
            assert!(!text.contains(canary.as_str()), "it shows {canary}: {text}");
        }
    }

    fn remember_kept(&self) {
        let Ok(text) = std::fs::read(self.connections()) else {
            return;
        };
        let Ok(kept) = serde_json::from_slice::<Value>(&text) else {
            return;
        };
        let mut canaries = self.canaries.lock().unwrap();
        for own in kept["connections"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.values())
        {
            let secrets = own["webhooks"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|it| &it["secret"]);
            canaries.extend(
                secrets
                    .chain([&own["token"]])
                    .filter_map(Value::as_str)
                    .map(str::to_owned),
            );
        }
    }

    /// Number of tokens and secrets that the search looks for.
    pub(crate) fn canaries(&self) -> usize {
        self.canaries.lock().unwrap().len()
    }

    /// Asserts that OpenTrain and the tool received no invalid request.
    pub(crate) fn close(&self) {
        assert_eq!(self.opentrain.violations(), []);
        assert_eq!(self.tool.violations(), []);
    }
}

/// Runs a command to its end. One that does not end is killed.
pub(crate) async fn finish(command: Command, input: &str) -> Run {
    let mut command = tokio::process::Command::from(command);
    command
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may have ended already.
    let _gone = child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .await;
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output
        .unwrap_or_else(|_| panic!("it does not end"))
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}
