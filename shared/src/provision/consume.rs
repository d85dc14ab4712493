//! Processes a batch of messages, as SQS delivers it.
//!
//! The groups of a new batch are processed at the same time, and the messages of a group in order. A batch that is
//! received again may contain a message that ends the process, such as one that needs too much memory. So its groups
//! are processed one after the other, and each message is deleted as soon as it is done. Each receive begins with
//! another message, so that each message is at some time processed before the one that ends the process.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use super::handle::unread;
use super::settle::acknowledge;
use super::{Ack, DEADLINE, Provisioner, Verdict};
use crate::ledger::Attempt;
use crate::model::clock::after;
use crate::queue::{Message, Received, Undecodable};
use crate::telemetry::Metric;

/// How long a message of a newer version is kept away from the dead letters: long enough for a deployment, during
/// which functions of both versions run.
const NEWER_KEPT: Duration = Duration::from_secs(3600);

/// A message whose outcome was reported to the queue.
pub struct Processed {
    /// The message.
    pub received: Received,
    /// Its outcome.
    pub verdict: Verdict,
    /// Whether it will be redelivered.
    pub redelivered: bool,
}

/// Processes a batch of at most ten messages, and reports each outcome to the queue.
///
/// `until` is the time at which the function is ended, if it is. A message that might not be done by then is not begun
/// but put back, which uses up none of its receives. At least one message is begun, and in a new batch one of each
/// group.
pub async fn work_batch(
    provisioner: &Provisioner,
    batch: Vec<Received>,
    until: Option<Timestamp>,
    ack: Ack,
) -> Vec<Processed> {
    let receives = batch.iter().map(|it| it.receive_count).max();
    let mut groups: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    for received in batch {
        let group = received.group.as_str().to_owned();
        groups.entry(group).or_default().push(received);
    }
    let groups = groups.into_values().collect();
    let worker = Worker {
        provisioner,
        until,
        ack,
    };
    match receives {
        Some(receives @ 2..) => worker.one_by_one(groups, receives).await,
        _ => worker.side_by_side(groups).await,
    }
}

struct Worker<'a> {
    provisioner: &'a Provisioner,
    until: Option<Timestamp>,
    ack: Ack,
}

/// A message with its outcome, and whether the outcome was reported to the queue.
type Outcome = (Received, Verdict, bool);

impl Worker<'_> {
    /// The outcomes are reported when all are done: if a message of a group became visible before, another worker could
    /// receive it.
    async fn side_by_side(&self, groups: Vec<Vec<Received>>) -> Vec<Processed> {
        let outcomes = groups
            .into_iter()
            .map(|group| self.process(group, true, false));
        let outcomes = join_all(outcomes).await;
        self.tell(outcomes.into_iter().flatten()).await
    }

    async fn one_by_one(&self, mut groups: Vec<Vec<Received>>, receives: u32) -> Vec<Processed> {
        let turn = usize::try_from(receives).unwrap_or_default();
        let (of_groups, within_group) = (turn % groups.len(), turn / groups.len());
        groups.rotate_left(of_groups);
        let mut processed = Vec::new();
        for mut group in groups {
            // The order of facts does not matter.
            let first = within_group % group.len();
            group.rotate_left(first);
            let outcomes = self.process(group, processed.is_empty(), true).await;
            processed.extend(self.tell(outcomes).await);
        }
        processed
    }

    /// Processes the messages of one group, in order. One that fails does not hold up the others: facts are merged
    /// in any order, and the group keeps other workers away.
    async fn process(&self, group: Vec<Received>, begin: bool, delete: bool) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(group.len());
        for received in group {
            let verdict = match (begin && outcomes.is_empty()) || self.has_time() {
                true => process(self.provisioner, &received).await,
                false => Verdict::PutBack(Duration::ZERO),
            };
            let done = delete && verdict == Verdict::Done;
            if done {
                self.acknowledge(&received, &verdict, Ack::Explicit).await;
            }
            outcomes.push((received, verdict, done));
        }
        outcomes
    }

    fn has_time(&self) -> bool {
        let end = after(self.provisioner.clock.now(), DEADLINE);
        self.until.is_none_or(|until| end <= until)
    }

    /// Reports the outcomes at the same time, so that on one machine they share one fsync.
    async fn tell(&self, outcomes: impl IntoIterator<Item = Outcome>) -> Vec<Processed> {
        let told = outcomes
            .into_iter()
            .map(|(received, verdict, told)| async move {
                // A message that could not be deleted is deleted by Lambda, because it is not returned as failed.
                let redelivered = !told && self.acknowledge(&received, &verdict, self.ack).await;
                Processed {
                    received,
                    verdict,
                    redelivered,
                }
            });
        join_all(told).await
    }

    async fn acknowledge(&self, received: &Received, verdict: &Verdict, ack: Ack) -> bool {
        let Provisioner { queue, clock, .. } = self.provisioner;
        acknowledge(queue.as_ref(), received, verdict, ack, clock.now()).await
    }
}

async fn process(provisioner: &Provisioner, received: &Received) -> Verdict {
    let attempt = Attempt {
        message: received.message_id.clone(),
        receive: received.receive_count,
    };
    match Message::decode(&received.body) {
        Ok(message) => {
            let handled = provisioner.handle(&message, &attempt, received.sent_at);
            handled.await
        }
        Err(error) => undecoded(received, &error, provisioner.clock.now()),
    }
}

/// The verdict on a message that this version can't read. The dead letters keep it for a version that can.
fn undecoded(received: &Received, error: &Undecodable, now: Timestamp) -> Verdict {
    let verdict = match error.is_newer() {
        true => unread(error.to_string(), received.sent_at, NEWER_KEPT, now),
        false => Verdict::Dead(error.to_string()),
    };
    let id = &received.message_id;
    if let Verdict::PutBack(_) = verdict {
        Metric::Retried.count();
        tracing::warn!(message.id = %id, reason = %error, "a message of a newer version is put back");
    } else {
        tracing::error!(message.id = %id, reason = %error, "a message can't be read and becomes a dead letter");
    }
    verdict
}
