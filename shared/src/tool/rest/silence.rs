//! What the tool said that it doesn't have, remembered for a day.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::after;

/// The contract: after a 501 "the bridge stops asking for a day".
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Until when a part of the contract is not asked for; in memory, so a restart asks once more.
#[derive(Debug)]
pub(super) struct Silence(AtomicI64);

impl Default for Silence {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Silence {
    /// The tool has none of it: don't ask for a day.
    pub(super) fn begin(&self, now: Timestamp) {
        self.0.store(after(now, DAY).as_second(), Ordering::Relaxed);
    }

    /// Whether the day is not over.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        now.as_second() < self.0.load(Ordering::Relaxed)
    }
}
