//! Webhook endpoints, their deliveries and the schedule of attempts.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    kit::{clock::later, draw::Draw},
    model::{
        delivery::Delivery,
        hold::Hold,
        hook::Hook,
        letter::Letter,
        options::{Failures, Options},
        resend::Resend,
        table::Table,
    },
};

mod aftermath;
mod controls;
mod hooks;
mod resend;
pub(crate) mod send;
pub(crate) mod sign;

pub(crate) struct Post {
    pub(crate) hooks: Table<Hook>,
    pub(crate) deliveries: Table<Delivery>,
    concurrency: usize,
    failures: Failures,
    /// Secrets of endpoints.
    draw: Draw,
    /// Time by which the schedule is ahead of the clock.
    skipped: Duration,
    holds: Vec<Hold>,
    held: BTreeSet<u64>,
    replays: VecDeque<(String, Resend)>,
    in_flight: usize,
    epoch: u64,
}

/// One attempt to make.
pub(crate) struct Shipment {
    pub(crate) delivery: String,
    /// A replay only records its attempt.
    pub(crate) replay: Option<Resend>,
    /// Fails without being sent.
    pub(crate) simulated: bool,
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) letter: Arc<Letter>,
    /// Number of resets before it.
    epoch: u64,
}

impl Post {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            hooks: Table::new("whe"),
            deliveries: Table::new("dlv"),
            concurrency: options.concurrency,
            failures: options.failures,
            draw: Draw::new("endpoints", options.seed),
            skipped: Duration::ZERO,
            holds: Vec::new(),
            held: BTreeSet::new(),
            replays: VecDeque::new(),
            in_flight: 0,
            epoch: 0,
        }
    }

    /// Ignores the results of attempts that began before the reset.
    pub(crate) fn follow(&mut self, before: &Self) {
        self.epoch = before.epoch + 1;
    }

    /// The time on the schedule.
    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        later(now, self.skipped)
    }

    /// Creates the deliveries of a new event: one for each ACTIVE endpoint with its type.
    pub(crate) fn take_in(&mut self, letter: &Arc<Letter>, now: Timestamp) {
        let due = self.time(now);
        let asked = |hook: &&Hook| {
            let own = hook.channel == letter.channel && hook.owner == letter.owner;
            own && hook.is_active() && hook.event_types.contains(&letter.kind)
        };
        let hooks = self.hooks.iter().filter(asked);
        let hooks: Vec<String> = hooks.map(|hook| hook.id.clone()).collect();
        for hook in hooks {
            let letter = Arc::clone(letter);
            let make = |id| Delivery::new(id, letter, hook, due);
            let id = self.deliveries.add(make);
            self.enqueue(&id);
        }
    }

    /// Queues a pending delivery until its time, or until its release.
    fn enqueue(&mut self, id: &str) {
        let (Some(key), Some(delivery)) = (self.deliveries.key(id), self.deliveries.get(id)) else {
            return;
        };
        if self.holds.iter().any(|hold| hold.covers(&delivery.letter)) {
            self.held.insert(key);
        } else if let Some(hook) = self.hooks.get_mut(&delivery.endpoint_id) {
            hook.queue.insert((delivery.due, key, id.to_owned()));
        }
    }

    /// Removes a delivery from its queue.
    fn dequeue(&mut self, id: &str) {
        let (Some(key), Some(delivery)) = (self.deliveries.key(id), self.deliveries.get(id)) else {
            return;
        };
        self.held.remove(&key);
        if let Some(hook) = self.hooks.get_mut(&delivery.endpoint_id) {
            hook.queue.remove(&(delivery.due, key, id.to_owned()));
        }
    }

    /// Takes the due deliveries, oldest first, within each endpoint's limit.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Vec<Shipment> {
        let time = self.time(now);
        let replays = std::mem::take(&mut self.replays);
        let replays = replays.iter();
        let mut shipments: Vec<Shipment> = replays
            .filter_map(|(id, how)| self.shipment(id, Some(*how)))
            .collect();
        for id in self.due(time) {
            if let Some(delivery) = self.deliveries.get_mut(&id) {
                delivery.in_flight = true;
            }
            shipments.extend(self.shipment(&id, None));
        }
        self.in_flight += shipments.len();
        shipments
    }

    fn due(&mut self, time: Timestamp) -> Vec<String> {
        let mut due = Vec::new();
        for hook in self.hooks.iter_mut() {
            while hook.is_active() && hook.in_flight < self.concurrency {
                let Some(first) = hook.queue.pop_first() else {
                    break;
                };
                if first.0 > time {
                    hook.queue.insert(first);
                    break;
                }
                hook.in_flight += 1;
                due.push(first.2);
            }
        }
        due
    }

    fn shipment(&mut self, id: &str, replay: Option<Resend>) -> Option<Shipment> {
        let delivery = self.deliveries.get(id)?;
        let hook = self.hooks.get_mut(&delivery.endpoint_id)?;
        let simulated = hook.fail_next > 0;
        hook.fail_next = hook.fail_next.saturating_sub(1);
        Some(Shipment {
            delivery: id.to_owned(),
            replay,
            simulated,
            url: hook.url.clone(),
            secret: hook.secret.clone(),
            letter: Arc::clone(&delivery.letter),
            epoch: self.epoch,
        })
    }

    /// Time until a delivery is due at an endpoint below its limit.
    pub(crate) fn next_due(&self, now: Timestamp) -> Option<Duration> {
        let room = |hook: &&Hook| hook.is_active() && hook.in_flight < self.concurrency;
        let hooks = self.hooks.iter().filter(room);
        let due = hooks.filter_map(Hook::first_due).min()?;
        // A time in the past is due now.
        Some(Duration::try_from(due.duration_since(self.time(now))).unwrap_or_default())
    }

    /// Whether nothing is due or in flight. Held deliveries and later retries don't count.
    pub(crate) fn is_settled(&self, now: Timestamp) -> bool {
        let time = self.time(now);
        let due = |hook: &Hook| hook.is_active() && hook.first_due().is_some_and(|at| at <= time);
        self.in_flight == 0 && self.replays.is_empty() && !self.hooks.iter().any(due)
    }
}
