//! Slow clients, more than the server accepts connections: half request heads and half bodies, each opened again after
//! it is closed. Meanwhile, deliveries are sent at a steady rate, each with its own connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::line::Line;
use crate::load::Tally;
use crate::requests::{FIRST, Requests};

/// Connections that send half a head.
pub(crate) const HEADS: usize = 3_000;

/// Connections that send a byte of a body each second.
pub(crate) const BODIES: usize = 600;

/// Deliveries per second meanwhile.
pub(crate) const RATE: u64 = 50;

/// OpenTrain's time limit for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The clients. Dropping them closes their connections.
pub(crate) struct SlowClients {
    _runtime: Runtime,
    opened: Arc<AtomicUsize>,
}

impl SlowClients {
    /// Opens all connections.
    ///
    /// # Errors
    /// If the limit of open files of this process is too low.
    pub(crate) fn start(to: SocketAddr) -> anyhow::Result<Self> {
        raise_open_files()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let opened = Arc::new(AtomicUsize::new(0));
        for n in 0..HEADS + BODIES {
            let text = if n < HEADS {
                "POST /hooks/default HTTP/1.1\r\nhost: x\r\nx-a".to_owned()
            } else {
                let v1 = "0".repeat(64);
                format!(
                    "POST /hooks/default HTTP/1.1\r\nhost: x\r\nx-opentrain-signature: t=1,v1={v1}\r\ncontent-length: 1000\r\n\r\n"
                )
            };
            let trickles = n >= HEADS;
            runtime.spawn(client(to, text, trickles, Arc::clone(&opened)));
        }
        while opened.load(Ordering::Relaxed) < HEADS + BODIES {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Self {
            _runtime: runtime,
            opened,
        })
    }

    /// Number of connections that were opened so far.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

async fn client(to: SocketAddr, text: String, trickles: bool, opened: Arc<AtomicUsize>) {
    loop {
        if let Ok(stream) = TcpStream::connect(to).await {
            opened.fetch_add(1, Ordering::Relaxed);
            // The next round opens the connection again.
            let _closed = hold(stream, &text, trickles).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Keeps the connection until the server closes it.
async fn hold(mut stream: TcpStream, text: &str, trickles: bool) -> std::io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    let mut answer = [0; 256];
    loop {
        let second = tokio::time::sleep(Duration::from_secs(1));
        tokio::select! {
            read = stream.read(&mut answer) => if read? == 0 { return Ok(()) },
            () = second, if trickles => stream.write_all(b"x").await?,
        }
    }
}

fn raise_open_files() -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).context("the limit of open files can't be raised")
}

/// Sends deliveries at a steady rate for `seconds`. The latency includes connecting.
pub(crate) async fn deliveries(
    to: SocketAddr,
    requests: &Requests,
    seconds: u64,
) -> anyhow::Result<Tally> {
    let mut sent = JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    for n in FIRST..FIRST + RATE * seconds {
        ticks.tick().await;
        let requests = requests.clone();
        sent.spawn(async move {
            let start = Instant::now();
            let mut buffer = Vec::new();
            requests.write(n, &mut buffer)?;
            let answer = tokio::time::timeout(PATIENCE, async {
                Line::open(to).await?.send(&buffer).await
            });
            let late = Err(std::io::ErrorKind::TimedOut.into());
            let status = answer.await.unwrap_or(late);
            let mut tally = Tally::new()?;
            tally.note(n, status, start.elapsed());
            anyhow::Ok(tally)
        });
    }
    let mut all = Tally::new()?;
    while let Some(one) = sent.join_next().await {
        all = all.with(one??)?;
    }
    Ok(all)
}
