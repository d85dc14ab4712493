//! Result of an attempt: success, another attempt, or failure.

use std::time::Duration;

use jiff::Timestamp;

use super::{Post, Shipment};
use crate::{
    kit::clock::later,
    model::{
        delivery::{Attempt, Delivery, DeliveryStatus, Outcome, Trace},
        hook::{EndpointStatus, Hook},
        options::Failures,
    },
};

/// Time until the next run of redeliveries.
const NEXT_RUN: Duration = Duration::from_secs(5 * 60);

impl Post {
    /// Records the result of an attempt, and schedules the next step.
    pub(crate) fn finish(
        &mut self,
        shipment: &Shipment,
        (outcome, trace): (Outcome, Trace),
        now: Timestamp,
    ) {
        if shipment.epoch != self.epoch {
            return;
        }
        self.in_flight -= 1;
        let at = self.time(now);
        let Some(delivery) = self.deliveries.get_mut(&shipment.delivery) else {
            return;
        };
        delivery.attempts.push(Attempt { at, outcome });
        delivery.traces.push(trace);
        if shipment.replay.is_some() {
            return;
        }
        delivery.in_flight = false;
        let endpoint = delivery.endpoint_id.clone();
        if let Some(hook) = self.hooks.get_mut(&endpoint) {
            hook.in_flight -= 1;
        }
        match outcome.is_success() {
            true => self.succeed(&shipment.delivery, &endpoint),
            false => self.fail(&shipment.delivery, &endpoint, now),
        }
    }

    fn succeed(&mut self, id: &str, endpoint: &str) {
        if let Some(delivery) = self.deliveries.get_mut(id) {
            delivery.status = DeliveryStatus::Delivered;
        }
        if let Some(hook) = self.hooks.get_mut(endpoint) {
            hook.consecutive_failures = 0;
        }
    }

    /// Schedules the next attempt, or fails the delivery.
    fn fail(&mut self, id: &str, endpoint: &str, now: Timestamp) {
        let at = self.time(now);
        let Some(delivery) = self.deliveries.get_mut(id) else {
            return;
        };
        // Its endpoint was disabled or deleted during the attempt.
        if delivery.status == DeliveryStatus::Failed {
            return;
        }
        let next = delivery.climb(at);
        match next {
            Some(due) => delivery.due = due,
            None => delivery.status = DeliveryStatus::Failed,
        }
        if next.is_some() {
            self.enqueue(id);
        }
        // With `Failures::Deliveries`, a delivery counts once, when it has failed permanently.
        let counts = next.is_none() || self.failures == Failures::Attempts;
        let hook = self.hooks.get_mut(endpoint).filter(|_| counts);
        let full = hook.is_some_and(Hook::count_failure);
        let channel = self.hooks.get(endpoint).map(|hook| hook.channel);
        if let Some(channel) = channel.filter(|_| full) {
            self.disable(endpoint, channel.reason(), now);
        }
    }

    /// Enables an endpoint, which resets its failures, or disables an active one.
    pub(crate) fn set_status(
        &mut self,
        endpoint: &str,
        (status, reason): (EndpointStatus, &str),
        now: Timestamp,
    ) {
        match (status, self.hooks.get_mut(endpoint)) {
            (EndpointStatus::Active, Some(hook)) => {
                hook.disabled = None;
                hook.consecutive_failures = 0;
            }
            (EndpointStatus::Disabled, Some(hook)) if hook.is_active() => {
                self.disable(endpoint, reason, now);
            }
            _ => {}
        }
    }

    /// Disables an endpoint: its pending deliveries become FAILED.
    pub(crate) fn disable(&mut self, endpoint: &str, reason: &str, now: Timestamp) {
        if let Some(hook) = self.hooks.get_mut(endpoint) {
            hook.disabled = Some((now, reason.to_owned()));
        }
        self.give_up(endpoint);
    }

    /// Fails every pending delivery of an endpoint.
    pub(crate) fn give_up(&mut self, endpoint: &str) {
        let pending =
            |own: &&Delivery| own.endpoint_id == endpoint && own.status == DeliveryStatus::Pending;
        let pending = self.deliveries.iter().filter(pending);
        let pending: Vec<String> = pending.map(|own| own.id.clone()).collect();
        for id in pending {
            self.dequeue(&id);
            if let Some(delivery) = self.deliveries.get_mut(&id) {
                delivery.status = DeliveryStatus::Failed;
            }
        }
    }

    /// Deletes an endpoint and the history of its deliveries.
    pub(crate) fn forget(&mut self, endpoint: &str) {
        self.give_up(endpoint);
        let own = self.deliveries.iter();
        let own = own.filter(|own| own.endpoint_id == endpoint);
        let own: Vec<String> = own.map(|own| own.id.clone()).collect();
        for id in own {
            self.deliveries.remove(&id);
        }
        self.hooks.remove(endpoint);
    }

    /// Puts a delivery back for the next run, with all its attempts.
    pub(crate) fn requeue(&mut self, id: &str, now: Timestamp) {
        self.dequeue(id);
        let due = later(self.time(now), NEXT_RUN);
        let Some(delivery) = self.deliveries.get_mut(id) else {
            return;
        };
        delivery.start_over(due);
        // A delivery in flight is put back if it fails.
        if !delivery.in_flight {
            self.enqueue(id);
        }
    }
}
