//! `bridge rehearse` with the sandbox and a real Label Studio, each a process as an operator starts it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use super::browser::Browser;
use super::people::{User, Work};
use super::server::{Server, TOKEN};
use super::stage::PASSWORD;
use crate::common::mailbox::Mailbox;

/// A process that runs until the end of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// The first line of an output that `wanted` accepts. The rest is read, so that the process can write it.
fn line(output: impl std::io::Read + Send + 'static, wanted: impl Fn(&str) -> bool) -> String {
    let mut lines = BufReader::new(output).lines().map(Result::unwrap);
    let found = lines.find(|line| wanted(line)).unwrap();
    std::thread::spawn(move || lines.count());
    found
}

/// The settings of a bridge, in a folder.
struct Ground {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Ground {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
        command
            .args(args)
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let variables = self.variables.iter();
        command.envs(variables.map(|(name, value)| (*name, value.as_str())));
        command
    }

    async fn run(&self, args: &[&str]) -> Output {
        let mut command = self.command(args);
        let run = tokio::task::spawn_blocking(move || command.output().unwrap());
        run.await.unwrap()
    }

    async fn done(&self, args: &[&str]) {
        let output = self.run(args).await;
        assert!(output.status.success(), "{args:?}: {output:?}");
    }

    fn connect(&self, token: &str) {
        let mut child = self
            .command(&["connect"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(token.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// The sandbox, for this tool. Returns its addresses and tokens.
fn sandbox(ground: &Ground, tool: &str) -> (Running, Value) {
    let args = [
        "sandbox",
        "--listen",
        "127.0.0.1:0",
        "--tool-base-url",
        tool,
        "--json",
    ];
    let mut child = ground.command(&args).stderr(Stdio::null()).spawn().unwrap();
    let banner = line(child.stdout.take().unwrap(), |_| true);
    (Running(child), serde_json::from_str(&banner).unwrap())
}

/// `bridge serve`. Returns its address.
fn serve(ground: &Ground) -> (Running, String) {
    let mut child = ground
        .command(&["serve"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let up = line(child.stderr.take().unwrap(), |line| {
        line.contains("the bridge is up")
    });
    let (_, rest) = up.split_once("address=").unwrap();
    let address = rest.split_whitespace().next().unwrap().to_owned();
    (Running(child), address)
}

/// The trainer signs up with the link in the mail, and labels a task. Returns their address.
async fn work(server: &Server, ground: &Ground, mailbox: &Mailbox, project: &str) -> String {
    let mail = mailbox.wait_for(1).await;
    let mut browser = Browser::new(server);
    assert_eq!(browser.sign_up(&mail.link(), &mail.to, PASSWORD).await, 302);
    let (_, body) = browser
        .call(Method::GET, "/api/current-user/token", None)
        .await;
    let trainer = User::of(server, body["token"].as_str().unwrap());
    ground.done(&["reconcile"]).await;
    let task = trainer.tasks(project).await[0];
    trainer.annotate(task, &Work::of(30.0, &["a"])).await;
    mail.to
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_rehearsal_proves_each_step_on_a_real_tool() {
    let server = Server::start().await;
    let mailbox = Mailbox::open().await;
    let project = User::admin(&server).project(2).await;
    let mut ground = Ground {
        folder: tempfile::tempdir().unwrap(),
        variables: Vec::new(),
    };
    let (_sandbox, banner) = sandbox(&ground, &server.origin);
    let text = |name: &str| banner[name].as_str().unwrap().to_owned();
    ground.variables = vec![
        ("OPENTRAIN_BASE_URL", text("opentrainBaseUrl")),
        ("OPENTRAIN_PERSONAL_API_TOKEN", text("personalToken")),
        ("TOOL_KIND", "label-studio".into()),
        ("TOOL_BASE_URL", server.origin.clone()),
        ("TOOL_API_TOKEN", TOKEN.into()),
        ("SMTP_URL", mailbox.url.clone()),
        ("SMTP_FROM", "Our Team <team@example.com>".into()),
        ("BRIDGE_LISTEN", "127.0.0.1:0".into()),
    ];
    ground.connect(&text("partnerToken"));
    let (_bridge, address) = serve(&ground);
    let hook = format!("http://{address}/hooks/default");
    ground.done(&["subscribe", "--url", &hook]).await;
    let rehearse = [
        "rehearse",
        "--project",
        &project,
        "--approve",
        "--wait",
        "2",
        "--json",
    ];
    let played = ground.run(&rehearse);
    let (output, trainer) = tokio::join!(played, work(&server, &ground, &mailbox, &project));
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 14);
    assert!(
        steps.iter().all(|step| step["result"] == "proven"),
        "{steps:?}"
    );
    let members = User::admin(&server).members().await;
    assert!(!members.contains(&trainer), "{members:?}");
}
