//! The present moment, and how far ahead of it a stored moment can lie.

use std::time::Duration;

use jiff::Timestamp;

use super::super::{DEDUPLICATION_WINDOW, LONGEST_DELAY};
use crate::model::clock::after;

/// The longest time that a message is hidden at once: the longest delay after a failure, or a batch of
/// [`MAX_BATCH`](super::super::MAX_BATCH) messages that each take a minute.
pub(super) const LONGEST_HIDDEN: Duration = Duration::from_secs(30 * 60);

/// A moment in milliseconds since 1970. A stored time that is further ahead than these limits allow was stored before
/// the clock was set back, and counts as past. Otherwise messages would wait for as long as the clock was wrong.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) at: i64,
}

impl Now {
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            at: at.as_millisecond(),
        }
    }

    /// The latest end of a visibility timeout.
    pub(super) fn longest_hidden(self) -> i64 {
        self.in_(LONGEST_HIDDEN)
    }

    /// The latest due time of a message in the retry queue. Twice the longest delay, because a clock may be set back a
    /// little while a message waits.
    pub(super) fn latest_due(self) -> i64 {
        self.in_(LONGEST_DELAY * 2)
    }

    /// When a deduplication id that is used now is forgotten.
    pub(super) fn forgotten(self) -> i64 {
        self.in_(DEDUPLICATION_WINDOW)
    }

    /// When a message that is hidden for this long is visible again.
    pub(super) fn hidden_for(self, visibility: Duration) -> i64 {
        self.in_(visibility.min(LONGEST_HIDDEN))
    }

    fn in_(self, time: Duration) -> i64 {
        let now = Timestamp::from_millisecond(self.at).unwrap_or(Timestamp::MAX);
        after(now, time).as_millisecond()
    }
}
