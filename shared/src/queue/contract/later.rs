//! The retry queue.

use std::time::Duration;

use super::Subject;
use super::kit::{
    HIDDEN, OVER, assert_expired, assert_nothing, assert_used_up, bodies, delete, due_in, group,
    outgoing, receive, receive_joining, receive_one, send,
};
use crate::queue::{Depth, Limits};

/// It does not join earlier. Body and group are those of the send, and the receive count starts at one.
pub async fn a_message_sent_later_joins_its_group_when_it_is_due(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let body = r#"{"v": 99, "name": "Zoë 😀", "quote": "\"%_'", "lines": "a\nb"}"#;
    let message = outgoing("a", body);
    let due = due_in(subject, HIDDEN);
    queue.send_later(message, due).await.unwrap();
    subject.settle().await;
    assert_nothing(&*queue).await;
    let retrying = Depth {
        retrying: 1,
        ..Depth::default()
    };
    assert_eq!(queue.depth().await.unwrap(), retrying);
    subject.pass(OVER).await;
    let received = receive_joining(subject, &*queue, 10).await;
    assert_eq!(bodies(&received), [body]);
    assert_eq!(received[0].group, group("a"));
    assert_eq!(received[0].receive_count, 1);
    delete(&*queue, &received).await;
    subject.pass(OVER).await;
    assert_nothing(&*queue).await;
    assert_eq!(queue.depth().await.unwrap(), Depth::default());
}

/// So does a message that was due a while ago.
pub async fn a_message_that_is_due_joins_at_once(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let now = subject.now();
    let long_ago = crate::model::clock::before(now, OVER * 1000);
    for (body, due) in [("1", now), ("2", long_ago)] {
        queue.send_later(outgoing(body, body), due).await.unwrap();
        let received = receive_joining(subject, &*queue, 10).await;
        assert_eq!(bodies(&received), [body]);
    }
}

/// Its group continues, and so do the others.
pub async fn a_message_in_the_retry_queue_blocks_nothing(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let due = due_in(subject, OVER * 12);
    queue.send_later(outgoing("a", "late"), due).await.unwrap();
    send(&*queue, "a", &["1"]).await;
    let first = receive_one(&*queue).await;
    assert_eq!(first.body, "1");
    delete(&*queue, &[first]).await;
    send(&*queue, "b", &["2"]).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["2"]);
}

/// It joins behind those that were sent while it waited.
pub async fn a_message_that_joins_is_the_last_of_its_group(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    let first = receive_one(&*queue).await;
    let due = due_in(subject, Duration::from_secs(1));
    queue.send_later(outgoing("a", "late"), due).await.unwrap();
    send(&*queue, "a", &["2"]).await;
    subject.pass(Duration::from_secs(2)).await;
    subject.settle().await;
    assert_nothing(&*queue).await;
    assert_eq!(queue.depth().await.unwrap().waiting, 2);
    delete(&*queue, &[first]).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["2", "late"]);
}

/// They are compared neither with each other nor with messages that were sent to the group within the last five
/// minutes.
pub async fn messages_in_the_retry_queue_are_not_compared(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    delete(&*queue, &receive(&*queue, 1).await).await;
    for _ in 0..2 {
        let due = subject.now();
        queue.send_later(outgoing("a", "1"), due).await.unwrap();
        let received = receive_joining(subject, &*queue, 1).await;
        assert_eq!(bodies(&received), ["1"]);
        delete(&*queue, &received).await;
    }
}

/// Its handle becomes invalid, and the rest of the group continues.
pub async fn a_message_put_back_frees_its_group(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    let due = due_in(subject, Duration::from_secs(1));
    queue.put_back(&first, due).await.unwrap();
    assert_used_up(&*queue, &first).await;
    let second = receive(&*queue, 10).await;
    assert_eq!(bodies(&second), ["2"]);
    delete(&*queue, &second).await;
    subject.pass(Duration::from_secs(2)).await;
    assert_eq!(bodies(&receive_joining(subject, &*queue, 10).await), ["1"]);
}

/// A message can be put back any number of times, because that uses up no receives.
pub async fn a_message_put_back_starts_anew_and_keeps_its_time(subject: &dyn Subject) {
    let queue = subject.queue(Limits { max_receives: 2 }).await;
    send(&*queue, "a", &["1"]).await;
    let first = receive_one(&*queue).await;
    let mut latest = first.clone();
    for _ in 0..3 {
        subject.pass(Duration::from_millis(20)).await;
        queue.put_back(&latest, subject.now()).await.unwrap();
        let again = receive_joining(subject, &*queue, 10).await;
        assert_eq!(bodies(&again), ["1"]);
        latest = again[0].clone();
        assert_eq!(latest.group, first.group);
        assert_eq!((latest.receive_count, latest.sent_at), (1, first.sent_at));
    }
    assert!(queue.dead_letters(10).await.unwrap().is_empty());
}

/// After the visibility timeout another receiver may have it, so nothing is stored.
pub async fn a_message_that_is_no_longer_held_is_not_put_back(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    let first = receive_one(&*queue).await;
    subject.pass(OVER).await;
    assert_expired(&*queue, &first).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["1"]);
    assert_eq!(queue.depth().await.unwrap().retrying, 0);
}
