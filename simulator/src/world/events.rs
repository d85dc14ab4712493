//! Emits events.

use jiff::Timestamp;

use super::World;
use crate::model::event::Draft;

impl World {
    /// Emits an event to an ACTIVE install; other installs get none.
    pub(crate) fn emit(&mut self, install: &str, draft: Draft, now: Timestamp) {
        let active = self.installs.get(install);
        if !active.is_some_and(|install| install.is_active()) {
            return;
        }
        let lost = self.events_to_lose > 0;
        self.events_to_lose = self.events_to_lose.saturating_sub(1);
        let event = draft.event(self.next_event, install, lost, now);
        self.next_event += 1;
        if !lost {
            self.post.take_in(&event.letter, now);
        }
        self.events.push(event);
    }
}
