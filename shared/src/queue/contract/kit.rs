//! Helpers of the rules.

use std::time::Duration;

use jiff::Timestamp;

use super::Subject;
use crate::model::clock::after;
use crate::queue::{DeduplicationId, GroupId, Outgoing, Queue, QueueError, Received};

/// Visibility timeout of a received message.
pub(super) const HIDDEN: Duration = Duration::from_secs(4);

/// Just longer than [`HIDDEN`].
pub(super) const OVER: Duration = Duration::from_secs(5);

/// The group `group:name`.
pub(super) fn group(name: &str) -> GroupId {
    GroupId::new("group", name)
}

/// The message `body` of a group, with a deduplication id of its own.
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
pub(super) async fn receive(queue: &dyn Queue, max: usize) -> Vec<Received> {
    queue.receive(max, HIDDEN, Duration::ZERO).await.unwrap()
}

/// Receives one message that is known to be there.
pub(super) async fn receive_one(queue: &dyn Queue) -> Received {
    receive(queue, 1).await.pop().expect("a message is there")
}

/// Asserts that no message can be received now.
pub(super) async fn assert_nothing(queue: &dyn Queue) {
    let received = receive(queue, 10).await;
    assert_eq!(
        bodies(&received),
        Vec::<&str>::new(),
        "nothing should be received"
    );
}

/// Deletes messages.
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

/// Asserts that the handle is refused: another receiver may have the message.
pub(super) async fn assert_expired(queue: &dyn Queue, message: &Received) {
    let deleted = queue.delete(&message.handle).await;
    assert!(is_expired(&deleted), "delete should be refused");
    assert_used_up(queue, message).await;
}

/// Asserts that a deleted message cannot be changed. SQS accepts a second delete; other stores refuse it.
pub(super) async fn assert_used_up(queue: &dyn Queue, message: &Received) {
    let again = queue.delete(&message.handle).await;
    assert!(again.is_ok() || is_expired(&again), "delete: {again:?}");
    let changed = queue.change_visibility(&message.handle, HIDDEN).await;
    assert!(is_expired(&changed), "change should be refused");
    let put_back = queue.put_back(message, message.sent_at).await;
    assert!(is_expired(&put_back), "putting it back should be refused");
    let given_up = queue.dead_letter(message, "no").await;
    assert!(is_expired(&given_up), "dead letter should be refused");
}

fn is_expired(outcome: &Result<(), QueueError>) -> bool {
    matches!(outcome, Err(QueueError::Expired))
}

/// The time after this duration.
pub(super) fn due_in(subject: &dyn Subject, time: Duration) -> Timestamp {
    after(subject.now(), time)
}

/// Receives up to `max` messages, including those that can join their groups now.
pub(super) async fn receive_joining(
    subject: &dyn Subject,
    queue: &dyn Queue,
    max: usize,
) -> Vec<Received> {
    subject.settle().await;
    receive(queue, max).await
}
