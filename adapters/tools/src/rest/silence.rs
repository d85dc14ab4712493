//! Parts of the contract that the tool does not implement, remembered for a day.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use shared::model::clock::after;

/// The time from the contract: after a 501 "the bridge stops asking for a day".
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Time until which a part of the contract is not called. Kept in memory, so a restart calls it once more.
#[derive(Debug)]
pub(super) struct Silence(AtomicI64);

impl Default for Silence {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Silence {
    /// Starts a day without calls, because the tool does not implement this part.
    pub(super) fn begin(&self, now: Timestamp) {
        self.0.store(after(now, DAY).as_second(), Ordering::Relaxed);
    }

    /// Whether the day is not over yet.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        now.as_second() < self.0.load(Ordering::Relaxed)
    }
}
