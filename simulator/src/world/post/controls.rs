//! Controls of deliveries for tests.

use std::time::Duration;

use super::Post;
use crate::model::{hold::Hold, misuse::Misuse, resend::Resend};

impl Post {
    pub(crate) fn skip(&mut self, time: Duration) {
        self.skipped = self.skipped.saturating_add(time);
    }

    pub(crate) fn hold(&mut self, hold: Hold) {
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

    pub(crate) fn release(&mut self) {
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
