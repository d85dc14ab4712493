//! Number of calls per second.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Rate after a refusal, as a share of the rate that the service last served.
const BACK: f64 = 0.9;

/// Growth factor per second: in general, and near the rate that was last refused.
const GROWTH: f64 = 1.05;
const GROWTH_NEAR: f64 = 1.005;

/// Rates within this share of the rate that was last refused are near it. Higher rates grow normally again.
const NEAR: f64 = 0.05;

/// Maximum share of the rate that one refusal removes.
const MOST_BACK: f64 = 0.5;

/// Minimum rates: in general, and after the first refusal.
const SLOWEST: f64 = 0.1;
const SLOWEST_FIRST: f64 = 1.0;

/// Above this rate, calls are no longer limited.
const UNLIMITED: f64 = 1_000.0;

/// The pause after a 429 without `Retry-After`, doubled with each in a row.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MOST_DOUBLINGS: u32 = 6;

/// The rate of one process: unlimited until a limit is set or met.
pub(super) struct Rate {
    most: Option<f64>,
    now: Option<f64>,
    /// The rate that was last refused.
    brink: f64,
    /// Number of calls that may be sent at once.
    room: f64,
    filled_at: Instant,
    /// Times of the last second's answers that were not refusals.
    served: VecDeque<Instant>,
    /// Number of consecutive refusals.
    refusals: u32,
}

impl Rate {
    pub(super) fn new(most: Option<f64>, now: Instant) -> Self {
        Self {
            most,
            now: most,
            brink: f64::INFINITY,
            room: 1.0,
            filled_at: now,
            served: VecDeque::new(),
            refusals: 0,
        }
    }

    /// Whether calls are sent without waiting.
    pub(super) fn is_unlimited(&self) -> bool {
        self.now.is_none()
    }

    /// Takes the capacity for one call, or returns the time until there is some.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let Some(rate) = self.grown(now) else {
            return Ok(());
        };
        if self.room < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.room) / rate));
        }
        self.room -= 1.0;
        Ok(())
    }

    /// Time between two calls.
    pub(super) fn interval(&mut self, now: Instant) -> Duration {
        let rate = self.grown(now);
        rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(rate.recip()))
    }

    /// The rate, including its recovery until now.
    fn grown(&mut self, now: Instant) -> Option<f64> {
        let rate = self.now?;
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.filled_at = self.filled_at.max(now);
        let growth = match (rate / self.brink - 1.0).abs() < NEAR {
            true => GROWTH_NEAR,
            false => GROWTH,
        };
        let grown = rate * growth.powf(passed);
        // At most one call is saved, because services count in short windows.
        self.room = (self.room + passed * rate).min(1.0);
        self.now = match self.most {
            Some(most) => Some(grown.min(most)),
            None if grown > UNLIMITED => None,
            None => Some(grown),
        };
        self.now
    }

    /// Records that a call was answered.
    pub(super) fn served(&mut self, now: Instant) {
        self.refusals = 0;
        self.served.push_back(now);
        self.forget(now);
    }

    /// Sends nothing until `until`. The rate does not recover meanwhile.
    pub(super) fn paused(&mut self, until: Instant) {
        self.filled_at = self.filled_at.max(until);
        self.room = 0.0;
    }

    /// Records that a call was refused. Returns the pause to use if the service does not request one. Refusals of
    /// concurrent calls count as one.
    pub(super) fn limited(&mut self, is_paused: bool, now: Instant) -> Duration {
        self.forget(now);
        if !is_paused {
            let served = f64::from(u32::try_from(self.served.len()).unwrap_or(u32::MAX));
            self.brink = match self.now {
                Some(rate) => rate.min(served.max(rate * MOST_BACK)).max(SLOWEST),
                None => served.max(SLOWEST_FIRST),
            };
            self.now = Some(self.brink * BACK);
            self.refusals = self.refusals.saturating_add(1);
        }
        let doublings = self.refusals.saturating_sub(1).min(MOST_DOUBLINGS);
        FIRST_PAUSE.saturating_mul(2_u32.pow(doublings))
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |at: &Instant| now.saturating_duration_since(*at) > Duration::from_secs(1);
        while self.served.front().is_some_and(is_old) {
            self.served.pop_front();
        }
    }
}
