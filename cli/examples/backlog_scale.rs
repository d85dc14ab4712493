//! The queue on one machine with few and with many waiting messages: rates, size of the file, memory.
//!
//! `cargo run --release -p bridge --example backlog_scale`, with the number of messages after `--` if it is not 1,000,000.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::future::try_join_all;
use shared::model::clock::SystemClock;
use shared::queue::{DeduplicationId, GroupId, Limits, MAX_BATCH, Outgoing, Queue, SqliteQueue};
use shared::sqlite::Database;

const MESSAGES: usize = 1_000_000;
/// Messages that wait before the first measurement.
const FEW: usize = 1_000;
/// Messages of one trainer: a group.
const PER_GROUP: usize = 4;
const WORKERS: usize = 64;
/// Duration of each measurement.
const TIME: Duration = Duration::from_secs(5);
/// As long as a delivery's.
const BYTES: usize = 750;
const VISIBILITY: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let messages = std::env::args()
        .nth(1)
        .map_or(Ok(MESSAGES), |it| it.parse())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bridge.db");
    let database = Database::open(&file)?;
    let queue = SqliteQueue::new(database, Arc::new(SystemClock), Limits::default());
    let mut made = 0;
    for depth in [FEW, messages] {
        fill(&queue, &mut made, depth).await?;
        let sent = send(&queue, &mut made).await?;
        let done = work(&queue).await?;
        println!(
            "{} wait: {} sent/s one by one, {} received and deleted/s; file {} MiB, peak RSS {} MiB",
            queue.depth().await?.waiting,
            per_second(sent),
            per_second(done),
            std::fs::metadata(&file)?.len() >> 20,
            peak()? / 1024,
        );
    }
    Ok(())
}

fn per_second(count: usize) -> usize {
    count / TIME.as_secs() as usize
}

fn message(number: usize) -> Outgoing {
    Outgoing {
        body: format!("{number:0>BYTES$}"),
        group: GroupId::new("trainer", &format!("usr_{}", number / PER_GROUP)),
        deduplication: DeduplicationId::of(&[&number.to_string()]),
    }
}

/// Sends messages until this many have been made.
async fn fill(queue: &SqliteQueue, made: &mut usize, depth: usize) -> anyhow::Result<()> {
    while *made < depth {
        let next = (*made + 1_000).min(depth);
        queue.send_all((*made..next).map(message).collect()).await?;
        *made = next;
    }
    Ok(())
}

/// Sends messages side by side, as the intake does. Returns their number.
async fn send(queue: &SqliteQueue, made: &mut usize) -> anyhow::Result<usize> {
    let (begun, first) = (Instant::now(), *made);
    while begun.elapsed() < TIME {
        let next = *made + WORKERS;
        try_join_all((*made..next).map(|it| queue.send(message(it)))).await?;
        *made = next;
    }
    Ok(*made - first)
}

/// Receives and deletes side by side, as the workers do. Returns the number of messages.
async fn work(queue: &SqliteQueue) -> anyhow::Result<usize> {
    let begun = Instant::now();
    let worker = || async {
        let mut done = 0;
        while begun.elapsed() < TIME {
            let batch = queue.receive(MAX_BATCH, VISIBILITY, Duration::ZERO).await?;
            if batch.is_empty() {
                break;
            }
            for it in &batch {
                queue.delete(&it.handle).await?;
            }
            done += batch.len();
        }
        anyhow::Ok(done)
    };
    let done = try_join_all((0..WORKERS).map(|_| worker())).await?;
    Ok(done.into_iter().sum())
}

/// Peak memory of this process, in KiB.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.context("no VmHWM")?.parse()?)
}
