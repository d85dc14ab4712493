//! Order of the waiting calls.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::class::{CLASSES, Class};

/// Credit of a waiting class each time another class goes first.
const SHARE: f64 = 0.1;

/// Maximum time until a waiting class checks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Longest time that refused work waits in the retry queue.
const LONGEST_PROMISE: Duration = Duration::from_secs(15 * 60);

/// Weight of the last operation in the mean number of calls per operation.
const NEWEST: f64 = 0.1;

/// The turns of the classes.
#[derive(Default)]
pub(super) struct Turns {
    /// One call of each class waits for its turn. The others wait for this lock, in order.
    first: [tokio::sync::Mutex<()>; CLASSES],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: [u32; CLASSES],
    /// Credit of each class.
    owed: [f64; CLASSES],
    /// Mean number of calls per operation.
    calls: [f64; CLASSES],
    /// Time until which the capacity is reserved for refused operations.
    promised: [Option<Instant>; CLASSES],
}

/// A waiting call.
struct Waiting<'a>(&'a Turns, Class);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting[self.1 as usize] -= 1;
    }
}

impl Turns {
    /// Number of calls before a new call of this class.
    pub(super) fn ahead(&self, class: Class) -> u32 {
        self.state().waiting[..=class as usize].iter().sum()
    }

    /// Number of waiting calls of this class.
    pub(super) fn waiting(&self, class: Class) -> u32 {
        self.state().waiting[class as usize]
    }

    /// Waits until it is the call's turn and `take` succeeds.
    pub(super) async fn wait(&self, class: Class, take: impl Fn() -> Result<(), Duration>) {
        self.state().waiting[class as usize] += 1;
        let _waits = Waiting(self, class);
        let _first = self.first[class as usize].lock().await;
        loop {
            let wait = match self.is_next(class) {
                true => match take() {
                    Ok(()) => return self.went(class),
                    Err(wait) => wait,
                },
                false => LOOK_EVERY,
            };
            tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    /// A class is next if its credit is full, or if no class before it waits and no class after it has full credit.
    fn is_next(&self, class: Class) -> bool {
        let state = self.state();
        let owed = |of: usize| state.waiting[of] > 0 && state.owed[of] >= 1.0;
        let own = class as usize;
        let before = (0..own).any(|of| state.waiting[of] > 0);
        let owed_after = (own + 1..CLASSES).any(owed);
        owed(own) || (!before && !owed_after)
    }

    /// Records that the class had its turn.
    fn went(&self, class: Class) {
        let mut state = self.state();
        let own = class as usize;
        state.owed[own] = (state.owed[own] - 1.0).max(0.0);
        for other in (0..CLASSES).filter(|of| *of != own) {
            if state.waiting[other] > 0 {
                state.owed[other] = (state.owed[other] + SHARE).min(1.0);
            }
        }
    }

    /// Records that an operation ended after `calls` calls.
    pub(super) fn finished(&self, class: Class, calls: u32) {
        if calls > 0 {
            let mut state = self.state();
            let mean = &mut state.calls[class as usize];
            let calls = f64::from(calls);
            *mean = match *mean {
                0.0 => calls,
                known => known * (1.0 - NEWEST) + calls * NEWEST,
            };
        }
    }

    /// Reserves capacity for a refused operation and returns its retry time. Nothing is reserved beyond the longest
    /// wait of the retry queue, because the operation would be retried before it.
    pub(super) fn reserve(
        &self,
        class: Class,
        now: Instant,
        wait: Duration,
        per_call: Duration,
    ) -> Duration {
        let mut state = self.state();
        let calls = state.calls[class as usize].max(1.0);
        let promised = &mut state.promised[class as usize];
        let from = promised.map_or(now + wait, |it| it.max(now + wait));
        if from > now + LONGEST_PROMISE {
            return LONGEST_PROMISE.mul_f64(crate::model::chance::random_range(0.9..1.0));
        }
        *promised = Some(from + per_call.mul_f64(calls));
        from.saturating_duration_since(now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
