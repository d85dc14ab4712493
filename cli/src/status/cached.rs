//! The report, read once for several questions.
//!
//! It reads all trainers. It is kept until the database changes, or for some seconds on a stack, so that the pages of a
//! list need one reading.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;
use shared::config::{Reader, database};
use shared::model::clock::{Clock, SystemClock, after};
use tokio::sync::Mutex;

use super::filter::Filter;
use super::report::Report;
use super::whole::read;
use crate::exit::CliError;
use crate::targets::Target;

/// A reading of a machine is kept for this time at most.
const KEPT: Duration = Duration::from_secs(10);

/// A reading of a stack is kept for this time: it reads the whole table, which costs money.
const KEPT_OF_STACK: Duration = Duration::from_secs(20);

/// The whole report, and when it was read.
pub(crate) struct Reading {
    pub(crate) report: Report,
    pub(crate) read_at: Timestamp,
}

/// The last reading of one target.
#[derive(Default)]
pub(crate) struct Cached(Mutex<Option<Kept>>);

struct Kept {
    reading: Arc<Reading>,
    /// State of the database before the reading.
    state: Option<String>,
}

impl Cached {
    /// The report as of now, or as of some seconds ago.
    pub(crate) async fn reading(&self, target: &Target) -> Result<Arc<Reading>, CliError> {
        let mut cached = self.0.lock().await;
        let state = file_state(target);
        let lasts = match state.is_some() {
            true => KEPT,
            false => KEPT_OF_STACK,
        };
        let now = SystemClock.now();
        if let Some(kept) = cached.as_ref() {
            let is_young = now < after(kept.reading.read_at, lasts);
            if is_young && kept.state == state {
                return Ok(Arc::clone(&kept.reading));
            }
        }
        *cached = None;
        let reading = Arc::new(Reading {
            report: read(target, &Filter::default()).await?,
            read_at: now,
        });
        *cached = Some(Kept {
            reading: Arc::clone(&reading),
            state,
        });
        Ok(reading)
    }

    /// Forgets the last reading, after a change.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// A text that changes with the state. `None` if the state can't be read.
#[cfg(feature = "console")]
pub(crate) async fn state_of(target: &Target) -> Option<String> {
    if target.is_machine() {
        return file_state(target);
    }
    let books = target.books().await.ok()?;
    let depth = books.queue.depth().await.ok()?;
    let run = books.ledger.last_reconcile().await.ok()?;
    Some(format!("{depth:?} {:?}", run.map(|run| run.started_at)))
}

/// Size and time of the database's files. Each commit changes its log. `None` on a stack, and without a database.
fn file_state(target: &Target) -> Option<String> {
    if !target.is_machine() {
        return None;
    }
    let mut reader = Reader::new(target.vars());
    let path = database(&mut reader)?;
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let part = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        let at = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{} {}", file.len(), at.as_nanos()))
    };
    Some(format!("{} {:?}", part(&path)?, part(&PathBuf::from(log))))
}
