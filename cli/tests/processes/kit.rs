//! Starts `bridge` as an operator does.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use shared::model::signature::WebhookSecret;
use simulator::AnnotationPlatform;
use tempfile::TempDir;

use crate::common::post::{Answer, Letter};
use crate::common::{canaries, wait, world};

pub(crate) const SECRET: &str = "whsec_canary_new";
const OLD_SECRET: &str = "whsec_canary_old";

/// Time limit for a process to reach a condition.
const PATIENCE: Duration = Duration::from_secs(30);

/// A tool, a folder, and the settings of a bridge.
pub(crate) struct Ground {
    pub(crate) tool: AnnotationPlatform,
    pub(crate) client: reqwest::Client,
    folder: TempDir,
}

/// Result of a command.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let tool = AnnotationPlatform::start(world::TOOL_TOKEN).await.unwrap();
        tool.create_project("streets", "Street scenes");
        let folder = tempfile::tempdir().unwrap();
        Self {
            tool,
            client: wait::client(),
            folder,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `bridge` with complete and valid settings. OpenTrain is unreachable: the test's deliveries contain all data.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(self.folder.path(), args);
        command.envs([
            ("OPENTRAIN_BASE_URL", "http://127.0.0.1:1"),
            ("OPENTRAIN_PARTNER_TOKEN", "ot_ptk_canary"),
            ("TOOL_KIND", "rest"),
            ("TOOL_API_TOKEN", world::TOOL_TOKEN),
            ("BRIDGE_LISTEN", "127.0.0.1:0"),
            ("BRIDGE_LOG", "debug"),
        ]);
        command.env(
            "OPENTRAIN_WEBHOOK_SECRET",
            format!("{SECRET}, {OLD_SECRET}"),
        );
        command.env("TOOL_BASE_URL", self.tool.base_url());
        command
    }

    /// Starts `bridge serve`, and returns when it answers.
    pub(crate) fn serve(&self) -> Bridge {
        Bridge::start(self.command(&["serve"]))
    }

    /// The same, after a shell command that sets a limit.
    pub(crate) fn serve_limited(&self, limit: &str) -> Bridge {
        Bridge::start(limited(self.command(&["serve"]), limit))
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Run {
        run(self.command(args)).await
    }

    /// Output of `bridge status --json`.
    pub(crate) async fn status(&self) -> Value {
        let run = self.run(&["status", "--json"]).await;
        assert_eq!(run.code, Some(0), "{}", run.err);
        serde_json::from_str(&run.out).unwrap()
    }

    /// Delivers a body to a bridge.
    pub(crate) async fn deliver(&self, to: SocketAddr, body: &Value) -> Answer {
        let secret = WebhookSecret::new(SECRET).unwrap();
        let url = format!("http://{to}/hooks/default");
        Letter::signed(&url, &secret, body.to_string())
            .post(&self.client)
            .await
    }
}

/// `bridge` with an empty environment.
pub(crate) fn bare(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .args(args)
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// `command`, after a shell command that sets a limit.
pub(crate) fn limited(command: Command, limit: &str) -> Command {
    through(&["sh"], command, &format!("{limit}; exec \"$@\""))
}

/// `command`, as the arguments of a script of this shell.
pub(crate) fn through(shell: &[&str], command: Command, script: &str) -> Command {
    let mut outer = Command::new(shell[0]);
    outer.args(&shell[1..]).args(["-c", script, "sh"]);
    outer.arg(command.get_program()).args(command.get_args());
    outer.env_clear().stdin(Stdio::null());
    outer.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    if let Some(folder) = command.get_current_dir() {
        outer.current_dir(folder);
    }
    outer
}

/// Runs a command to its end. Asserts that it prints no secret.
pub(crate) async fn run(mut command: Command) -> Run {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let run = Run {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    for text in [&run.out, &run.err] {
        // The prefixes of tokens and secrets are permitted.
        canaries::assert_none_in(&text.replace("whsec_…", "").replace("ot_ptk_…", ""));
    }
    run
}

/// A running `bridge serve`. Dropping it kills it.
pub(crate) struct Bridge {
    pub(crate) address: SocketAddr,
    /// Of `ADMIN_LISTEN`.
    pub(crate) admin: Option<SocketAddr>,
    child: Child,
    log: JoinHandle<String>,
}

impl Bridge {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, address) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let log = std::thread::spawn(move || read_log(lines, &send));
        let Ok((admin, address)) = wait(&address) else {
            panic!("it did not come up: {}", log.join().unwrap());
        };
        Self {
            address,
            admin,
            child,
            log,
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.ended();
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it with `kill`, as a service manager does. Returns the exit status and the whole log.
    pub(crate) fn terminate(self) -> (ExitStatus, String) {
        let id = self.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.ended()
    }

    /// Waits for its end. Asserts that its log contains no secret.
    fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new));
        let log = log.join().unwrap();
        canaries::assert_none_in(&log);
        (status, log)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The administrators' address, and the address for deliveries.
type Addresses = (Option<SocketAddr>, SocketAddr);

fn wait(address: &Receiver<Addresses>) -> Result<Addresses, mpsc::RecvTimeoutError> {
    address.recv_timeout(PATIENCE)
}

/// Reads a log to its end, and sends the addresses that it contains.
fn read_log(mut lines: BufReader<impl Read>, addresses: &mpsc::Sender<Addresses>) -> String {
    let mut admin = None;
    let address = |line: &str| -> SocketAddr {
        let (_, rest) = line.split_once("address=").unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    let mut log = String::new();
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        if line.contains("(ADMIN_LISTEN)") {
            admin = Some(address(&line));
        }
        if line.contains("the bridge is up") {
            // The test may have stopped waiting.
            let _told = addresses.send((admin, address(&line)));
        }
        log.push_str(&line);
        line.clear();
    }
    log
}
