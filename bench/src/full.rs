//! Full load, closed loop: each connection sends its next delivery after the answer to the last one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::line::Line;
use crate::load::Tally;
use crate::requests::Requests;

/// Sends over `connections` for `length`, or until the server ends. Numbers are taken from `numbers`.
pub(crate) async fn load(
    address: SocketAddr,
    requests: &Requests,
    numbers: &Arc<AtomicU64>,
    connections: u64,
    length: Duration,
) -> anyhow::Result<Tally> {
    let mut lines = Vec::new();
    for _ in 0..connections {
        lines.push(Line::open(address).await?);
    }
    let until = Instant::now() + length;
    let drive = |line| drive(line, requests.clone(), Arc::clone(numbers), until);
    let mut driven: JoinSet<_> = lines.into_iter().map(drive).collect();
    let mut all = Tally::new()?;
    while let Some(one) = driven.join_next().await {
        all = all.with(one??)?;
    }
    Ok(all)
}

async fn drive(
    mut line: Line,
    requests: Requests,
    numbers: Arc<AtomicU64>,
    until: Instant,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::new()?;
    let mut buffer = Vec::new();
    while Instant::now() < until {
        let n = numbers.fetch_add(1, Ordering::Relaxed);
        requests.write(n, &mut buffer)?;
        let sent = Instant::now();
        let status = line.send(&buffer).await;
        if !tally.note(n, status, sent.elapsed()) {
            break;
        }
    }
    Ok(tally)
}
