//! Stops asking somebody who does not answer.
//!
//! A service that is down costs each call its time-out: ten thousand of them would keep a run busy for
//! hours. What is left waits for the next run.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many calls in a row may fail.
const MOST: u32 = 8;

/// The way to one service, for one run.
#[derive(Debug, Default)]
pub(super) struct Gate {
    failures: AtomicU32,
    shut: OnceLock<String>,
}

impl Gate {
    /// Why the service is not asked any more, if it isn't.
    pub(super) fn shut(&self) -> Option<&str> {
        self.shut.get().map(String::as_str)
    }

    /// It answered, whatever it said.
    pub(super) fn answered(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    /// It did not; one time too many shuts the gate.
    pub(super) fn failed(&self, reason: &str) {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MOST {
            self.close(reason);
        }
    }

    /// It will not, whatever is asked: the token is dead, say.
    pub(super) fn close(&self, reason: &str) {
        self.shut.get_or_init(|| reason.to_owned());
    }
}
