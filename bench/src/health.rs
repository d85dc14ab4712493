//! Reads the queue's depth from `GET /healthz`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;

/// Time between two readings of a queue that is being processed.
const LOOK: Duration = Duration::from_millis(100);

/// Time limit for processing a backlog.
const PATIENCE: Duration = Duration::from_secs(300);

/// Depth of the queue.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Queue {
    waiting: u64,
    in_flight: u64,
    dead: u64,
}

#[derive(Deserialize)]
struct Health {
    queue: Queue,
}

/// Reads it once; `None` unless the answer is a 200.
pub(crate) fn ask(address: SocketAddr) -> Option<Queue> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let ok = head.starts_with("HTTP/1.1 200 ");
    ok.then(|| serde_json::from_str::<Health>(body).ok())
        .flatten()
        .map(|health| health.queue)
}

/// Waits until everything that was accepted is processed.
///
/// # Errors
/// After the time limit, or if a message became a dead letter.
pub(crate) fn until_drained(address: SocketAddr) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let queue =
            ask(address).context("the server stopped answering while it processed its backlog")?;
        match queue {
            Queue { dead: 1.., .. } => bail!("{} messages became dead letters", queue.dead),
            Queue {
                waiting: 0,
                in_flight: 0,
                ..
            } => return Ok(()),
            _ => std::thread::sleep(LOOK),
        }
    }
    bail!(
        "the backlog was not processed within {} s",
        PATIENCE.as_secs()
    )
}
