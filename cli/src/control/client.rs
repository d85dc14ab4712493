//! Client side: sends the order to the running bridge, or executes it in this process if there is none.

use std::io::ErrorKind::{ConnectionRefused, NotFound, PermissionDenied};
use std::path::Path;

use anyhow::{Context, anyhow};
use futures::FutureExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::config::{Reader, Vars, database};
use shared::ledger::audit::Entry;
use shared::model::progress::{Watcher, unwatched};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::order::{Answer, Order};
use super::{in_process, socket};
use crate::exit::CliError;
use crate::paint::{BAD, paint};
use crate::targets::Target;

/// Maximum size of an answer with all its lines.
const MAX_ANSWER: u64 = 256 * 1024 * 1024;

/// Executes `order` in the running bridge, or in this process if there is none. `T` is the type of the order's result,
/// which also contains partial failures.
pub async fn ask<T: DeserializeOwned>(
    vars: &Vars,
    order: &Order,
    watcher: Watcher<'_>,
) -> Result<T, CliError> {
    let target = Target::of(vars).await?;
    ask_at(&target, order, watcher).await
}

/// The same as [`ask`], for a known target.
pub async fn ask_at<T: DeserializeOwned>(
    target: &Target,
    order: &Order,
    watcher: Watcher<'_>,
) -> Result<T, CliError> {
    let outcome = serde_json::from_value(done(target, order, watcher).boxed_local().await?);
    Ok(outcome
        .context("the running bridge has another version: use the same version of `bridge`")?)
}

/// Records an action of the operator who runs this command. Each command that changes something and gives no other
/// [`Order`] calls it before it acts. Does nothing if no bridge has stored data yet.
pub async fn record(target: &Target, entry: Entry) -> Result<(), CliError> {
    if !target.has_ledger()? {
        return Ok(());
    }
    ask_at(target, &Order::Record(Box::new(entry)), &unwatched).await
}

async fn done(target: &Target, order: &Order, watcher: Watcher<'_>) -> Result<Value, CliError> {
    #[cfg(feature = "aws")]
    if let Some(stack) = target.stack() {
        return super::on_stack::carry_out(target, stack, order, watcher).await;
    }
    let mut reader = Reader::new(target.vars());
    let path = database(&mut reader);
    let path = reader.finish(path)?;
    match connect(&path).await? {
        Some(stream) => over(stream, order, watcher).await,
        None => in_process::carry_out(target, &path, order, watcher).await,
    }
}

/// Whether a bridge runs on the target's database. `None` on a stack, or without a database.
pub async fn is_running(target: &Target) -> Option<bool> {
    if !target.is_machine() {
        return None;
    }
    let mut reader = Reader::new(target.vars());
    let path = database(&mut reader)?;
    Some(!matches!(connect(&path).await, Ok(None)))
}

/// Prints that no bridge runs on the database.
pub(crate) fn note_stopped() {
    anstream::println!(
        "{} No bridge runs on this database, so nothing is processed: start it with `bridge serve`.",
        paint(BAD, "Stopped:")
    );
}

/// Connects to the bridge that runs on this database, if there is one.
async fn connect(database: &Path) -> Result<Option<UnixStream>, CliError> {
    let Ok(path) = database.canonicalize() else {
        return Ok(None);
    };
    match socket::connect(&path).await {
        Ok(stream) => Ok(Some(stream)),
        // Refused: a killed bridge has left its socket behind.
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => Ok(None),
        Err(error) if error.kind() == PermissionDenied => Err(CliError::Usage(format!(
            "another user's bridge runs on {}: run this command as that user",
            path.display()
        ))),
        Err(error) => Err(anyhow!(error)
            .context(format!(
                "the bridge can't be reached over {}",
                socket::beside(&path).display()
            ))
            .into()),
    }
}

async fn over(stream: UnixStream, order: &Order, watcher: Watcher<'_>) -> Result<Value, CliError> {
    let (read, mut write) = stream.into_split();
    let mut line = serde_json::to_vec(order).context("the order can't be written as JSON")?;
    line.push(b'\n');
    write
        .write_all(&line)
        .await
        .context("the running bridge does not accept the order: read its log")?;
    let mut lines = BufReader::new(read.take(MAX_ANSWER)).lines();
    while let Some(line) = lines
        .next_line()
        .await
        .context("the bridge's answer is incomplete")?
    {
        match serde_json::from_str(&line)
            .context("the running bridge has another version: use the same version of `bridge`")?
        {
            Answer::Progress(progress) => watcher(progress),
            Answer::Done(outcome) => return Ok(outcome),
            Answer::Failed(reason) => return Err(CliError::Failed(reason.into())),
            Answer::Usage(reason) => return Err(CliError::Refused(reason.into())),
        }
    }
    Err(anyhow!(
        "the bridge stopped before the job was done: start it again, and repeat the command"
    )
    .into())
}
