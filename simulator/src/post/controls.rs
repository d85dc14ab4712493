//! Controls of deliveries for tests.

use std::time::Duration;

use super::{Post, hold::Hold, resend::Resend};
use crate::{
    opentrain::{OpenTrain, world::Misuse},
    progress::TimedOut,
};

/// Time limit of `settle`: three attempts that reach the documented time-out.
const PATIENCE: Duration = Duration::from_secs(30);

impl OpenTrain {
    /// Advances the schedule of attempts. Signatures and dates still use the clock.
    pub fn skip(&self, time: Duration) {
        self.change(|world| world.post.skip(time));
    }

    /// Waits until nothing is due or in flight. Later retries, held deliveries and those of disabled endpoints don't
    /// count.
    pub async fn settle(&self) -> Result<(), TimedOut> {
        // The caller's clock may have changed since the engine last checked.
        self.change(|_| ());
        let settled = || self.look(|world| world.post.is_settled(self.now()));
        self.shared.progress.until(PATIENCE, settled).await
    }

    /// Holds current and future deliveries that match. Deliveries in flight continue.
    pub fn hold(&self, hold: Hold) {
        self.change(|world| world.post.hold(hold));
    }

    /// Releases all held deliveries.
    pub fn release(&self) {
        self.change(|world| world.post.release());
    }

    /// Sends a delivery again at once, with any status, and does not change the status.
    pub fn replay(&self, delivery: &str) -> Result<(), Misuse> {
        self.change(|world| world.post.replay(delivery, Resend::Same))
    }
}

impl Post {
    pub(crate) fn skip(&mut self, time: Duration) {
        self.skipped = self.skipped.saturating_add(time);
    }

    fn hold(&mut self, hold: Hold) {
        let queues = self.hooks.iter().flat_map(|hook| &hook.queue);
        let covered = |id: &String| {
            let delivery = self.deliveries.get(id);
            delivery.is_some_and(|delivery| hold.covers(&delivery.letter))
        };
        let ids = queues.map(|(_, _, id)| id.clone());
        let covered: Vec<String> = ids.filter(covered).collect();
        self.holds.push(hold);
        self.move_again(&covered);
    }

    fn release(&mut self) {
        self.holds.clear();
        let held = std::mem::take(&mut self.held);
        let deliveries = self.deliveries.iter();
        let held: Vec<String> = deliveries
            .filter(|own| {
                self.deliveries
                    .key(&own.id)
                    .is_some_and(|key| held.contains(&key))
            })
            .map(|own| own.id.clone())
            .collect();
        self.move_again(&held);
    }

    fn move_again(&mut self, ids: &[String]) {
        for id in ids {
            self.dequeue(id);
            self.enqueue(id);
        }
    }

    pub(crate) fn replay(&mut self, id: &str, how: Resend) -> Result<(), Misuse> {
        let delivery = self.deliveries.get(id);
        let delivery = delivery.ok_or(Misuse::Unknown("delivery"))?;
        let hook = self.hooks.get(&delivery.endpoint_id);
        hook.ok_or(Misuse::Unknown("endpoint"))?;
        self.replays.push_back((id.to_owned(), how));
        Ok(())
    }
}
