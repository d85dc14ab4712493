//! Shared pace of all calls to a service, across the processes that call it.
//!
//! A service that answers 429, or with `Retry-After`, pauses all calls of all processes. Afterwards the rate starts a
//! little below the rate that the service last served, and recovers gradually. Removals go first, then grants, then
//! reads; each class has at least a tenth of the calls.

mod class;
mod rate;
mod state;
mod turn;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

pub use self::class::Class;
use self::rate::Rate;
use self::state::State;
use self::turn::Turns;
use crate::model::clock::{Clock, after};

/// Shares a pause between processes.
#[async_trait]
pub trait SharedPause: Send + Sync {
    /// Time until which calls are paused; `None` if they are not.
    async fn paused_until(&self) -> Option<Timestamp>;

    /// Records a pause.
    async fn pause(&self, until: Timestamp);
}

/// Stores the pauses of several services.
pub trait PauseRows: Send + Sync {
    /// The stored pause of a service. `service` is a name without personal data and secrets.
    fn of(&self, service: &str) -> Arc<dyn SharedPause>;
}

/// Longest pause that a service can request.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Longest wait of a grant's first call. The grant can still be retried later.
const FIRST_OF_GRANT: Duration = Duration::from_secs(2);
/// Longest wait of a removal's call, and of a further call of a grant.
const OF_CHANGE: Duration = Duration::from_secs(10);
/// Longest wait of a read, which has the lowest precedence.
const OF_LOOK: Duration = Duration::from_secs(30);

/// Maximum number of grants that wait before their first call. More would occupy the workers that removals need.
const MOST_GRANTS: u32 = 8;

/// Paces the calls of one process to one service.
pub struct Pacer {
    shared: Arc<dyn SharedPause>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    turns: Turns,
}

/// There is no capacity now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// Time until there is capacity.
    pub after: Duration,
}

tokio::task_local! {
    static OPERATION: Operation;
    /// Set in tasks that a removal waits for.
    static FOR_REMOVAL: ();
}

/// Runs work that a removal waits for. All of its calls are paced as calls of the removal.
pub async fn for_removal<F: Future>(work: F) -> F::Output {
    FOR_REMOVAL.scope((), work).await
}

/// The operation of the current task.
#[derive(Clone)]
struct Operation {
    pacer: Arc<Pacer>,
    class: Class,
    /// Number of calls that were made for it.
    calls: Arc<AtomicU32>,
    /// A 429 limits only this operation, not the pace of other calls.
    has_own_limit: bool,
}

impl Pacer {
    /// Creates a pacer. `most` is this process's share of the calls per second, if there is a limit.
    pub fn new(most: Option<f64>, shared: Arc<dyn SharedPause>, clock: Arc<dyn Clock>) -> Self {
        Self {
            shared,
            clock,
            state: Mutex::new(State::new(Rate::new(most, Instant::now()))),
            turns: Turns::default(),
        }
    }

    /// Runs work whose calls are paced as calls of this class.
    pub async fn run<F: Future>(self: &Arc<Self>, class: Class, work: F) -> F::Output {
        let calls = Arc::new(AtomicU32::new(0));
        let class = match FOR_REMOVAL.try_with(|()| ()) {
            Ok(()) => Class::Removal,
            Err(_) => class,
        };
        let operation = Operation {
            pacer: Arc::clone(self),
            class,
            calls: Arc::clone(&calls),
            has_own_limit: false,
        };
        let output = OPERATION.scope(operation, work).await;
        self.turns.finished(class, calls.load(Ordering::Relaxed));
        output
    }

    /// Waits for the turn of a call.
    async fn admit(&self, class: Class, has_begun: bool) -> Result<(), Busy> {
        self.read_shared().await;
        if self.look(|state, now| state.is_unlimited(now)) {
            return Ok(());
        }
        let can_come_again = class == Class::Grant && !has_begun;
        let patience = match class {
            _ if can_come_again => FIRST_OF_GRANT,
            Class::Removal | Class::Grant => OF_CHANGE,
            Class::Look => OF_LOOK,
        };
        let ahead = self.turns.ahead(class);
        let wait = self.look(|state, now| state.wait_for(ahead, now));
        if wait > patience || (can_come_again && self.turns.waiting(class) >= MOST_GRANTS) {
            return Err(self.busy(class, wait));
        }
        let turn = self.turns.wait(class, || self.look(State::take));
        match tokio::time::timeout(patience, turn).await {
            Ok(()) => Ok(()),
            Err(_) => {
                let wait = self.look(|state, now| state.wait_for(ahead + 1, now));
                Err(self.busy(class, wait))
            }
        }
    }

    /// Refuses an operation and returns its own retry time: operations that are refused together are retried at
    /// different times.
    fn busy(&self, class: Class, wait: Duration) -> Busy {
        let now = Instant::now();
        let per_call = self.look(|state, now| state.interval(now));
        Busy {
            after: self.turns.reserve(class, now, wait, per_call),
        }
    }

    async fn read_shared(&self) {
        let is_due = self.look(|state, now| state.is_read_due(now));
        if !is_due {
            return;
        }
        let Some(until) = self.shared.paused_until().await else {
            return;
        };
        let left = Duration::try_from(until.duration_since(self.clock.now()));
        let left = left.unwrap_or_default().min(LONGEST_PAUSE);
        if !left.is_zero() {
            self.look(|state, now| state.pause(left, now));
        }
    }

    /// Processes the service's answer.
    async fn heard(&self, status: u16, retry_after: Option<Duration>) {
        let limited = status == 429;
        let asked = retry_after.map(|it| it.min(LONGEST_PAUSE));
        let pause = self.look(|state, now| match (limited, asked) {
            (true, asked) => Some(state.limited(asked, now)),
            (false, Some(asked)) if status >= 500 => Some(state.pause(asked, now)),
            _ => {
                state.served(now);
                None
            }
        });
        if let Some(pause) = pause.filter(|it| !it.is_zero()) {
            self.shared.pause(after(self.clock.now(), pause)).await;
        }
    }

    fn look<T>(&self, work: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut state, Instant::now())
    }
}

/// Waits for the turn of a call of the current operation, if there is one.
pub async fn admit() -> Result<(), Busy> {
    let Ok(operation) = OPERATION.try_with(Operation::clone) else {
        return Ok(());
    };
    let has_begun = operation.calls.load(Ordering::Relaxed) > 0;
    operation.pacer.admit(operation.class, has_begun).await?;
    operation.calls.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Processes an answer to a call of the current operation. Returns whether it is a 429 after which the call may be
/// repeated.
pub async fn heard(status: u16, retry_after: Option<Duration>) -> bool {
    let Ok(operation) = OPERATION.try_with(Operation::clone) else {
        return false;
    };
    if operation.has_own_limit {
        return false;
    }
    operation.pacer.heard(status, retry_after).await;
    status == 429
}

/// Runs work that has a limit of its own: its 429 does not affect other calls.
pub async fn with_own_limit<F: Future>(work: F) -> F::Output {
    match OPERATION.try_with(Operation::clone) {
        Ok(operation) => {
            let operation = Operation {
                has_own_limit: true,
                ..operation
            };
            OPERATION.scope(operation, work).await
        }
        Err(_) => work.await,
    }
}

#[cfg(test)]
mod tests;
