//! What a test does to the post.

use std::time::Duration;

use super::{Post, hold::Hold};
use crate::{
    opentrain::{OpenTrain, world::Misuse},
    progress::TimedOut,
};

/// How long `settle` waits: three attempts that all run into the documented time-out.
const PATIENCE: Duration = Duration::from_secs(30);

impl OpenTrain {
    /// Moves the schedule of attempts forward; signatures and dates stay on the clock.
    pub fn skip(&self, time: Duration) {
        self.change(|world| world.post.skip(time));
    }

    /// Waits until nothing is due or in flight. Retries that lie ahead, deliveries on hold and
    /// those of disabled endpoints don't count.
    pub async fn settle(&self) -> Result<(), TimedOut> {
        // The caller's clock may have moved since the engine last looked.
        self.change(|_| ());
        let settled = || self.look(|world| world.post.is_settled(self.now()));
        self.shared.progress.until(PATIENCE, settled).await
    }

    /// Holds back what fits, waiting or yet to come; what is in flight goes on.
    pub fn hold(&self, hold: Hold) {
        self.change(|world| world.post.hold(hold));
    }

    /// Lets go of everything that was held.
    pub fn release(&self) {
        self.change(|world| world.post.release());
    }

    /// Sends a delivery again at once, whatever its status, which it leaves alone.
    pub fn replay(&self, delivery: &str) -> Result<(), Misuse> {
        self.change(|world| world.post.replay(delivery))
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
            delivery.is_some_and(|delivery| hold.covers(&delivery.event))
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

    fn replay(&mut self, id: &str) -> Result<(), Misuse> {
        let delivery = self.deliveries.get(id);
        let delivery = delivery.ok_or(Misuse::Unknown("delivery"))?;
        let hook = self.hooks.get(&delivery.endpoint_id);
        hook.ok_or(Misuse::Unknown("endpoint"))?;
        self.replays.push_back(id.to_owned());
        Ok(())
    }
}
