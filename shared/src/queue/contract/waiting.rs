//! Receivers that wait. None of these rules needs time to pass: a receiver that is not woken waits longer than the rule
//! does.

use std::time::Duration;

use futures::future::{join, join_all};
use tokio::time::timeout;

use super::Subject;
use super::kit::{HIDDEN, bodies, outgoing, receive_one, send};
use crate::queue::{Limits, Queue, Received};

/// Maximum wait of SQS. No rule takes this long unless it is broken.
const LONG: Duration = Duration::from_secs(20);

/// A receiver that is woken has its message well within this time.
const SOON: Duration = Duration::from_secs(10);

/// Receives a message and hides it for longer than any rule takes, so that the end of its visibility timeout wakes no
/// receiver.
async fn soon(queue: &dyn Queue) -> Vec<Received> {
    timeout(SOON, queue.receive(1, LONG * 3, LONG))
        .await
        .expect("is woken")
        .unwrap()
}

/// The receiver waits before the send.
pub async fn a_waiting_receiver_is_woken_by_a_send(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let (received, ()) = join(soon(&*queue), send(&*queue, "a", &["1"])).await;
    assert_eq!(bodies(&received), ["1"]);
}

/// The delete frees a group that has more.
pub async fn a_waiting_receiver_is_woken_by_a_delete(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    let (received, deleted) = join(soon(&*queue), queue.delete(&first.handle)).await;
    deleted.unwrap();
    assert_eq!(bodies(&received), ["2"]);
}

/// The message becomes visible again early.
pub async fn a_waiting_receiver_is_woken_when_a_message_is_put_back(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    let first = queue.receive(1, LONG * 3, Duration::ZERO).await.unwrap();
    let back = queue.change_visibility(&first[0].handle, Duration::ZERO);
    let (received, changed) = join(soon(&*queue), back).await;
    changed.unwrap();
    assert_eq!(bodies(&received), ["1"]);
}

/// As many messages as receivers, sent one by one or together: no receiver is left waiting.
pub async fn every_waiting_receiver_gets_one(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let names: Vec<String> = (0..8).map(|number| format!("group {number}")).collect();
    let receivers = || join_all(names.iter().map(|_| soon(&*queue)));
    let senders = join_all(names.iter().map(|name| queue.send(outgoing(name, name))));
    let (received, sent) = join(receivers(), senders).await;
    assert!(sent.iter().all(Result::is_ok));
    assert_one_each(received, &names);
    let again = |name: &String| outgoing(&format!("{name} again"), name);
    let sender = queue.send_all(names.iter().map(again).collect());
    let (received, sent) = join(receivers(), sender).await;
    sent.unwrap();
    assert_one_each(received, &names);
}

fn assert_one_each(received: Vec<Vec<Received>>, names: &[String]) {
    let mut received: Vec<String> = received
        .into_iter()
        .flatten()
        .map(|message| message.body)
        .collect();
    received.sort();
    assert_eq!(received, names);
}

/// A wait ends without a message, and not with an error.
pub async fn a_wait_ends(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let wait = Duration::from_millis(20);
    let received = timeout(SOON, queue.receive(1, HIDDEN, wait))
        .await
        .expect("ends")
        .unwrap();
    assert!(received.is_empty());
}
