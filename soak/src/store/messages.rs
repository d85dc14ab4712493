//! The messages of the queue, by the rules of SQS FIFO.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use shared::model::clock::after;
use shared::queue::{
    DEDUPLICATION_WINDOW, DeadLetter, DeduplicationId, GroupId, Handle, Limits, Outgoing,
    QueueError, Received, Taking,
};
use tokio::sync::Notify;

use crate::hub::lock;

#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) message: Outgoing,
    pub(super) sent_at: Timestamp,
    pub(super) receives: u32,
    pub(super) visible_at: Timestamp,
    /// Handle of the latest receive, valid until `visible_at`.
    pub(super) handle: Option<String>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) made: u64,
    pub(super) messages: Vec<Stored>,
    /// The retry queue, with the time at which each message is due.
    pub(super) later: Vec<(Timestamp, Stored)>,
    pub(super) known: BTreeMap<String, (String, Timestamp)>,
    pub(super) dead: Vec<DeadLetter>,
    /// The messages of the dead letters.
    buried: BTreeMap<String, Stored>,
}

/// The messages.
#[derive(Default)]
pub(crate) struct Messages {
    state: Mutex<State>,
    limits: Limits,
    pub(crate) changed: Notify,
}

impl State {
    pub(super) fn next(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }

    pub(super) fn send(&mut self, message: Outgoing, now: Timestamp) -> String {
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

    pub(super) fn stored(&mut self, message: Outgoing, now: Timestamp) -> Stored {
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

    pub(super) fn receive(
        &mut self,
        max: usize,
        visibility: Duration,
        limits: Limits,
        now: Timestamp,
    ) -> Vec<Received> {
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
            } else if it.receives >= limits.max_receives {
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

    pub(super) fn held(&mut self, handle: &Handle, now: Timestamp) -> Result<usize, QueueError> {
        let own =
            |it: &Stored| it.handle.as_deref() == Some(handle.as_str()) && it.visible_at > now;
        self.messages
            .iter()
            .position(own)
            .ok_or(QueueError::Expired)
    }

    pub(super) fn bury(&mut self, message: &Stored, reason: &str, now: Timestamp) {
        self.buried.insert(message.id.clone(), message.clone());
        self.dead.push(DeadLetter {
            message_id: message.id.clone(),
            group: message.message.group.as_str().to_owned(),
            at: now,
            receive_count: message.receives,
            reason: reason.to_owned(),
            body: message.message.body.clone().into(),
        });
    }

    pub(super) fn take_dead(
        &mut self,
        ids: &BTreeSet<String>,
        taking: Taking,
        now: Timestamp,
    ) -> BTreeSet<String> {
        let mut taken = BTreeSet::new();
        for id in ids {
            let Some(message) = self.buried.remove(id) else {
                continue;
            };
            self.dead.retain(|it| it.message_id != *id);
            taken.insert(id.clone());
            if taking == Taking::Redrive {
                let fresh = self.stored(message.message, now);
                self.messages.push(fresh);
            }
        }
        taken
    }
}

impl Messages {
    #[cfg(test)]
    pub(crate) fn with(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Receives for an event source, without faults.
    pub(crate) fn receive(
        &self,
        max: usize,
        visibility: Duration,
        now: Timestamp,
    ) -> Vec<Received> {
        lock(&self.state).receive(max, visibility, self.limits, now)
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

    /// Time at which the next message becomes visible or joins its group; a past time if one can be received now.
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

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut lock(&self.state));
        self.changed.notify_waiters();
        done
    }
}
