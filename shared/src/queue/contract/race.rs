//! Concurrent senders and receivers.

use std::collections::HashMap;
use std::sync::Mutex;

use futures::future::{join, join_all};

use super::Subject;
use super::kit::{delete, outgoing, receive, send};
use crate::queue::{Limits, Queue, Received};

const GROUPS: usize = 6;
const EACH: usize = 12;

fn name(number: usize) -> String {
    format!("group {number}")
}

/// Every sender has a group of its own, and finds its messages in its order.
pub async fn concurrent_sends_are_all_stored(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    join_all((0..GROUPS).map(|number| fill(&*queue, number))).await;
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    loop {
        let batch = receive(&*queue, 10).await;
        if batch.is_empty() {
            break;
        }
        for message in &batch {
            let number = message.body.parse().unwrap();
            found
                .entry(message.group.as_str().to_owned())
                .or_default()
                .push(number);
        }
        delete(&*queue, &batch).await;
    }
    assert_eq!(found.len(), GROUPS);
    assert!(
        found
            .values()
            .all(|numbers| numbers.iter().copied().eq(0..EACH)),
        "{found:?}"
    );
}

async fn fill(queue: &dyn Queue, number: usize) {
    for body in 0..EACH {
        queue
            .send(outgoing(&name(number), &body.to_string()))
            .await
            .unwrap();
    }
}

/// Receivers compete while messages come in: each message goes to one of them, in order, and no two
/// batches hold the same group at one time.
pub async fn concurrent_receivers_never_share_a_group(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    for number in 0..GROUPS {
        send(&*queue, &name(number), &["0"]).await;
    }
    let desk = Desk::default();
    let senders = join_all((0..GROUPS).map(|number| fill(&*queue, number)));
    let receivers = join_all((0..8).map(|receiver| work(receiver, &*queue, &desk)));
    join(senders, receivers).await;
    let done = desk.done.into_inner().unwrap();
    assert_eq!(done.values().map(Vec::len).sum::<usize>(), GROUPS * EACH);
    assert!(
        done.values()
            .all(|numbers| numbers.iter().copied().eq(0..EACH)),
        "{done:?}"
    );
}

/// Messages in process and messages that are done, by group.
#[derive(Default)]
struct Desk {
    busy: Mutex<HashMap<String, usize>>,
    done: Mutex<HashMap<String, Vec<usize>>>,
}

impl Desk {
    fn take(&self, receiver: usize, batch: &[Received]) {
        let mut busy = self.busy.lock().unwrap();
        for message in batch {
            let group = message.group.as_str().to_owned();
            let holder = *busy.entry(group.clone()).or_insert(receiver);
            assert_eq!(holder, receiver, "two receivers hold {group}");
            let mut done = self.done.lock().unwrap();
            done.entry(group)
                .or_default()
                .push(message.body.parse().unwrap());
        }
    }

    fn free(&self, batch: &[Received]) {
        let mut busy = self.busy.lock().unwrap();
        for message in batch {
            busy.remove(message.group.as_str());
        }
    }

    fn is_cleared(&self) -> bool {
        let done = self.done.lock().unwrap();
        done.values().map(Vec::len).sum::<usize>() >= GROUPS * EACH
    }
}

async fn work(receiver: usize, queue: &dyn Queue, desk: &Desk) {
    while !desk.is_cleared() {
        let batch = receive(queue, 3).await;
        desk.take(receiver, &batch);
        tokio::task::yield_now().await;
        // The desk frees the group before the queue does, because the next receiver may be quicker.
        desk.free(&batch);
        delete(queue, &batch).await;
    }
}
