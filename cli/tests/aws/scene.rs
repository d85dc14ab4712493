//! A stack, OpenTrain, a tool, and `bridge`, called as an operator calls it.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use aws_local::{Emulator, Stack};
use serde_json::{Map, Value, json};
use shared::app::ServiceSettings;
use shared::aws::Clients;
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::{Keeper, StackStore};
use shared::ledger::{DynamoTable, Ledger};
use shared::model::clock::{Clock, SystemClock};
use shared::provision::{Ack, Verdict, work_batch};
use shared::queue::{Limits, MAX_BATCH, Queue, SqsQueue};
use simulator::{AnnotationPlatform, ConsentOptions, Grant, JobOptions, OpenTrain};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

pub(crate) const PROJECT: &str = "streets";
pub(crate) const STACK: &str = "labels";

const TOOL_TOKEN: &str = "canary-tool-token";

/// Time limit of a command.
const PATIENCE: Duration = Duration::from_secs(60);

/// Environment of a command.
pub(crate) struct Scene {
    pub(crate) emulator: Emulator,
    pub(crate) clients: Clients,
    pub(crate) stack: Stack,
    pub(crate) opentrain: OpenTrain,
    pub(crate) tool: AnnotationPlatform,
    pub(crate) grant: Grant,
    pub(crate) job: String,
    folder: TempDir,
}

/// Result of a command.
pub(crate) struct Run {
    code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Asserts success. Returns the output of `--json`.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap()
    }

    /// Asserts success. Returns the output for people.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    /// Asserts a usage error. Returns its message.
    #[track_caller]
    pub(crate) fn misused(self) -> String {
        assert_eq!(self.code, 2, "{}\n{}", self.out, self.err);
        self.err
    }
}

impl Scene {
    /// A stack as it is after its first deployment.
    pub(crate) async fn new() -> Self {
        let emulator = Emulator::start().unwrap();
        let clients = emulator.clients().unwrap();
        let opentrain = OpenTrain::start().await.unwrap();
        let tool = AnnotationPlatform::start(TOOL_TOKEN).await.unwrap();
        tool.create_project(PROJECT, "Street scenes");
        let settings = json!({
            "OPENTRAIN_BASE_URL": opentrain.base_url(),
            "TOOL_KIND": "rest",
            "TOOL_BASE_URL": tool.base_url(),
            "TOOL_API_TOKEN": TOOL_TOKEN,
            "NOTICE_WEBHOOK_URL": "",
        });
        let stack = Stack::create(&clients, STACK, Limits::default(), &settings).await;
        Self {
            stack: stack.unwrap(),
            job: opentrain.create_job(JobOptions::default()),
            grant: opentrain.consent(ConsentOptions::default()),
            folder: tempfile::tempdir().unwrap(),
            emulator,
            clients,
            opentrain,
            tool,
        }
    }

    /// Connected as `default`.
    pub(crate) async fn connected() -> Self {
        let scene = Self::new().await;
        scene.connect("default", &scene.grant.token).await.json();
        scene
    }

    /// `bridge`, with an environment that names AWS and nothing else.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
        command
            .args(args)
            .env_clear()
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.emulator.environment());
        command
    }

    /// `bridge … --stack labels --json`.
    pub(crate) async fn bridge(&self, args: &[&str]) -> Run {
        self.run(self.command(&on_stack(args)), "").await
    }

    pub(crate) async fn connect(&self, name: &str, token: &str) -> Run {
        let args = on_stack(&["connect", "--connection", name]);
        self.run(self.command(&args), token).await
    }

    /// Runs a command to its end. Asserts that its output contains neither token.
    pub(crate) async fn run(&self, command: Command, input: &str) -> Run {
        let mut command = tokio::process::Command::from(command);
        command
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read its input may have ended.
        let _gone = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
        let output = output.unwrap().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        for canary in [TOOL_TOKEN, &self.grant.token] {
            assert!(!out.contains(canary) && !err.contains(canary));
        }
        let code = output.status.code().unwrap();
        Run { code, out, err }
    }

    /// The stored data of each connection, by name.
    pub(crate) async fn kept(&self) -> Map<String, Value> {
        let parameters = self.clients.ssm.get_parameters_by_path();
        let parameters = parameters.path(format!("/bridge/{STACK}/connections"));
        let found = parameters.with_decryption(true).send().await.unwrap();
        let mut kept = Map::new();
        for parameter in found.parameters.unwrap() {
            let text = parameter.value.unwrap();
            let one: Value = serde_json::from_str(&text).unwrap();
            kept.extend(one["connections"].as_object().unwrap().clone());
        }
        kept
    }

    /// Processes the queue, as the provisioner function does. Returns the number of messages.
    pub(crate) async fn provision(&self) -> usize {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let settings = format!("{STACK}/settings");
        let vars = self.emulator.vars();
        let vars = shared::config::with_stored_settings(vars, &self.clients, &settings).await;
        let vars = vars.unwrap();
        let secret = format!("{STACK}/connections");
        let stack = StackStore::new(&self.clients, STACK, &secret);
        let mut reader = Reader::new(&vars);
        let opentrain = OpenTrainSettings::read_on(&mut reader, Keeper::Stack(stack));
        let services = ServiceSettings::read(&mut reader, tools::settings).unwrap();
        let connections = opentrain
            .unwrap()
            .connections(Arc::clone(&clock), None)
            .unwrap();
        let table = DynamoTable::new(&self.clients, STACK);
        let claims = DynamoTable::claims(&self.clients, &format!("{STACK}-claims"));
        let ledger = Ledger::new(Arc::new(table), Arc::new(claims), Arc::clone(&clock));
        let urls = &self.stack.queues;
        let queue = Arc::new(SqsQueue::new(&self.clients, urls, Arc::clone(&clock)));
        let services = services.connect(&clock, &ledger).unwrap();
        let provisioner = services.provisioner(connections, ledger, Arc::clone(&queue) as _, clock);
        let mut worked = 0;
        loop {
            let hidden = Duration::from_secs(60);
            let batch = queue.receive(MAX_BATCH, hidden, Duration::ZERO).await;
            let batch = batch.unwrap();
            let processed = work_batch(&provisioner, batch, None, Ack::Explicit).await;
            if processed.is_empty() {
                return worked;
            }
            for it in &processed {
                assert!(matches!(it.verdict, Verdict::Done), "{:?}", it.verdict);
                assert!(!it.redelivered);
            }
            worked += processed.len();
        }
    }

    /// Asserts that the simulators received no invalid request.
    pub(crate) fn close(&self) {
        assert_eq!(self.opentrain.violations(), []);
        assert_eq!(self.tool.violations(), []);
    }
}

pub(crate) fn on_stack<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--stack", STACK, "--json"]].concat()
}
