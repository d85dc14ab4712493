//! Whose call goes next.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{CLASSES, Class};

/// What a waiting class is owed each time another class goes first.
const SHARE: f64 = 0.1;

/// A waiting class looks again after this time at the latest.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The longest time that refused work can wait in the retry queue.
const LONGEST_PROMISE: Duration = Duration::from_secs(15 * 60);

/// How much the last operation counts in the mean of calls per operation.
const NEWEST: f64 = 0.1;

/// The turns of the classes.
#[derive(Default)]
pub(super) struct Turns {
    /// One call of each class waits for its turn, the others wait for this, in their order.
    first: [tokio::sync::Mutex<()>; CLASSES],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: [u32; CLASSES],
    /// What each class is owed.
    owed: [f64; CLASSES],
    /// Mean number of calls of an operation.
    calls: [f64; CLASSES],
    /// Until when the room is promised to operations that were refused.
    promised: [Option<Instant>; CLASSES],
}

/// A call that waits.
struct Waiting<'a>(&'a Turns, Class);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting[self.1 as usize] -= 1;
    }
}

impl Turns {
    /// How many calls go before one of this class that comes now.
    pub(super) fn ahead(&self, class: Class) -> u32 {
        self.state().waiting[..=class as usize].iter().sum()
    }

    /// How many calls of this class wait.
    pub(super) fn waiting(&self, class: Class) -> u32 {
        self.state().waiting[class as usize]
    }

    /// Waits until it is the call's turn and `take` takes it.
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

    /// A class goes when none before it waits, or when it is owed a turn.
    fn is_next(&self, class: Class) -> bool {
        let state = self.state();
        let owed = |of: usize| state.waiting[of] > 0 && state.owed[of] >= 1.0;
        let own = class as usize;
        let before = (0..own).any(|of| state.waiting[of] > 0);
        let owed_after = (own + 1..CLASSES).any(owed);
        owed(own) || (!before && !owed_after)
    }

    /// The class has had its turn.
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

    /// An operation has ended after so many calls.
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

    /// Promises room to an operation that is refused now. Returns when to retry it. No room beyond the longest wait of the
    /// retry queue is promised, because the operation would be retried before it.
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
            return LONGEST_PROMISE.mul_f64(rand::random_range(0.9..1.0));
        }
        *promised = Some(from + per_call.mul_f64(calls));
        from.saturating_duration_since(now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
