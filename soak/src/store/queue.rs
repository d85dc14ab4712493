//! The queue as one process reaches it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use shared::model::clock::{Clock, after};
use shared::queue::{
    DeadLetter, Depth, Handle, LONGEST_DELAY, MAX_BATCH, Outgoing, Queue, QueueError, Receipt,
    Received, Taking,
};

use super::messages::{Messages, State, Stored};
use crate::hub::Hub;
use crate::life::{Failed, Life};
use crate::weather::{Fate, Site};

/// The queue as one process reaches it.
pub(crate) struct MemoryQueue {
    pub(crate) messages: Arc<Messages>,
    pub(crate) life: Arc<Life>,
}

fn refused(_: Failed) -> QueueError {
    QueueError::Unavailable("refused".into())
}

impl MemoryQueue {
    async fn call<T>(
        &self,
        name: &str,
        effect: impl FnOnce(&mut State, Timestamp) -> T,
    ) -> Result<T, QueueError> {
        let hub: &Hub = self.life.hub();
        let work = || self.messages.change(|state| effect(state, hub.now()));
        let done = self.life.call(Site::Queue, name, work).await;
        done.map_err(refused)
    }

    /// Converts a time of the process's clock to the true time, because a queue is given a delay, not a time.
    fn due(&self, due: Timestamp) -> Timestamp {
        let delay = Duration::try_from(due.duration_since(self.life.now())).unwrap_or_default();
        after(self.life.hub().now(), delay.min(LONGEST_DELAY))
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, message: Outgoing) -> Result<Receipt, QueueError> {
        let id = self
            .call("send", |state, now| state.send(message, now))
            .await?;
        Ok(Receipt::of_test(id))
    }

    async fn send_all(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let fate = self.life.before(Site::Queue, "send all").await;
        let (of, now) = (messages.len(), self.life.hub().now());
        let some = match fate {
            Fate::FailsBefore => of / 2,
            _ => of,
        };
        self.messages.change(|state| {
            for message in messages.into_iter().take(some) {
                state.send(message, now);
            }
        });
        self.life.after(fate).await;
        match fate {
            Fate::FailsBefore if some < of => Err(QueueError::Unsent {
                failed: (some..of).collect(),
                of,
                source: "refused".into(),
            }),
            Fate::FailsAfter => Err(QueueError::Unavailable("refused".into())),
            _ => Ok(()),
        }
    }

    async fn send_later(&self, message: Outgoing, due: Timestamp) -> Result<(), QueueError> {
        let due = self.due(due);
        let is_twice = self.life.hub().strikes(|weather| weather.twice);
        let send = |state: &mut State, now| {
            for _ in 0..=usize::from(is_twice) {
                let stored = state.stored(message.clone(), now);
                state.later.push((due, stored));
            }
        };
        self.call("send later", send).await
    }

    async fn put_back(&self, message: &Received, due: Timestamp) -> Result<(), QueueError> {
        let due = self.due(due);
        let put = |state: &mut State, now| {
            let at = state.held(&message.handle, now)?;
            let stored = state.messages.remove(at);
            let fresh = Stored {
                receives: 0,
                visible_at: due,
                handle: None,
                id: state.next("m"),
                ..stored
            };
            state.later.push((due, fresh));
            Ok(())
        };
        self.call("put back", put).await?
    }

    async fn receive(
        &self,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        let until = tokio::time::Instant::now() + wait;
        let max = max.min(MAX_BATCH);
        loop {
            let changed = self.messages.changed.notified();
            let now = || self.life.hub().now();
            let receive = || self.messages.receive(max, visibility, now());
            let received = self.life.call(Site::Queue, "receive", receive).await;
            let received = received.map_err(refused)?;
            if !received.is_empty() || tokio::time::Instant::now() >= until {
                return Ok(received);
            }
            let _woken = tokio::time::timeout_at(until, changed).await;
        }
    }

    async fn delete(&self, handle: &Handle) -> Result<(), QueueError> {
        let delete = |state: &mut State, now| {
            let at = state.held(handle, now)?;
            state.messages.remove(at);
            Ok(())
        };
        self.call("delete", delete).await?
    }

    async fn change_visibility(
        &self,
        handle: &Handle,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        let change = |state: &mut State, now| {
            let at = state.held(handle, now)?;
            state.messages[at].visible_at = after(now, visibility);
            Ok(())
        };
        self.call("change visibility", change).await?
    }

    async fn dead_letter(&self, message: &Received, reason: &str) -> Result<(), QueueError> {
        let bury = |state: &mut State, now| {
            let at = state.held(&message.handle, now)?;
            let spent = state.messages.remove(at);
            state.bury(&spent, reason, now);
            Ok(())
        };
        self.call("dead letter", bury).await?
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let count = |state: &mut State, now: Timestamp| {
            let in_flight = state
                .messages
                .iter()
                .filter(|it| it.visible_at > now)
                .count();
            Depth {
                waiting: (state.messages.len() - in_flight) as u64,
                in_flight: in_flight as u64,
                retrying: state.later.len() as u64,
                dead: state.dead.len() as u64,
            }
        };
        self.call("depth", count).await
    }

    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let list = |state: &mut State, _| state.dead.iter().take(max).cloned().collect();
        self.call("dead letters", list).await
    }

    async fn take_dead(
        &self,
        ids: BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        let take = |state: &mut State, now| state.take_dead(&ids, taking, now);
        self.call("take dead letters", take).await
    }
}
