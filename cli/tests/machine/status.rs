//! `bridge status`: its filters, what needs an operator, and its exit code.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use simulator::{Fault, ToolCall, What};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::common::command::{bridge, command};
use crate::common::world::{World, play};

const PROJECT: &str = "streets";

/// Maria has access. Ben's removal needs an operator.
async fn with_a_failed_removal(world: &World) -> String {
    let job = world.job(PROJECT).await;
    world.working(&job, PROJECT, "maria").await;
    let contract = world.working(&job, PROJECT, "ben").await;
    world
        .tool
        .fault(Fault::lasting(ToolCall::DeleteMember, What::status(403)));
    world.end(&contract);
    world
        .until_access("ben", PROJECT, |it| it.trouble.is_some())
        .await;
    contract
}

async fn mend(world: &World) {
    world.tool.clear_faults();
    bridge(world, &["retry", "ben"]).await.done();
    world.until_removed(PROJECT, "ben").await;
}

fn trainers(status: &Value) -> Vec<&str> {
    let rows = status["access"].as_array().unwrap().iter();
    rows.map(|row| row["trainer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_needs_an_operator_is_found_and_counted() {
    play(async |world| {
        with_a_failed_removal(world).await;
        let failed = bridge(world, &["status", "--failed", "--json"])
            .await
            .json();
        assert_eq!(trainers(&failed), ["ben"]);
        let row = &failed["access"][0];
        assert_eq!(row["state"], "removal-needs-you", "{row}");
        assert_eq!(row["recorded"], "removing", "{row}");
        let first = &failed["attention"][0];
        assert_eq!(
            (&first["kind"], &first["count"]),
            (&"removal".into(), &1.into())
        );
        assert!(
            first["fix"]
                .as_str()
                .unwrap()
                .contains("bridge explain ben")
        );
        let text = bridge(world, &["status", "--failed"]).await.done();
        assert!(
            text.contains("removal needs you") && !text.contains("maria"),
            "{text}"
        );

        let one = bridge(world, &["status", "--trainer", "maria", "--json"])
            .await
            .json();
        assert_eq!(trainers(&one), ["maria"]);
        let other = bridge(world, &["status", "--project", "lakes", "--json"])
            .await
            .json();
        assert!(trainers(&other).is_empty());

        let code = async |args: &[&str]| {
            let args = [&["status", "--exit-code"], args].concat();
            bridge(world, &args).await.code
        };
        assert_eq!(code(&[]).await, Some(1));
        assert_eq!(code(&["--trainer", "ben"]).await, Some(1));
        assert_eq!(code(&["--trainer", "maria"]).await, Some(0));
        assert_eq!(code(&["--trainer", "unknown"]).await, Some(2));
        let error = bridge(world, &["status", "--exit-code", "--json"])
            .await
            .failed(1);
        let error: Value = serde_json::from_str(&error).unwrap();
        assert_eq!(error["error"]["kind"], "needs-operator", "{error}");
        mend(world).await;
        let ok = bridge(world, &["status", "--failed"]).await.done();
        assert!(ok.contains("nothing failed"), "{ok}");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_printed_while_it_is_watched() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "maria").await;
        let watch = command(world, &world.file(), &["status", "--watch", "--json"]);
        let mut watch = tokio::process::Command::from(watch)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        let mut next = async || -> Value {
            let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line());
            serde_json::from_str(&line.await.unwrap().unwrap().unwrap()).unwrap()
        };
        assert_eq!(trainers(&next().await), ["maria"]);
        world.working(&job, PROJECT, "ben").await;
        while trainers(&next().await) != ["ben", "maria"] {}
    })
    .await;
}
