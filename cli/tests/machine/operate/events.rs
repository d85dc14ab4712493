//! `bridge events`: what was delivered, and what was refused.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::common::command::{bridge, command};
use crate::common::events::{Link, started};
use crate::common::wait::until;
use crate::common::world::{World, play};
use crate::operate::kit::PROJECT;

/// The rows that the command prints as JSON.
async fn rows(world: &World, flags: &[&str]) -> Vec<Value> {
    let args = [&["events", "--json"], flags].concat();
    let shown = bridge(world, &args).await.done();
    let row = |line: &str| serde_json::from_str(line).unwrap();
    shown.lines().map(row).collect()
}

/// Delivers the start of a contract.
async fn deliver(world: &World, id: u64, contract: &str) {
    world.project(PROJECT);
    let event = started(id, contract, "usr_maria", &Link::new("link_1", PROJECT));
    world.deliver("default", &event).await;
}

#[tokio::test]
async fn deliveries_are_listed_with_their_ids() {
    play(async |world| {
        deliver(world, 1, "ctr_1").await;
        deliver(world, 2, "ctr_2").await;
        let quarantined = world.letter("default", "{}");
        assert_eq!(world.post(quarantined).await.status, 202);
        until("three are listed", async || {
            rows(world, &[]).await.len() == 3
        })
        .await;
        let one = rows(world, &["--contract", "ctr_2"]).await.remove(0);
        assert_eq!(one["type"], "contract.started");
        assert_eq!(one["event"], "2");
        assert_eq!(one["connection"], "default");
        assert_eq!(one["outcome"], "accepted");
        assert!(one["tookMs"].is_u64(), "{one}");
        let aside = rows(world, &["--outcome", "quarantined"]).await;
        assert_eq!(aside.len(), 1);
        for none in [
            ["--type", "contract.ended"],
            ["--connection", "acme"],
            ["--since", "2100-01-01T00:00:00Z"],
        ] {
            assert!(rows(world, &none).await.is_empty(), "{none:?}");
        }
        assert_eq!(
            rows(world, &["--since", "1h", "--limit", "2"]).await.len(),
            2
        );
        let table = bridge(world, &["events"]).await.done();
        assert!(
            table.contains("contract.started") && table.contains("quarantined"),
            "{table}"
        );
    })
    .await;
}

/// A flood is one row for each reason and minute, which names no text of the sender.
#[tokio::test]
async fn refused_requests_are_counted() {
    play(async |world| {
        for _ in 0..50 {
            let unsigned = world.letter("default", "{\"canary\":1}").unsigned();
            assert_eq!(world.post(unsigned).await.status, 401);
        }
        let count = async || {
            let refused = rows(world, &["--outcome", "refused"]).await;
            refused
                .iter()
                .filter_map(|row| row["requests"].as_u64())
                .sum::<u64>()
        };
        until("all are counted", async || count().await == 50).await;
        let refused = rows(world, &["--outcome", "signature-malformed"]).await;
        assert!(refused.len() <= 2, "of at most two minutes: {refused:?}");
        assert_eq!(refused[0]["connection"], "default");
        assert!(rows(world, &["--outcome", "accepted"]).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn new_deliveries_are_followed() {
    play(async |world| {
        deliver(world, 1, "ctr_1").await;
        until("it is listed", async || rows(world, &[]).await.len() == 1).await;
        let follow = ["events", "--follow", "--json"];
        let mut follow = tokio::process::Command::from(command(world, &world.file(), &follow));
        let mut follow = follow
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
        let mut next = async || -> Value {
            let line = tokio::time::timeout(std::time::Duration::from_secs(60), lines.next_line());
            serde_json::from_str(&line.await.unwrap().unwrap().unwrap()).unwrap()
        };
        assert_eq!(next().await["contract"], "ctr_1");
        deliver(world, 2, "ctr_2").await;
        assert_eq!(next().await["contract"], "ctr_2");
    })
    .await;
}
