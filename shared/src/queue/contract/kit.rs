//! What the rules have in common.

use std::time::Duration;

use super::Subject;
use crate::queue::{DeduplicationId, GroupId, Handle, Outgoing, Queue, QueueError, Received};

/// Long enough for a rule's calls on a slow network, short enough to be waited for.
pub(super) const HIDDEN: Duration = Duration::from_secs(4);

/// Just longer than [`HIDDEN`].
pub(super) const OVER: Duration = Duration::from_secs(5);

/// The group `group:name`.
pub(super) fn group(name: &str) -> GroupId {
    GroupId::new("group", name)
}

/// The message `body` of a group, like no other.
pub(super) fn outgoing(name: &str, body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        group: group(name),
        deduplication: DeduplicationId::of(&[name, body]),
    }
}

/// Sends messages of a group, one after the other.
pub(super) async fn send(queue: &dyn Queue, name: &str, bodies: &[&str]) {
    for body in bodies {
        queue.send(outgoing(name, body)).await.unwrap();
    }
}

/// Receives up to `max` messages that are known to be there.
pub(super) async fn receive(subject: &dyn Subject, queue: &dyn Queue, max: usize) -> Vec<Received> {
    queue
        .receive(max, HIDDEN, subject.patience())
        .await
        .unwrap()
}

/// Receives one message that is known to be there.
pub(super) async fn receive_one(subject: &dyn Subject, queue: &dyn Queue) -> Received {
    receive(subject, queue, 1)
        .await
        .pop()
        .expect("a message is there")
}

/// Nothing can be received now.
pub(super) async fn assert_nothing(queue: &dyn Queue) {
    let received = queue.receive(10, HIDDEN, Duration::ZERO).await.unwrap();
    assert_eq!(
        bodies(&received),
        Vec::<&str>::new(),
        "nothing should be received"
    );
}

/// Takes messages off the queue.
pub(super) async fn delete(queue: &dyn Queue, received: &[Received]) {
    for message in received {
        queue.delete(&message.handle).await.unwrap();
    }
}

/// The bodies, in the order they were received in.
pub(super) fn bodies(received: &[Received]) -> Vec<&str> {
    received
        .iter()
        .map(|message| message.body.as_str())
        .collect()
}

/// The handle is good for nothing.
pub(super) async fn assert_expired(queue: &dyn Queue, handle: &Handle) {
    let refused = |outcome| matches!(outcome, Err(QueueError::Expired));
    assert!(
        refused(queue.delete(handle).await),
        "delete should be refused"
    );
    assert!(
        refused(queue.change_visibility(handle, HIDDEN).await),
        "change should be refused"
    );
    assert!(
        refused(queue.dead_letter(handle, "no").await),
        "dead letter should be refused"
    );
}
