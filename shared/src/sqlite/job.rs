//! Jobs for the writer thread.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::{CommitError, DatabaseError};

/// A job with its caller. The trait hides the type of the result.
pub(super) trait Job: Send {
    /// Whether the caller still waits. Otherwise the job is skipped, and its caller will repeat it.
    fn is_wanted(&self) -> bool;

    /// Runs the job. After an error, its changes must be rolled back.
    fn run(&mut self, connection: &Connection) -> Result<(), Arc<rusqlite::Error>>;

    /// Returns the result to the caller, after the commit or its failure.
    fn answer(self: Box<Self>, committed: Result<(), CommitError>);
}

/// A job whose result is a `T`.
pub(super) struct Typed<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, Arc<rusqlite::Error>>>,
    caller: oneshot::Sender<Result<T, DatabaseError>>,
}

impl<T, F> Typed<T, F> {
    pub(super) fn new(work: F, caller: oneshot::Sender<Result<T, DatabaseError>>) -> Self {
        Self {
            work: Some(work),
            outcome: None,
            caller,
        }
    }
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

    fn answer(self: Box<Self>, committed: Result<(), CommitError>) {
        let answer = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(DatabaseError::Refused(error)),
            (_, Err(error)) => Err(DatabaseError::NotCommitted(error)),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(DatabaseError::Stopped),
        };
        // A caller that no longer waits needs no result.
        let _ = self.caller.send(answer);
    }
}
