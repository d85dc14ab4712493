//! Pace and pause of one process's calls to a service.

use std::time::Duration;

use tokio::time::Instant;

use super::rate::Rate;

/// Minimum time between two reads of the shared pause.
const READ_EVERY: Duration = Duration::from_secs(1);

/// Smaller extensions of a pause are ignored: refusals of concurrent calls arrive one after another.
const WORTH_TELLING: Duration = Duration::from_millis(200);

/// State of a pacer.
pub(super) struct State {
    rate: Rate,
    paused_until: Option<Instant>,
    /// When the shared pause was last read.
    read_at: Option<Instant>,
}

impl State {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            paused_until: None,
            read_at: None,
        }
    }

    /// Time between two calls.
    pub(super) fn interval(&mut self, now: Instant) -> Duration {
        self.rate.interval(now)
    }

    /// Records that a call was answered.
    pub(super) fn served(&mut self, now: Instant) {
        self.rate.served(now);
    }

    pub(super) fn is_unlimited(&self, now: Instant) -> bool {
        self.rate.is_unlimited() && self.pause_left(now).is_none()
    }

    /// Takes the turn of a call, or returns how long to wait.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        match self.pause_left(now) {
            Some(left) => Err(left),
            None => self.rate.take(now),
        }
    }

    pub(super) fn pause_left(&self, now: Instant) -> Option<Duration> {
        let until = self.paused_until?;
        let left = until.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Waiting time of a call with `ahead` calls before it.
    pub(super) fn wait_for(&mut self, ahead: u32, now: Instant) -> Duration {
        let pause = self.pause_left(now).unwrap_or_default();
        pause + self.rate.interval(now).saturating_mul(ahead)
    }

    pub(super) fn is_read_due(&mut self, now: Instant) -> bool {
        let is_due = |at: Instant| now.saturating_duration_since(at) >= READ_EVERY;
        let is_due = self.read_at.is_none_or(is_due);
        if is_due {
            self.read_at = Some(now);
        }
        is_due
    }

    /// Pauses all calls. Returns the pause, or zero if the current one is long enough.
    pub(super) fn pause(&mut self, pause: Duration, now: Instant) -> Duration {
        let until = now + pause;
        let more = self.paused_until.map_or(pause, |known| {
            until.saturating_duration_since(known).min(pause)
        });
        if more >= WORTH_TELLING {
            self.paused_until = Some(until);
            self.rate.paused(until);
            return pause;
        }
        Duration::ZERO
    }

    /// Records a 429.
    pub(super) fn limited(&mut self, asked: Option<Duration>, now: Instant) -> Duration {
        let pause = self.rate.limited(self.pause_left(now).is_some(), now);
        self.pause(asked.unwrap_or(pause), now)
    }
}
