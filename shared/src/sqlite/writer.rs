//! The thread that owns the connection, and its group commit.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::{Connection, MAIN_DB};
use tokio::sync::{mpsc, oneshot};

use super::error::DatabaseError;
use super::health::Health;
use super::owner::Owner;

/// Jobs that share a commit. At some ten microseconds each, a full batch stays well below the time
/// of an `fsync` on a slow disk.
const BATCH: usize = 128;

/// Jobs that may wait. Callers beyond these wait for a place: memory stays bounded.
const WAITING: usize = 1024;

/// Sends jobs to the thread; dropping it lets the thread finish and waits for that.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    health: Arc<Health>,
}

impl Writer {
    /// A writer on `connection`, which keeps the ownership of the file until the connection is closed.
    pub(super) fn read_write(connection: Connection, owner: Owner) -> io::Result<Self> {
        // The write lock is taken with BEGIN: taken later, it could be refused in mid-transaction.
        Self::start(connection, "BEGIN IMMEDIATE", Some(owner))
    }

    /// A writer that can only read.
    pub(super) fn read_only(connection: Connection) -> io::Result<Self> {
        Self::start(connection, "BEGIN", None)
    }

    fn start(
        connection: Connection,
        begin: &'static str,
        owner: Option<Owner>,
    ) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let health = Arc::new(Health::default());
        let noted = Arc::clone(&health);
        let thread = std::thread::Builder::new()
            .name("sqlite".into())
            .spawn(move || {
                work(&connection, begin, waiting, &noted);
                drop(connection);
                drop(owner);
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            health,
        })
    }

    /// Why the last commit failed, until a write succeeds.
    pub(super) fn last_failure(&self) -> Option<String> {
        self.health.failure()
    }

    /// Hands in a job and waits for the commit it is part of.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Typed {
            work: Some(work),
            outcome: None,
            caller,
        });
        let jobs = self.jobs.as_ref().ok_or(DatabaseError::Stopped)?;
        jobs.send(job).await.map_err(|_| DatabaseError::Stopped)?;
        answer.await.map_err(|_| DatabaseError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has rolled back; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// Until the last handle is gone: whatever came in during a commit makes up the next batch.
fn work(
    connection: &Connection,
    begin: &str,
    mut waiting: mpsc::Receiver<Box<dyn Job>>,
    health: &Health,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
        batch.retain(|job| job.is_wanted());
        let committed = commit(connection, begin, &mut batch);
        if committed.is_err() && !connection.is_autocommit() {
            // Should this fail too, the next BEGIN will say so to the next callers.
            let _ = connection.execute_batch("ROLLBACK");
        }
        health.record(&committed, || probe(connection));
        for job in batch.drain(..) {
            job.answer(committed.clone());
        }
    }
}

/// Runs the jobs in one transaction. `COMMIT` writes and syncs only if one of them changed something.
fn commit(
    connection: &Connection,
    begin: &str,
    batch: &mut [Box<dyn Job>],
) -> Result<(), Arc<rusqlite::Error>> {
    let tell = |sql: &str| -> Result<(), Arc<rusqlite::Error>> {
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    tell(begin)?;
    for job in batch {
        tell("SAVEPOINT job")?;
        if let Err(error) = job.run(connection) {
            if connection.is_autocommit() {
                // On some errors (disk full, I/O) SQLite rolls the whole transaction back.
                return Err(error);
            }
            tell("ROLLBACK TO job")?;
        }
        tell("RELEASE job")?;
    }
    tell("COMMIT")
}

/// Writes and syncs one page. A batch of reads commits on a full disk, too, so its success proves nothing.
fn probe(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_readonly(MAIN_DB)? {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let written = connection
        .pragma_update(None, "user_version", version)
        .and_then(|()| connection.execute_batch("COMMIT"));
    if written.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    written
}

/// A piece of work with its caller, of whatever type its result is.
trait Job: Send {
    /// Whether anybody waits for it still. A send nobody waits for is not stored: its sender will
    /// send it again.
    fn is_wanted(&self) -> bool;

    /// Does the work; an error means that its changes must go.
    fn run(&mut self, connection: &Connection) -> Result<(), Arc<rusqlite::Error>>;

    /// Tells the caller, now that it is known whether the transaction was committed.
    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>);
}

struct Typed<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, Arc<rusqlite::Error>>>,
    caller: oneshot::Sender<Result<T, DatabaseError>>,
}

impl<T, F> Job for Typed<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn is_wanted(&self) -> bool {
        !self.caller.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> Result<(), Arc<rusqlite::Error>> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let outcome = work(connection).map_err(Arc::new);
        let verdict = outcome.as_ref().map(|_| ()).map_err(Arc::clone);
        self.outcome = Some(outcome);
        verdict
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>) {
        let answer = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(DatabaseError::Refused(error)),
            (_, Err(error)) => Err(DatabaseError::NotCommitted(error)),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(DatabaseError::Stopped),
        };
        // A caller that has gone away meanwhile needs no answer.
        let _ = self.caller.send(answer);
    }
}
