//! The table in docs/tools.md says what the adapters say.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use shared::clock::SystemClock;
use shared::config::{Reader, ToolSettings, Vars};
use shared::tool::NoMemory;

/// The rows of the table, by the kind in their first cell.
fn table() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tools.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split('|');
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    rows.map(cells).map(|row| (row[0].clone(), row)).collect()
}

/// What the adapter that `TOOL_KIND` names says, with all else as it comes by default.
async fn said(kind: &str) -> Value {
    let vars = Vars::default()
        .with("TOOL_KIND", Some(kind))
        .with("TOOL_BASE_URL", Some("http://127.0.0.1:1"))
        .with("TOOL_API_TOKEN", Some("token"))
        .with("TOOL_ORG", Some("team"));
    let mut reader = Reader::new(&vars);
    let settings = ToolSettings::read(&mut reader);
    let settings = reader.finish(settings).unwrap();
    let tool = settings
        .tool(Arc::new(SystemClock), Arc::new(NoMemory))
        .unwrap();
    serde_json::to_value(tool.capabilities().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_table_says_what_the_adapters_say() {
    let table = table();
    for kind in ["rest", "doccano", "cvat"] {
        let row = &table[kind];
        let can = said(kind).await;
        for (at, column) in ["scope", "accounts", "removal", "readding", "time"]
            .into_iter()
            .enumerate()
        {
            assert_eq!(can[column], row[at + 1].as_str(), "{kind}, {column}");
        }
    }
}
