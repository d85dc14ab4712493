//! Work in the background. It calls other systems, so no page waits for it: a button starts it, and its page shows
//! whether it runs, and its last result.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use shared::ledger::audit::Verified;
use shared::model::ConnectionName;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::clock::now;
use crate::exit::CliError;
use crate::reconcile::plan::Plan;
use crate::setup::Finding;

/// The last run of each kind.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) check: Run<Checked>,
    pub(super) plan: Run<Plan>,
    /// The result as sentences.
    pub(super) apply: Run<Vec<String>>,
    pub(super) verify: Run<Verified>,
}

/// Result of a check.
pub(super) struct Checked {
    /// `None`: the connection `default`, and the endpoints of all others.
    pub(super) connection: Option<ConnectionName>,
    pub(super) findings: Vec<Finding>,
}

/// The last run of one kind.
pub(super) struct Run<T>(Mutex<State<T>>);

/// State of a run.
pub(super) enum State<T> {
    Never,
    Running { since: Timestamp },
    Ended { at: Timestamp, result: Outcome<T> },
}

type Outcome<T> = Result<Arc<T>, Arc<CliError>>;

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self(Mutex::new(State::Never))
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Running { since } => Self::Running { since: *since },
            Self::Ended { at, result } => Self::Ended {
                at: *at,
                result: result.clone(),
            },
        }
    }
}

impl<T> Run<T> {
    pub(super) fn state(&self) -> State<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.state(), State::Running { .. })
    }

    fn set(&self, state: State<T>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Replaces the result.
    pub(super) fn end(&self, result: Result<T, CliError>) {
        self.set(State::Ended {
            at: now(),
            result: result.map(Arc::new).map_err(Arc::new),
        });
    }

    pub(super) fn forget(&self) {
        self.set(State::Never);
    }

    /// False if it runs already.
    pub(super) fn begin(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Running { .. }) {
            return false;
        }
        *state = State::Running { since: now() };
        true
    }
}

/// Runs `work` on a thread of its own, because the commands' futures are not `Send`. The thread does not delay the end
/// of the process.
pub(super) async fn apart<T, F>(work: impl FnOnce() -> F + Send + 'static) -> anyhow::Result<T>
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    let (done, result) = oneshot::channel();
    let runtime = Handle::current();
    let thread = std::thread::Builder::new().name("console".to_owned());
    let started = thread.spawn(move || {
        // The page may be gone.
        let _gone = done.send(runtime.block_on(work()));
    });
    started.context("a thread can't be started")?;
    result.await.context("the work was stopped")
}
