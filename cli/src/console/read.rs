//! What is read for several pages.
//!
//! The report of `bridge status` reads all trainers. It is kept until the database changes, or for some seconds on a
//! stack, so that the pages of a list need one reading.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use jiff::Timestamp;
use shared::config::{Reader, database};
use shared::ledger::AlertKind;
use shared::model::clock::after;
use tokio::sync::Mutex;

use super::app::{Console, now};
use crate::exit::CliError;
use crate::status::{self, Report};
use crate::targets::Target;

/// A reading of a machine is kept for this time at most.
const KEPT: Duration = Duration::from_secs(10);

/// A reading of a stack is kept for this time: it reads the whole table, which costs money.
const KEPT_OF_STACK: Duration = Duration::from_secs(20);

/// Alerts that reconciles and usage runs record themselves. The report has the others.
const ALERTS: [AlertKind; 4] = [
    AlertKind::RemovalsHeld,
    AlertKind::EndpointDisabled,
    AlertKind::OrphanedAccess,
    AlertKind::UsageLost,
];

/// The report, and the alerts that are open.
pub(super) struct Reading {
    pub(super) report: Report,
    /// The kind, and what it holds for.
    pub(super) alerts: Vec<(AlertKind, Vec<String>)>,
    /// Why stored connections can't be read.
    pub(super) unread: Vec<String>,
    pub(super) read_at: Timestamp,
}

/// The last reading.
#[derive(Default)]
pub(super) struct Cached(Mutex<Option<Kept>>);

struct Kept {
    reading: Arc<Reading>,
    /// State of the database before the reading.
    state: Option<String>,
}

impl Console {
    /// The report as of now, or as of some seconds ago.
    pub(super) async fn reading(&self) -> Result<Arc<Reading>, CliError> {
        let mut cached = self.cached.0.lock().await;
        let state = file_state(&self.target);
        let lasts = match state.is_some() {
            true => KEPT,
            false => KEPT_OF_STACK,
        };
        if let Some(kept) = cached.as_ref() {
            let is_young = now() < after(kept.reading.read_at, lasts);
            if is_young && kept.state == state {
                return Ok(Arc::clone(&kept.reading));
            }
        }
        *cached = None;
        let reading = Arc::new(read(&self.target).await?);
        *cached = Some(Kept {
            reading: Arc::clone(&reading),
            state,
        });
        Ok(reading)
    }

    /// Forgets the last reading, after a change.
    pub(super) async fn read_again(&self) {
        *self.cached.0.lock().await = None;
        self.changes.report();
    }
}

async fn read(target: &Target) -> Result<Reading, CliError> {
    let read_at = now();
    let report = status::read(target, &status::Filter::default()).await?;
    let ledger = target.ledger()?;
    let mut alerts = Vec::new();
    for kind in ALERTS {
        let row = ledger.alert(kind).await;
        let row = row.with_context(|| format!("{} can't be read", target.what()))?;
        if !row.open.is_empty() {
            alerts.push((kind, row.open.into_iter().collect()));
        }
    }
    Ok(Reading {
        unread: unread(target).await,
        report,
        alerts,
        read_at,
    })
}

/// Faults of the stored connections. The report lacks the projects that they may use.
async fn unread(target: &Target) -> Vec<String> {
    let mut reader = Reader::new(target.vars());
    let Some(opentrain) = target.opentrain_to_connect(&mut reader) else {
        return Vec::new();
    };
    match opentrain.kept().keeper.read_each().await {
        Ok(read) => read.faults.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// A text that differs once something has changed. `None` if that can't be read.
pub(super) async fn state(target: &Target) -> Option<String> {
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
