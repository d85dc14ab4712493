//! The thread that owns the connection, and its group commit.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB};
use tokio::sync::mpsc;

use super::error::CommitError;
use super::files::Files;
use super::health::Health;
use super::job::Job;
use super::open::BUSY;
use super::owner::Owner;

/// Jobs that share a commit. At some ten microseconds each, a full batch stays well below the time
/// of an `fsync` on a slow disk.
const BATCH: usize = 128;

/// An open database and what belongs to it.
pub(super) struct Session {
    connection: Connection,
    path: PathBuf,
    /// `None` for a connection that only reads.
    owned: Option<(Owner, Files)>,
    shared: Arc<Shared>,
}

/// Shared with the handles.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) health: Health,
    /// Requests a checkpoint after the next batch.
    pub(super) checkpoint: AtomicBool,
    /// Requests the end after the jobs that wait.
    pub(super) close: AtomicBool,
}

/// Bytes that a probe writes: as many as the largest delivery.
const PROBE: usize = 256 * 1024;

impl Session {
    /// Keeps the ownership of the file until the connection is closed.
    pub(super) fn read_write(
        connection: Connection,
        path: PathBuf,
        owner: Owner,
        files: Files,
    ) -> Self {
        Self {
            connection,
            path,
            owned: Some((owner, files)),
            shared: Arc::default(),
        }
    }

    pub(super) fn read_only(connection: Connection, path: PathBuf) -> Self {
        Self {
            connection,
            path,
            owned: None,
            shared: Arc::default(),
        }
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Runs until the last handle is gone or `close` is requested. Jobs that arrive during a commit are the next batch.
    pub(super) fn run(self, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
        let mut batch = Vec::with_capacity(BATCH);
        while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
            batch.retain(|job| job.is_wanted());
            let committed = self.commit(&mut batch);
            self.shared
                .health
                .record(&self.path, &committed, || self.probe());
            if self.shared.checkpoint.swap(false, Ordering::AcqRel) {
                self.checkpoint();
            }
            for job in batch.drain(..) {
                job.answer(committed.clone());
            }
            if self.shared.close.load(Ordering::Acquire) {
                waiting.close();
            }
        }
        self.close();
    }

    fn commit(&self, batch: &mut [Box<dyn Job>]) -> Result<(), CommitError> {
        let committed = self.transaction(batch);
        if committed.is_err() && !self.connection.is_autocommit() {
            // If this fails as well, the next BEGIN returns the error to its callers.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        committed
    }

    /// Runs the jobs in one transaction. `COMMIT` writes and syncs only if one of them changed something.
    fn transaction(&self, batch: &mut [Box<dyn Job>]) -> Result<(), CommitError> {
        self.execute(self.begin())?;
        for job in batch {
            self.execute("SAVEPOINT job")?;
            if let Err(error) = job.run(&self.connection) {
                if self.connection.is_autocommit() {
                    // On some errors (disk full, I/O) SQLite rolls the whole transaction back.
                    return Err(CommitError::Sqlite(error));
                }
                self.execute("ROLLBACK TO job")?;
            }
            self.execute("RELEASE job")?;
        }
        if let Some((_, files)) = &self.owned {
            files.check()?;
        }
        self.execute("COMMIT")
    }

    fn begin(&self) -> &'static str {
        match self.owned {
            // The write lock is taken with BEGIN: taken later, it could be refused in mid-transaction.
            Some(_) => "BEGIN IMMEDIATE",
            None => "BEGIN",
        }
    }

    fn execute(&self, sql: &str) -> Result<(), CommitError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Writes as much as a large delivery takes, and removes it. A batch of reads commits on a full disk, too, and so
    /// may a small write: their success proves nothing.
    fn probe(&self) -> rusqlite::Result<()> {
        let db = &self.connection;
        if db.is_readonly(MAIN_DB)? {
            return Ok(());
        }
        let written = db.execute_batch(&format!(
            "BEGIN IMMEDIATE; DROP TABLE IF EXISTS write_probe; CREATE TABLE write_probe (content BLOB);
             INSERT INTO write_probe VALUES (zeroblob({PROBE})); COMMIT; DROP TABLE write_probe"
        ));
        if written.is_err() && !db.is_autocommit() {
            let _ = db.execute_batch("ROLLBACK");
        }
        written
    }

    /// Moves the write-ahead log into the database and truncates it: deleted e-mail addresses stay in the
    /// log until then. Does not wait for readers, since writers wait meanwhile.
    fn checkpoint(&self) {
        let truncated = self
            .connection
            .busy_timeout(Duration::ZERO)
            .and_then(|()| {
                self.connection
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            })
            .and_then(|busy: bool| self.connection.busy_timeout(BUSY).map(|()| busy));
        match truncated {
            Ok(busy) => tracing::debug!(busy, "checkpointed the write-ahead log"),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be checkpointed"),
        }
    }

    /// Closes the file, and removes the log if no other process reads it. A log that was removed from its folder is
    /// still open here, so its content gets into the database.
    fn close(self) {
        if self.owned.is_some() {
            self.checkpoint();
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, path = %self.path.display(), "the database could not be closed");
        }
        // The ownership ends here, after the file is closed.
        drop(self.owned);
    }
}
