//! The queue: what is stored, by the rules of SQS FIFO, and how one process reaches it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use shared::model::clock::{Clock, after};
use shared::queue::{
    DEDUPLICATION_WINDOW, DeadLetter, DeduplicationId, Depth, GroupId, Handle, LONGEST_DELAY,
    Limits, Outgoing, Queue, QueueError, Receipt, Received, Taking,
};
use tokio::sync::Notify;

use crate::hub::{Hub, lock};
use crate::life::{Failed, Life};
use crate::weather::{Fate, Site};

#[derive(Clone)]
struct Stored {
    id: String,
    message: Outgoing,
    sent_at: Timestamp,
    receives: u32,
    visible_at: Timestamp,
    /// Of the latest receive, while it lasts.
    handle: Option<String>,
}

#[derive(Default)]
struct State {
    made: u64,
    messages: Vec<Stored>,
    /// The retry queue, with the time at which each message is due.
    later: Vec<(Timestamp, Stored)>,
    known: BTreeMap<String, (String, Timestamp)>,
    dead: Vec<DeadLetter>,
}

/// The messages.
#[derive(Default)]
pub(crate) struct Messages {
    state: Mutex<State>,
    pub(crate) changed: Notify,
}

impl State {
    fn next(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }

    fn send(&mut self, message: Outgoing, now: Timestamp) -> String {
        let key = message.deduplication.as_str().to_owned();
        if let Some((id, at)) = self.known.get(&key)
            && after(*at, DEDUPLICATION_WINDOW) > now
        {
            return id.clone();
        }
        let stored = self.stored(message, now);
        let id = stored.id.clone();
        self.known.insert(key, (id.clone(), now));
        self.messages.push(stored);
        id
    }

    fn stored(&mut self, message: Outgoing, now: Timestamp) -> Stored {
        Stored {
            id: self.next("m"),
            message,
            sent_at: now,
            receives: 0,
            visible_at: now,
            handle: None,
        }
    }

    /// Messages that are due join their groups.
    fn join(&mut self, now: Timestamp) {
        self.later.sort_by_key(|(due, _)| *due);
        while self.later.first().is_some_and(|(due, _)| *due <= now) {
            let (_, message) = self.later.remove(0);
            self.messages.push(message);
        }
    }

    fn receive(&mut self, max: usize, visibility: Duration, now: Timestamp) -> Vec<Received> {
        self.join(now);
        let hidden = self.messages.iter().filter(|it| it.visible_at > now);
        let busy: BTreeSet<_> = hidden
            .map(|it| it.message.group.as_str().to_owned())
            .collect();
        let mut received = Vec::new();
        let mut at = 0;
        while at < self.messages.len() && received.len() < max {
            let it = &self.messages[at];
            if busy.contains(it.message.group.as_str()) {
                at += 1;
            } else if it.receives >= Limits::default().max_receives {
                let spent = self.messages.remove(at);
                self.bury(&spent, "received too often", now);
            } else {
                received.push(self.hand_out(at, after(now, visibility)));
                at += 1;
            }
        }
        received
    }

    fn hand_out(&mut self, at: usize, until: Timestamp) -> Received {
        let handle = self.next("h");
        let it = &mut self.messages[at];
        it.receives += 1;
        it.visible_at = until;
        it.handle = Some(handle.clone());
        Received {
            message_id: it.id.clone(),
            handle: Handle::of_test(handle),
            body: it.message.body.clone(),
            group: it.message.group.clone(),
            receive_count: it.receives,
            sent_at: it.sent_at,
        }
    }

    fn held(&mut self, handle: &Handle, now: Timestamp) -> Result<usize, QueueError> {
        let own =
            |it: &Stored| it.handle.as_deref() == Some(handle.as_str()) && it.visible_at > now;
        self.messages
            .iter()
            .position(own)
            .ok_or(QueueError::Expired)
    }

    fn bury(&mut self, message: &Stored, reason: &str, now: Timestamp) {
        self.dead.push(DeadLetter {
            message_id: message.id.clone(),
            group: message.message.group.as_str().to_owned(),
            at: now,
            receive_count: message.receives,
            reason: reason.to_owned(),
            body: message.message.body.clone().into(),
        });
    }
}

impl Messages {
    /// Receives for an event source, which no fault hits.
    pub(crate) fn receive(
        &self,
        max: usize,
        visibility: Duration,
        now: Timestamp,
    ) -> Vec<Received> {
        lock(&self.state).receive(max, visibility, now)
    }

    /// Stores a message that the bridge has not written.
    pub(crate) fn inject(&self, body: &str, now: Timestamp) {
        self.change(|state| {
            let name = state.next("injected");
            let message = Outgoing {
                body: body.to_owned(),
                group: GroupId::new("injected", &name),
                deduplication: DeduplicationId::of(&[&name]),
            };
            state.send(message, now);
        });
    }

    /// Deletes for an event source.
    pub(crate) fn delete(&self, handle: &Handle, now: Timestamp) {
        let mut state = lock(&self.state);
        if let Ok(at) = state.held(handle, now) {
            state.messages.remove(at);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// When the next message becomes visible or joins its group; now if one can be received.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        let state = lock(&self.state);
        let mut groups = BTreeMap::new();
        for it in &state.messages {
            let until = groups
                .entry(it.message.group.as_str())
                .or_insert(it.visible_at);
            *until = (*until).max(it.visible_at);
        }
        let later = state.later.iter().map(|(due, _)| *due);
        groups.into_values().chain(later).min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        let state = lock(&self.state);
        state.messages.is_empty() && state.later.is_empty()
    }

    pub(crate) fn dead(&self) -> Vec<DeadLetter> {
        lock(&self.state).dead.clone()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut lock(&self.state));
        self.changed.notify_waiters();
        done
    }
}

/// The queue as one process reaches it.
pub(crate) struct MemoryQueue {
    pub(crate) messages: Arc<Messages>,
    pub(crate) life: Arc<Life>,
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
        done.map_err(|Failed| QueueError::Unavailable("refused".into()))
    }

    /// The true time of a moment of the process's clock: what is sent is a delay.
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
        loop {
            let changed = self.messages.changed.notified();
            let received = self
                .call("receive", |state, now| state.receive(max, visibility, now))
                .await?;
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
        _: BTreeSet<String>,
        _: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        Ok(BTreeSet::new())
    }
}
