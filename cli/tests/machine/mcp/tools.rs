//! The list of tools.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::Client;
use crate::common::command::bridge;
use crate::common::world::play;

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
