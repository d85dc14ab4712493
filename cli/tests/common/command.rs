//! `bridge` beside a running bridge, as an operator calls it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::canaries;
use super::world::{TOOL_TOKEN, World};

/// Result of a command.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// Asserts a usage error. Returns its message.
    #[track_caller]
    pub(crate) fn misused(self) -> String {
        self.failed(2)
    }

    /// Asserts this exit code. Returns the message.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self.err
    }
}

/// A command with the world's settings and without a terminal.
pub(crate) fn command(world: &World, database: &Path, args: &[&str]) -> Command {
    let customer = &world.customers["default"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .args(args)
        .env_clear()
        .current_dir(world.folder.path())
        .stdin(Stdio::null())
        .env("BRIDGE_DB", database)
        .env("BRIDGE_LISTEN", "127.0.0.1:0")
        .env("BRIDGE_CONNECTIONS", world.folder.path().join("none.json"))
        .env("OPENTRAIN_BASE_URL", world.opentrain.base_url())
        .env("OPENTRAIN_PARTNER_TOKEN", &customer.grant.token)
        .env("OPENTRAIN_WEBHOOK_SECRET", "whsec_any")
        .env("TOOL_KIND", "rest")
        .env("TOOL_BASE_URL", world.tool.base_url())
        .env("TOOL_API_TOKEN", TOOL_TOKEN);
    command
}

/// Runs a command to its end, and searches its output for secrets and personal data.
pub(crate) async fn run(command: Command) -> Run {
    let run = run_showing(command).await;
    canaries::assert_none_in(&run.out);
    canaries::assert_none_in(&run.err);
    run
}

/// The same for a command that may show personal data.
pub(crate) async fn run_showing(command: Command) -> Run {
    let output = output(command).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Runs a command to its end, on a thread of its own, because the servers that it calls run on this one.
pub(crate) async fn output(mut command: Command) -> Output {
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

/// `bridge` beside the world's bridge.
pub(crate) async fn bridge(world: &World, args: &[&str]) -> Run {
    run(command(world, &world.file(), args)).await
}
