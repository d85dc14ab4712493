//! Retries of a call, and the pauses between them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// Waits between attempts. Tests only record the durations.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Returns after `time`.
    async fn pause(&self, time: Duration);
}

/// Waits with tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sleep;

#[async_trait]
impl Pause for Sleep {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Maximum number of attempts of a repeatable call, and the pauses between them.
///
/// With the defaults and a service that does not answer, a call takes up to 4 × 10 s plus 0.5 + 1 + 2 s of pauses.
/// Use fewer attempts if an operator waits or a function's time-out is near.
#[derive(Clone)]
pub struct RetryPolicy {
    /// Maximum number of attempts, at least one.
    pub attempts: u32,
    /// Upper limit of the first pause; it doubles each time. The pause is drawn evenly between zero and the limit
    /// ("full jitter"), so that callers that failed together do not retry together.
    pub first: Duration,
    /// Maximum of the upper limit.
    pub longest: Duration,
    /// Longest `Retry-After` that is waited for. A longer one is returned to the caller, which has a queue.
    pub patience: Duration,
    /// Performs the waiting.
    pub pause: Arc<dyn Pause>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            patience: Duration::from_secs(10),
            pause: Arc::new(Sleep),
        }
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RetryPolicy({} attempts)", self.attempts)
    }
}

impl RetryPolicy {
    /// One attempt, no retry.
    pub fn once() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The pause after failed attempt number `failed` (from 1). `None` if no attempt is left, or if the service
    /// requests a longer pause than `patience`.
    pub(crate) fn pause_after(&self, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        let asked = asked.unwrap_or_default();
        if failed >= self.attempts || asked > self.patience {
            return None;
        }
        Some(asked.max(self.jitter(failed)))
    }

    fn jitter(&self, failed: u32) -> Duration {
        let doubled = 1u32
            .checked_shl(failed.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let ceiling = self.first.saturating_mul(doubled).min(self.longest);
        let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(crate::model::chance::random_range(0..=millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pause_stays_under_its_ceiling(failed in 1u32..200) {
            let policy = RetryPolicy { attempts: u32::MAX, ..RetryPolicy::default() };
            let ceiling = Duration::from_millis(500).saturating_mul(2u32.saturating_pow(failed - 1));
            let pause = policy.pause_after(failed, None).unwrap();
            prop_assert!(pause <= ceiling.min(Duration::from_secs(8)));
        }

        #[test]
        fn what_the_service_asks_for_is_the_least(seconds in 0u64..30) {
            let asked = Duration::from_secs(seconds);
            let pause = RetryPolicy::default().pause_after(1, Some(asked));
            prop_assert_eq!(pause.is_some(), seconds <= 10);
            prop_assert!(pause.is_none_or(|pause| pause >= asked));
        }
    }

    #[test]
    fn the_attempts_come_to_an_end() {
        let policy = RetryPolicy::default();
        let pauses = (1..10)
            .filter(|failed| policy.pause_after(*failed, None).is_some())
            .count();
        assert_eq!(pauses, 3);
        assert_eq!(RetryPolicy::once().pause_after(1, None), None);
    }
}
