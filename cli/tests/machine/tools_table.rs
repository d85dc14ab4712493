//! The table in docs/tools.md states the same as the adapters.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use shared::config::{Reader, Vars};
use shared::model::clock::SystemClock;
use shared::tool::NoState;
use tokio::net::TcpListener;

/// The rows of the table, by the kind in their first cell.
fn table() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tools.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    };
    rows.map(cells).map(|row| (row[0].clone(), row)).collect()
}

/// The capabilities of the adapter that `TOOL_KIND` names, with default settings otherwise.
async fn said(kind: &str) -> Value {
    said_by(kind, "http://127.0.0.1:1", None).await
}

async fn said_by(kind: &str, base_url: &str, admin: Option<&str>) -> Value {
    let vars = Vars::default()
        .with("TOOL_KIND", Some(kind))
        .with("TOOL_BASE_URL", Some(base_url))
        .with("TOOL_API_TOKEN", Some("token"))
        .with("TOOL_ADMIN_EMAIL", admin)
        .with("TOOL_ADMIN_PASSWORD", admin)
        .with("TOOL_ORG", Some("team"));
    let mut reader = Reader::new(&vars);
    let settings = tools::settings(&mut reader);
    let settings = reader.finish(settings).unwrap();
    let tool = settings
        .connect(Arc::new(SystemClock), Arc::new(NoState))
        .unwrap();
    serde_json::to_value(tool.capabilities().await.unwrap()).unwrap()
}

/// A server that only reports its edition of Label Studio. Returns its address.
async fn label_studio(edition: &'static str) -> String {
    let version = json!({ "release": "1.23.2", "edition": edition });
    let routes = Router::new().route("/api/version", get(async || Json(version)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    origin
}

fn assert_said(row: &[String], can: &Value) {
    let columns = ["scope", "accounts", "removal", "readding", "time"];
    for (at, column) in columns.into_iter().enumerate() {
        assert_eq!(can[column], row[at + 1].as_str(), "{row:?}, {column}");
    }
}

#[tokio::test]
async fn the_table_says_what_the_adapters_say() {
    let table = table();
    for kind in ["rest", "doccano", "cvat"] {
        assert_said(&table[kind], &said(kind).await);
    }
}

#[tokio::test]
async fn each_edition_of_label_studio_has_its_row() {
    let table = table();
    let admin = Some("admin@example.com");
    for (edition, admin, row) in [
        ("Community", None, "label-studio Community"),
        (
            "Community",
            admin,
            "label-studio Community with TOOL_ADMIN_EMAIL",
        ),
        ("Enterprise", None, "label-studio Enterprise"),
    ] {
        let can = said_by("label-studio", &label_studio(edition).await, admin).await;
        assert_said(&table[row], &can);
    }
}
