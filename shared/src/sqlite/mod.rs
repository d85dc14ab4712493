//! One SQLite file under the queue and the ledger of a bridge that runs on one machine.
//!
//! One thread owns the connection that writes. Jobs come to it over a bounded channel; it takes all
//! that wait, runs each in a savepoint of one transaction, commits once, and only then answers the
//! callers: one `fsync` for many jobs (group commit), and no answer before the `fsync`. A job that
//! comes alone is committed at once, so that an idle bridge adds no delay.
//!
//! Reads that decide something go through the same thread and see nothing that is not yet durable. Reads for operators
//! use a connection of their own, and delay no writer.

mod advice;
mod backup;
#[allow(missing_docs, reason = "each message names its fields")]
mod error;
mod files;
mod health;
mod job;
mod open;
mod owner;
mod paths;
mod restore;
mod retention;
mod schema;
mod session;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

pub use backup::BackupError;
pub use error::{CommitError, DatabaseError, OpenError};
use owner::Owner;
pub use restore::{RestoreError, file_sha256};
use session::Session;
use writer::Writer;

/// A handle on the database; clones share one writer thread.
///
/// Dropping the last one waits until the submitted jobs are done and the file is closed.
#[derive(Clone)]
pub struct Database {
    path: PathBuf,
    writer: Arc<Writer>,
}

impl Database {
    /// Opens `path` to read and write; makes the file (mode 0600) where there is none.
    ///
    /// # Errors
    /// Among others [`OpenError::InUse`]: one process at a time writes to a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = open::resolve(path.as_ref())?;
        // The file of a running bridge may have been moved away.
        if !path.exists() {
            Owner::refuse_other(&path)?;
        }
        open::make(&path)?;
        files::inspect(&path)?;
        files::refuse_stray_log(&path)?;
        let owner = Owner::take(&path)?;
        let (connection, files) = open::writable(&path, &owner)?;
        let session = Session::read_write(connection, path.clone(), owner, files);
        Self::start(path, session)
    }

    /// Opens `path` only for reading, whether or not a bridge runs on it; every write is refused.
    ///
    /// # Errors
    /// Among others [`OpenError::Missing`]: this makes no file.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = open::resolve(path.as_ref())?;
        let connection = open::read_only(&path)?;
        let session = Session::read_only(connection, path.clone());
        Self::start(path, session)
    }

    /// The file's path, with all symbolic links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reason why the last commit failed; none once a write has succeeded again. Answers at once.
    ///
    /// While a failure lasts, each commit is followed by a small write, so that the end of the failure is
    /// noticed with the next job, whether or not that job writes.
    pub fn last_failure(&self) -> Option<String> {
        self.writer.last_failure()
    }

    /// Reason why commits fail at this time. After a failure one more write is tried, so that the end of the
    /// failure is noticed without traffic.
    pub async fn failure(&self) -> Option<String> {
        self.last_failure()?;
        // The writer follows any job with a small write while a failure lasts; the next line reads its result.
        let _ = self.transact(|_| Ok(())).await;
        self.last_failure()
    }

    /// Finishes the jobs that wait, empties the write-ahead log and closes the file, even if other handles
    /// are left: their jobs get [`DatabaseError::Stopped`] from now on.
    pub async fn close(self) {
        self.writer.close().await;
    }

    fn start(path: PathBuf, session: Session) -> Result<Self, OpenError> {
        match Writer::start(session) {
            Ok(writer) => Ok(Self {
                path,
                writer: Arc::new(writer),
            }),
            Err(source) => Err(OpenError::Thread { path, source }),
        }
    }

    /// Runs `work` on the writer thread. All that it has read or written is durable when this returns.
    ///
    /// An error undoes this job's changes and no other job's. If the caller stops waiting before the job's turn, the
    /// job is skipped.
    pub(crate) async fn transact<T, F>(&self, work: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.writer.run(work).await
    }

    /// Runs `look` on a read-only connection of its own: it sees all that was acknowledged before, as of one moment,
    /// and delays no writer.
    pub(crate) async fn snapshot<T, F>(&self, look: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.read(move |connection| {
            let moment = connection.transaction()?;
            look(&moment)
        })
        .await
    }

    /// Runs `read` on a read-only connection of its own, outside of a transaction.
    async fn read<T, F>(&self, read: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let path = self.path.clone();
        let reading = tokio::task::spawn_blocking(move || read(&mut open::reader(&path)?));
        let value = reading.await.map_err(|_| DatabaseError::Stopped)?;
        value.map_err(|error| DatabaseError::Refused(Arc::new(error)))
    }
}

/// A stored time in milliseconds since 1970. Times at the end of the range are only compared.
pub(crate) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}
