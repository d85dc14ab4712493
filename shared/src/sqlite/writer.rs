//! The handle of the thread that owns the connection.

use std::io;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::error::DatabaseError;
use super::job::{Job, Typed};
use super::session::{Session, Shared};
use std::sync::Arc;

/// Maximum number of waiting jobs. Further callers wait for room, so that memory stays bounded.
const WAITING: usize = 1024;

/// Sends jobs to the thread; dropping it lets the thread finish and waits for that.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    /// Closed when the thread has closed the file.
    ended: watch::Receiver<()>,
}

impl Writer {
    /// Starts the thread, which keeps the session until it ends.
    pub(super) fn start(session: Session) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let (alive, ended) = watch::channel(());
        let shared = session.shared();
        let thread = std::thread::Builder::new()
            .name("sqlite".into())
            .spawn(move || {
                session.run(waiting);
                drop(alive);
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            shared,
            ended,
        })
    }

    /// Reason of the last failed commit, until a write succeeds.
    pub(super) fn last_failure(&self) -> Option<String> {
        self.shared.health.failure()
    }

    /// Submits a job and waits for the commit that it is part of.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Typed::new(work, caller));
        let jobs = self.jobs.as_ref().ok_or(DatabaseError::Stopped)?;
        jobs.send(job).await.map_err(|_| DatabaseError::Stopped)?;
        answer.await.map_err(|_| DatabaseError::Stopped)?
    }

    /// Empties the write-ahead log into the database, as far as no reader needs it.
    pub(super) async fn checkpoint(&self) -> Result<(), DatabaseError> {
        self.shared.checkpoint.store(true, Ordering::Release);
        self.run(|_| Ok(())).await
    }

    /// Lets the thread finish the jobs that wait and close the file, and waits for that.
    pub(super) async fn close(&self) {
        self.shared.close.store(true, Ordering::Release);
        // A job wakes the thread. A thread that has ended takes no job.
        let _ended = self.run(|_| Ok(())).await;
        let _ended = self.ended.clone().changed().await;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has rolled back; there is no caller to report it to.
            let _ = thread.join();
        }
    }
}
