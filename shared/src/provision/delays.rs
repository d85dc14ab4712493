//! Time limit of a message, and delays of retries.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::clock;

/// Maximum processing time of one message. The queue's visibility timeout must exceed it. A claim's lease has
/// exactly this length, so that it never outlives its attempt.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A store's failure that lasts longer than this needs an operator.
pub(super) const STORE_OUTAGE: Duration = Duration::from_secs(10 * 60);

/// The pause before failed work is retried: doubled with each try, with jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// After the first try.
    pub first: Duration,
    /// The longest, even if the other side asks for more.
    pub longest: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            longest: Duration::from_secs(15 * 60),
        }
    }
}

impl Delays {
    /// The pause after this number of tries, with a random deviation of up to a quarter, so that simultaneous failures
    /// are not retried together. It is at least the time that the other side asks for, and at most the longest.
    pub fn after(self, tries: u32, asked: Option<Duration>) -> Duration {
        let asked = asked.unwrap_or_default();
        let delay = self.without_jitter(tries).max(asked).min(self.longest);
        let spread = delay.mul_f64(crate::model::chance::random_range(0.75..1.25));
        spread.max(asked).min(self.longest)
    }

    /// Whether the pauses between this many tries add up to at least `time`.
    pub(super) fn last_at_least(self, tries: u32, time: Duration) -> bool {
        let pauses = (1..tries).map(|tries| self.without_jitter(tries));
        pauses.sum::<Duration>() >= time
    }

    /// Whether work has failed for `time`: by the clock, and by the number of its tries, because the clock may be
    /// ahead. Pauses that add up to half of the time are enough, because the queue may be slow.
    pub(super) fn failed_for(
        self,
        time: Duration,
        since: Timestamp,
        tries: u32,
        now: Timestamp,
    ) -> bool {
        clock::after(since, time) <= now && self.last_at_least(tries, time / 2)
    }

    fn without_jitter(self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(16);
        let delay = self.first.saturating_mul(2_u32.pow(doublings));
        delay.min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_fails_for_ten_minutes_needs_an_operator() {
        let delays = Delays::default();
        // Pauses of 5, 10, 20, 40, 80 and 160 s are 315 s, and 320 s more follow.
        assert!(!delays.last_at_least(1, STORE_OUTAGE));
        assert!(!delays.last_at_least(7, STORE_OUTAGE));
        assert!(delays.last_at_least(8, STORE_OUTAGE));
    }

    #[test]
    fn a_clock_that_is_ahead_ends_no_retries() {
        let (delays, since) = (Delays::default(), Timestamp::UNIX_EPOCH);
        let day = Duration::from_secs(24 * 3600);
        let failed = |tries, hours: u64| {
            let now = clock::after(since, Duration::from_secs(hours * 3600));
            delays.failed_for(day, since, tries, now)
        };
        assert!(!failed(3, 120), "it was tried three times");
        assert!(!failed(60, 1), "it came an hour ago");
        assert!(failed(60, 24));
    }
}
