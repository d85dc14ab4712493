//! A batch of the queue, as SQS hands it out: groups side by side, in order within a group.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use super::{DEADLINE, Provisioner, Verdict};
use crate::clock::after;
use crate::ledger::Attempt;
use crate::queue::{Message, Received};

/// A received message, and what becomes of it.
pub struct Settled {
    /// The message.
    pub received: Received,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// Works a batch off. A batch is at most ten messages, so that its groups can all run at once.
///
/// Whoever is ended at a certain moment says so: each group's first message is worked on in any case, and
/// after it none is begun that might not come to its end by `until`; it goes back at once.
pub async fn work_batch(
    provisioner: &Provisioner,
    batch: Vec<Received>,
    until: Option<Timestamp>,
) -> Vec<Settled> {
    let mut groups: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    for received in batch {
        groups
            .entry(received.group.as_str().to_owned())
            .or_default()
            .push(received);
    }
    let groups = groups
        .into_values()
        .map(|group| work_group(provisioner, group, until));
    join_all(groups).await.into_iter().flatten().collect()
}

/// Works the messages of one group off, in order. After one that has to come again the rest goes back
/// unprocessed, with the same delay: a longer one would hold the group up.
async fn work_group(
    provisioner: &Provisioner,
    group: Vec<Received>,
    until: Option<Timestamp>,
) -> Vec<Settled> {
    let mut put_back: Option<Duration> = None;
    let mut settled = Vec::with_capacity(group.len());
    for received in group {
        let late = until.is_some_and(|end| after(provisioner.clock.now(), DEADLINE) > end);
        if late && put_back.is_none() && !settled.is_empty() {
            put_back = Some(Duration::ZERO);
        }
        let verdict = match put_back {
            Some(delay) => Verdict::Retry(delay),
            None => work_one(provisioner, &received).await,
        };
        if let Verdict::Retry(delay) = verdict {
            put_back = Some(delay);
        }
        settled.push(Settled { received, verdict });
    }
    settled
}

async fn work_one(provisioner: &Provisioner, received: &Received) -> Verdict {
    let attempt = Attempt {
        message: received.message_id.clone(),
        receive: received.receive_count,
    };
    match Message::decode(&received.body) {
        Ok(message) => provisioner.handle(&message, &attempt).await,
        // No retry decodes it. The dead letters keep it for a version of the bridge that does.
        Err(error) => {
            tracing::error!(message.id = %received.message_id, reason = %error, "a message can't be read");
            Verdict::Dead(error.to_string())
        }
    }
}
