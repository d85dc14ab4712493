//! A steady load, open loop: deliveries are due at fixed times, and the latency counts from then on, even if no
//! connection was free. So a stall affects all deliveries that were due in it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use crate::line::Line;
use crate::load::Tally;
use crate::requests::{FIRST, Requests};

/// Sufficient for a free connection per delivery during a stall of a third of a second at 200/s.
const CONNECTIONS: usize = 64;

struct Due {
    n: u64,
    at: Instant,
}

/// Sends `rate` deliveries per second for `seconds`.
pub(crate) async fn load(
    address: SocketAddr,
    requests: &Requests,
    rate: u64,
    seconds: u64,
) -> anyhow::Result<Tally> {
    let (due, waiting) = unbounded_channel();
    let waiting = Arc::new(Mutex::new(waiting));
    let mut lines = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let line = Line::open(address).await?;
        lines.spawn(drive(line, requests.clone(), Arc::clone(&waiting)));
    }
    // A thread, because tokio's timer has a resolution of one millisecond.
    let pace = std::thread::spawn(move || {
        let start = Instant::now() + Duration::from_millis(50);
        for index in 0..rate * seconds {
            let at = start + Duration::from_nanos(index * 1_000_000_000 / rate);
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if due
                .send(Due {
                    n: FIRST + index,
                    at,
                })
                .is_err()
            {
                return;
            }
        }
    });
    let mut all = Tally::new()?;
    while let Some(one) = lines.join_next().await {
        all = all.with(one??)?;
    }
    // All connections have ended, so the pace is not needed.
    drop(pace);
    Ok(all)
}

async fn drive(
    mut line: Line,
    requests: Requests,
    waiting: Arc<Mutex<UnboundedReceiver<Due>>>,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::new()?;
    let mut buffer = Vec::new();
    loop {
        let next = waiting.lock().await.recv().await;
        let Some(Due { n, at }) = next else {
            return Ok(tally);
        };
        requests.write(n, &mut buffer)?;
        let status = line.send(&buffer).await;
        if !tally.note(n, status, at.elapsed()) {
            return Ok(tally);
        }
    }
}
