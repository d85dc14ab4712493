//! Server side: accepts orders, and reports their progress.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use shared::ledger::audit::Actor;
use shared::model::progress::Progress;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::jobs::Jobs;
use super::order::{Answer, Order};
use super::socket::{self, Away};
use crate::exit::{CliError, Reason};
use crate::targets::user;

/// Maximum size of an order.
const MAX_ORDER: u64 = 64 * 1024;

/// Maximum number of concurrent orders.
const AT_ONCE: usize = 8;

/// Time limit for receiving an order, or for reading a line of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pause after the socket failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Control socket of a running bridge. Clients can connect as soon as this value exists.
pub(crate) struct ControlServer {
    listener: UnixListener,
    _away: Away,
}

impl ControlServer {
    /// Listens next to `database`, which this process owns. Only logs a failure, because the bridge works without it.
    pub(crate) fn open(database: &Path) -> Option<Self> {
        match socket::listen(database) {
            Ok(listener) => Some(Self {
                listener,
                _away: Away::at_the_end_of(database),
            }),
            Err(error) => {
                tracing::warn!(%error, socket = %socket::beside(database).display(), "the control socket can't be opened: commands that change something (such as `bridge reconcile`, `end` or `retry`) work only while this bridge is stopped. Give the database a name of under 60 characters, in a folder that the bridge may write to");
                None
            }
        }
    }

    /// Accepts orders until `stopped` is true. Then cancels the current ones.
    pub(crate) async fn attend(self, jobs: Arc<Jobs>, mut stopped: watch::Receiver<bool>) {
        let mut served = JoinSet::new();
        loop {
            let taken = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                Some(_) = served.join_next() => continue,
                taken = self.listener.accept(), if served.len() < AT_ONCE => taken,
            };
            match taken {
                Ok((stream, _)) => drop(served.spawn(serve(stream, Arc::clone(&jobs)))),
                Err(error) => {
                    tracing::warn!(%error, "an order could not be accepted; waiting for the next one");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }
}

async fn serve(stream: UnixStream, jobs: Arc<Jobs>) {
    let actor = match stream.peer_cred() {
        Ok(peer) => user(peer.uid()),
        Err(error) => {
            tracing::warn!(%error, "an order was refused: the system does not report the client's user");
            return;
        }
    };
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read.take(MAX_ORDER));
    let order = match timeout(PATIENCE, read_order(&mut read)).await {
        Ok(Some(order)) => order,
        Ok(None) | Err(_) => return,
    };
    // The client may have disconnected.
    let _gone = match order {
        Ok(order) => work(&order, &actor, &jobs, &mut read, &mut write).await,
        Err(text) => {
            let reason = Reason::of(&anyhow!(text));
            write_answer(&mut write, &Answer::Failed(reason)).await
        }
    };
}

type Reader = BufReader<tokio::io::Take<OwnedReadHalf>>;

/// Reads the order; `None` if the client sends none.
async fn read_order(read: &mut Reader) -> Option<Result<Order, String>> {
    let mut line = Vec::new();
    let length = read.read_until(b'\n', &mut line).await.ok()?;
    if length == 0 {
        return None;
    }
    if line.last() != Some(&b'\n') {
        return Some(Err(format!(
            "the order is incomplete, or longer than {MAX_ORDER} bytes: repeat the command with fewer ids"
        )));
    }
    Some(serde_json::from_slice(&line).map_err(|error| {
        format!("the running bridge does not support this order ({error}): use the same version of `bridge`")
    }))
}

/// Executes the order and reports its progress. Cancels it when the client disconnects.
async fn work(
    order: &Order,
    actor: &Actor,
    jobs: &Jobs,
    read: &mut Reader,
    write: &mut OwnedWriteHalf,
) -> std::io::Result<()> {
    // Only the latest progress is sent, so that a slow reader delays nothing.
    let (progress, mut latest) = watch::channel(Progress::default());
    let watcher = |now| {
        progress.send_replace(now);
    };
    let mut job = std::pin::pin!(jobs.carry_out(order, actor, &watcher));
    let mut more = [0; 1];
    loop {
        tokio::select! {
            biased;
            outcome = &mut job => {
                let answer = match outcome {
                    Ok(outcome) => Answer::Done(outcome),
                    Err(error) => match CliError::of_order(error) {
                        CliError::Refused(error) => Answer::Usage(Reason::of(&error)),
                        CliError::Failed(error) => Answer::Failed(Reason::of(&error)),
                        other => Answer::Failed(Reason::of(&other.into())),
                    },
                };
                return write_answer(write, &answer).await;
            }
            Ok(()) = latest.changed() => {
                let now = *latest.borrow_and_update();
                write_answer(write, &Answer::Progress(now)).await?;
            }
            // Each connection has one order: any further byte or its end cancels it.
            _ = read.read(&mut more) => return Ok(()),
        }
    }
}

async fn write_answer(write: &mut OwnedWriteHalf, answer: &Answer) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    timeout(PATIENCE, write.write_all(&line))
        .await
        .map_err(|_| std::io::ErrorKind::TimedOut)?
}
