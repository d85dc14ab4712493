//! Stops calling a service that does not answer.
//!
//! A service that is down costs each call its time-out: ten thousand of them would keep a run busy for
//! hours. What is left waits for the next run.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many calls in a row may fail.
const MOST: u32 = 8;

/// A circuit breaker for one service and one run.
#[derive(Debug, Default)]
pub(super) struct Gate {
    failures: AtomicU32,
    shut: OnceLock<String>,
}

impl Gate {
    /// Why the service is not called any more, if it isn't.
    pub(super) fn shut(&self) -> Option<&str> {
        self.shut.get().map(String::as_str)
    }

    /// It answered, whatever it said.
    pub(super) fn answered(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    /// It did not answer. True when that was one time too many.
    pub(super) fn failed(&self) -> bool {
        self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MOST
    }

    /// It is not called again in this run.
    pub(super) fn close(&self, reason: &str) {
        self.shut.get_or_init(|| reason.to_owned());
    }
}
