//! `bridge mcp`, as a client speaks to it: JSON-RPC over standard input and output.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::common::canaries;
use crate::common::command::{bridge, command};
use crate::common::world::{World, play};

const PROJECT: &str = "streets";

const READS: [&str; 12] = [
    "explain",
    "get_budget",
    "get_status",
    "list_contracts",
    "list_dead_letters",
    "list_deliveries",
    "list_people",
    "list_projects",
    "plan_reconcile",
    "query_audit",
    "run_check",
    "search_docs",
];

const WRITES: [&str; 6] = [
    "apply_reconcile",
    "drop_dead_letters",
    "link_project",
    "redrive_dead_letters",
    "retry_person",
    "unlink_project",
];

/// Maximum length of the list of tools: about 6,000 tokens.
const LONGEST_LIST: usize = 24_000;

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
    async fn ask(&mut self, method: &str, params: Value) -> Value {
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
    async fn failed(&mut self, name: &str, arguments: Value) -> String {
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

fn names(tools: &Value) -> BTreeSet<&str> {
    let tools = tools.as_array().unwrap().iter();
    tools.map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn tools_that_write_exist_only_if_the_operator_allows_them() {
    play(async |world| {
        let mut reader = Client::start(world, &[]).await;
        let tools = reader.tools().await;
        assert_eq!(names(&tools), READS.into());
        let params = json!({ "name": "retry_person", "arguments": { "trainerId": "usr_maria" } });
        let refused = reader.ask("tools/call", params).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
        reader.close().await;

        let mut writer = Client::start(world, &["--allow-writes"]).await;
        let tools = writer.tools().await;
        assert_eq!(names(&tools), READS.into_iter().chain(WRITES).collect());
        for tool in tools.as_array().unwrap() {
            let hints = &tool["annotations"];
            for hint in [
                "readOnlyHint",
                "destructiveHint",
                "idempotentHint",
                "openWorldHint",
            ] {
                assert!(hints[hint].is_boolean(), "{tool}");
            }
            let is_read = READS.contains(&tool["name"].as_str().unwrap());
            assert_eq!(hints["readOnlyHint"], is_read, "{tool}");
        }
        let length = tools.to_string().len();
        assert!(
            length < LONGEST_LIST,
            "the list of tools has {length} characters"
        );
        writer.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_leaves_at_once_is_no_failure() {
    play(async |world| {
        let left = bridge(world, &["mcp"]).await;
        assert_eq!(
            (left.code, left.out.as_str()),
            (Some(0), ""),
            "{}",
            left.err
        );
        let unknown = bridge(world, &["mcp", "--allow-write"]).await.misused();
        assert!(unknown.contains("--allow-writes"), "{unknown}");
    })
    .await;
}

#[tokio::test]
async fn tools_answer_about_people() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_ben").await;
        let mut client = Client::start(world, &[]).await;
        let status = client.done("get_status", json!({})).await;
        assert_eq!(status["people"]["granted"], 2, "{status}");
        assert_eq!(status["bridgeRuns"], true);

        let first = client.done("list_people", json!({ "limit": 1 })).await;
        assert_eq!(
            (&first["total"], &first["truncated"]),
            (&2.into(), &true.into())
        );
        let next = json!({ "limit": 1, "cursor": first["nextCursor"] });
        let second = client.done("list_people", next).await;
        let people = [
            &first["people"][0]["trainer"],
            &second["people"][0]["trainer"],
        ];
        assert_eq!(people, ["usr_ben", "usr_maria"]);
        assert!(second["nextCursor"].is_null());
        let none = client
            .done("list_people", json!({ "state": "needs-you" }))
            .await;
        assert_eq!(none["total"], 0);

        let explained = client
            .done("explain", json!({ "id": contract, "limit": 1 }))
            .await;
        assert_eq!(explained["verdict"], "in", "{explained}");
        assert_eq!(explained["timeline"].as_array().unwrap().len(), 1);
        let projects = client.done("list_projects", json!({})).await;
        assert_eq!(
            projects["projects"][0]["people"]["granted"], 2,
            "{projects}"
        );
        let own = json!({ "trainerId": "usr_maria", "state": "live" });
        let contracts = client.done("list_contracts", own).await;
        assert_eq!(contracts["contracts"][0]["contract"], contract.as_str());
        let unknown = client
            .failed("explain", json!({ "id": "usr_unknown" }))
            .await;
        assert!(
            unknown.starts_with("usage: ") && unknown.contains("bridge status"),
            "{unknown}"
        );
        let wrong = client.failed("list_people", json!({ "nonsense": 1 })).await;
        for known in ["state", "project", "cause", "limit", "cursor"] {
            assert!(wrong.contains(known), "{wrong}");
        }
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn tools_answer_about_the_bridge() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let mut client = Client::start(world, &[]).await;
        let budget = client.done("get_budget", json!({})).await;
        assert!(budget["contracts"].is_array());
        let deliveries = json!({ "type": "contract.started", "outcome": "accepted" });
        let listed = async {
            while client.done("list_deliveries", deliveries.clone()).await["total"] != 1 {}
        };
        tokio::time::timeout(Duration::from_secs(60), listed)
            .await
            .expect("the delivery is listed");
        let letters = client.done("list_dead_letters", json!({})).await;
        assert_eq!(letters["total"], 0);
        let days = json!({ "from": "2020-01-01", "to": "2100-01-01", "trainerId": "usr_maria" });
        let audit = client.done("query_audit", days).await;
        assert!(audit["total"].as_u64().unwrap() > 1, "{audit}");
        let checked = client.done("run_check", json!({ "only": ["tool"] })).await;
        let findings = checked["findings"].as_array().unwrap();
        assert!(
            !findings.is_empty() && findings.iter().all(|it| it["part"] == "tool"),
            "{checked}"
        );
        let found = client
            .done(
                "search_docs",
                json!({ "query": "RECONCILE_MAX_REMOVALS_PERCENT", "limit": 2 }),
            )
            .await;
        assert_eq!(found["sections"].as_array().unwrap().len(), 2, "{found}");
        assert!(
            found["sections"][0]["file"]
                .as_str()
                .unwrap()
                .ends_with(".md")
        );
        let bad = json!({ "from": "yesterday", "to": "2100-01-01" });
        let bad = client.failed("query_audit", bad).await;
        assert!(bad.contains("`from` is no day"), "{bad}");
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_applied_only_while_it_holds() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_ben").await;
        world.opentrain.lose_events(1);
        world.end(&contract);
        let mut client = Client::start(world, &["--allow-writes"]).await;
        let plan = client.done("plan_reconcile", json!({})).await;
        assert_eq!(plan["counts"]["revoke"], 1, "{plan}");
        assert_eq!(plan["removals"][0]["trainer"], "usr_ben");
        assert_eq!(
            world.members(PROJECT),
            ["usr_ben"],
            "a plan changes nothing"
        );

        world.opentrain.lose_events(1);
        world.hire(&job, &world.trainer("usr_maria"));
        let id = json!({ "planId": plan["planId"] });
        let stale = client.failed("apply_reconcile", id).await;
        assert!(
            stale.contains("no longer holds") && stale.contains("usr_maria"),
            "{stale}"
        );
        assert_eq!(world.members(PROJECT), ["usr_ben"]);

        let plan = client.done("plan_reconcile", json!({})).await;
        let id = json!({ "planId": plan["planId"] });
        let applied = client.done("apply_reconcile", id.clone()).await;
        assert_eq!(applied["applied"], true, "{applied}");
        world.idle().await;
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let again = client.done("apply_reconcile", id).await;
        assert_eq!(again["counts"], applied["counts"], "the same answer");
        let unknown = client
            .failed("apply_reconcile", json!({ "planId": "plan_1" }))
            .await;
        assert!(unknown.contains("plan_reconcile"), "{unknown}");

        let audit = bridge(world, &["audit", "--json"]).await.json();
        let rows = audit["entries"].as_array().unwrap().iter();
        let agents: Vec<_> = rows.filter(|it| it["event"] == "operator.agent").collect();
        assert_eq!(agents.len(), 1, "{agents:?}");
        assert_eq!(agents[0]["target"], "apply_reconcile by test-client 7");
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_link_is_deleted_only_with_the_number_of_people() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let mut client = Client::start(world, &["--allow-writes"]).await;
        let projects = client.done("list_projects", json!({})).await;
        let link = projects["projects"][0]["links"][0]["link"].clone();
        let dry = client
            .done("unlink_project", json!({ "linkId": link }))
            .await;
        assert_eq!((&dry["dryRun"], &dry["people"]), (&true.into(), &1.into()));
        for wrong in [json!(2), Value::Null] {
            let args = json!({ "linkId": link, "dryRun": false, "confirmPeople": wrong });
            let refused = client.failed("unlink_project", args).await;
            assert!(refused.contains("1 people would lose"), "{refused}");
        }
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let args = json!({ "linkId": link, "dryRun": false, "confirmPeople": 1 });
        let gone = client.done("unlink_project", args).await;
        assert_eq!(gone["recorded"], true, "{gone}");
        world.until_removed(PROJECT, "usr_maria").await;

        world.project("lakes");
        let job = world.unlinked_job();
        let args = json!({ "jobId": job, "projectId": "lakes" });
        let dry = client.done("link_project", args).await;
        assert_eq!(dry["project"]["id"], "lakes", "{dry}");
        let args = json!({ "jobId": job, "projectId": "lakes", "dryRun": false });
        let linked = client.done("link_project", args).await;
        assert!(linked["link"]["id"].is_string(), "{linked}");
        let retried = client
            .done("retry_person", json!({ "trainerId": "usr_maria" }))
            .await;
        assert_eq!(retried["trainer"], "usr_maria");
        world.idle().await;
        let none = client
            .failed("redrive_dead_letters", json!({ "ids": [] }))
            .await;
        assert!(none.contains("`ids` is empty"), "{none}");
        let reason = json!({ "ids": ["17"], "reason": " " });
        let none = client.failed("drop_dead_letters", reason).await;
        assert!(none.contains("`--reason` is empty"), "{none}");
        client.close().await;
    })
    .await;
}
