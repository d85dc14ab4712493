//! A client, which speaks JSON-RPC over standard input and output.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::common::canaries;
use crate::common::command::command;
use crate::common::world::World;

/// A client's conversation with the server.
pub(crate) struct Client {
    process: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    sent: u64,
}

impl Client {
    pub(crate) async fn start(world: &World, flags: &[&str]) -> Self {
        let command = command(world, &world.file(), &[&["mcp"], flags].concat());
        let mut process = tokio::process::Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut client = Self {
            process,
            input,
            lines,
            sent: 0,
        };
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test-client", "version": "7" },
        });
        let hello = client.ask("initialize", hello).await;
        assert_eq!(
            hello["result"]["serverInfo"]["name"], "opentrain-bridge",
            "{hello}"
        );
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        client.send(&ready).await;
        client
    }

    async fn send(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    /// Sends a request. Returns the response, and asserts that every line is JSON without secrets and personal data.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let id = self.sent;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
            .await;
        loop {
            let line = tokio::time::timeout(Duration::from_secs(60), self.lines.next_line());
            let line = line
                .await
                .unwrap()
                .unwrap()
                .expect("the server has stopped");
            canaries::assert_none_in(&line);
            assert!(
                !line.contains("@opentrain.work"),
                "an e-mail address: {line}"
            );
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id {
                return message;
            }
        }
    }

    pub(crate) async fn tools(&mut self) -> Value {
        self.ask("tools/list", json!({})).await["result"]["tools"].take()
    }

    /// The result of a tool, whether or not it failed.
    pub(crate) async fn call(&mut self, name: &str, arguments: Value) -> Value {
        let params = json!({ "name": name, "arguments": arguments });
        let mut response = self.ask("tools/call", params).await;
        assert!(response["error"].is_null(), "{name}: {response}");
        response["result"].take()
    }

    /// The structured answer of a tool that succeeds.
    pub(crate) async fn done(&mut self, name: &str, arguments: Value) -> Value {
        let mut result = self.call(name, arguments).await;
        assert_ne!(result["isError"], true, "{name}: {result}");
        let answer = result["structuredContent"].take();
        for member in ["schemaVersion", "asOf", "truncated", "nextCursor"] {
            assert!(
                answer.get(member).is_some(),
                "{name} has no {member}: {answer}"
            );
        }
        let text: Value =
            serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, answer, "{name}");
        answer
    }

    /// The text of a tool that fails.
    pub(crate) async fn failed(&mut self, name: &str, arguments: Value) -> String {
        let result = self.call(name, arguments).await;
        assert_eq!(result["isError"], true, "{name}: {result}");
        assert!(result.get("structuredContent").is_none_or(Value::is_null));
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Closes the input, and waits for the end.
    pub(crate) async fn close(self) {
        let Self {
            mut process,
            input,
            mut lines,
            ..
        } = self;
        drop(input);
        while let Some(line) = lines.next_line().await.unwrap() {
            serde_json::from_str::<Value>(&line).unwrap();
        }
        let ended = tokio::time::timeout(Duration::from_secs(60), process.wait());
        assert_eq!(ended.await.unwrap().unwrap().code(), Some(0));
    }
}
