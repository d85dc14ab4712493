//! Stops calling a service that does not answer.
//!
//! Each call to a service that is down takes a full time-out, so ten thousand calls would take hours. The next run does
//! the remaining work.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Number of consecutive failures after which the circuit opens.
const MOST: u32 = 8;

/// A circuit breaker for one service and one run.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    failures: AtomicU32,
    shut: OnceLock<String>,
}

impl CircuitBreaker {
    /// Why the service is no longer called; `None` if it is called.
    pub(super) fn shut(&self) -> Option<&str> {
        self.shut.get().map(String::as_str)
    }

    /// Records a response of any status.
    pub(super) fn answered(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    /// Records a call without a response. Returns true if the circuit opens.
    pub(super) fn failed(&self) -> bool {
        self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MOST
    }

    /// Stops all calls in this run.
    pub(super) fn close(&self, reason: &str) {
        self.shut.get_or_init(|| reason.to_owned());
    }
}
