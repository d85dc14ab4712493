//! Controls of deliveries.

use std::time::Duration;

use super::OpenTrain;
use crate::{
    kit::progress::TimedOut,
    model::{hold::Hold, misuse::Misuse, resend::Resend},
};

/// Time limit of `settle`: three attempts that reach the documented time-out.
const PATIENCE: Duration = Duration::from_secs(30);

impl OpenTrain {
    /// Loses the next `count` events: they get an id but no delivery.
    pub fn lose_events(&self, count: u32) {
        self.change(|market| market.world.events_to_lose += count);
    }

    /// Advances the schedule of attempts. Signatures and dates still use the clock.
    pub fn skip(&self, time: Duration) {
        self.change(|market| market.world.post.skip(time));
    }

    /// Waits until nothing is due or in flight. Later retries, held deliveries and those of disabled endpoints don't
    /// count.
    pub async fn settle(&self) -> Result<(), TimedOut> {
        // The caller's clock may have changed since the engine last checked.
        self.change(|_| ());
        let settled = || self.look(|market| market.world.post.is_settled(self.now()));
        self.shared.progress.until(PATIENCE, settled).await
    }

    /// Holds current and future deliveries that match. Deliveries in flight continue.
    pub fn hold(&self, hold: Hold) {
        self.change(|market| market.world.post.hold(hold));
    }

    /// Releases all held deliveries.
    pub fn release(&self) {
        self.change(|market| market.world.post.release());
    }

    /// Sends a delivery again at once, with any status, and does not change the status.
    pub fn replay(&self, delivery: &str) -> Result<(), Misuse> {
        self.change(|market| market.world.post.replay(delivery, Resend::Same))
    }
}
