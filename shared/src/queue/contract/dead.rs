//! Dead letters, and the depth that counts them.

use std::collections::BTreeSet;

use super::Subject;
use super::kit::{
    OVER, assert_nothing, assert_used_up, bodies, delete, group, receive, receive_one, send,
};
use crate::queue::{Depth, Limits, Taking};

/// It becomes a dead letter when it would be received once more. Its group continues.
pub async fn a_message_received_too_often_is_given_up(subject: &dyn Subject) {
    let queue = subject.queue(Limits { max_receives: 2 }).await;
    send(&*queue, "a", &["1", "2"]).await;
    for count in [1, 2] {
        let received = receive_one(&*queue).await;
        assert_eq!(
            (received.body.as_str(), received.receive_count),
            ("1", count)
        );
        assert!(queue.dead_letters(10).await.unwrap().is_empty());
        subject.pass(OVER).await;
    }
    let received = receive(&*queue, 10).await;
    assert_eq!(bodies(&received), ["2"]);
    let dead = queue.dead_letters(10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].receive_count, 2);
    assert_eq!(dead[0].group, group("a").as_str());
}

/// The reason is kept, the handle becomes invalid, and the group continues.
pub async fn a_message_is_given_up_on_demand(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    queue.dead_letter(&first, "not a message").await.unwrap();
    assert_used_up(&*queue, &first).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["2"]);
    let dead = queue.dead_letters(10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].message_id, first.message_id);
    assert_eq!(dead[0].reason, "not a message");
    assert_eq!(dead[0].receive_count, 1);
}

/// They are ordered by the time at which they became dead letters, and are no more than requested.
pub async fn dead_letters_come_oldest_first(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    for name in ["a", "b", "c"] {
        send(&*queue, name, &["x"]).await;
    }
    let received = receive(&*queue, 10).await;
    for message in received.iter().rev() {
        queue
            .dead_letter(message, &message.message_id)
            .await
            .unwrap();
        subject.pass(std::time::Duration::from_secs(1)).await;
    }
    let dead = queue.dead_letters(2).await.unwrap();
    let expected = [&received[2].message_id, &received[1].message_id];
    assert_eq!(
        dead.iter()
            .map(|letter| &letter.message_id)
            .collect::<Vec<_>>(),
        expected
    );
    assert!(dead[0].at <= dead[1].at);
}

/// It becomes the last message of its group, as if it were new. A second redrive finds nothing.
pub async fn a_dead_letter_is_redriven_once(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    queue.dead_letter(&first, "no").await.unwrap();
    let dead = queue.dead_letters(10).await.unwrap();
    assert_eq!(dead[0].body.expose(), "1");
    let ids = BTreeSet::from([dead[0].message_id.clone(), "unknown".to_owned()]);
    let known = BTreeSet::from([dead[0].message_id.clone()]);
    let redrive = async || queue.take_dead(ids.clone(), Taking::Redrive).await.unwrap();
    assert_eq!(redrive().await, known);
    assert_eq!(redrive().await, BTreeSet::new());
    assert!(queue.dead_letters(10).await.unwrap().is_empty());
    let received = receive(&*queue, 10).await;
    assert_eq!(bodies(&received), ["2", "1"]);
    assert_eq!(received[1].receive_count, 1);
    assert_eq!(received[1].group, group("a"));
}

/// Only the named letters are deleted.
pub async fn a_dead_letter_is_dropped(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    for name in ["a", "b"] {
        send(&*queue, name, &["x"]).await;
    }
    for message in receive(&*queue, 10).await {
        queue.dead_letter(&message, "no").await.unwrap();
    }
    let dead = queue.dead_letters(10).await.unwrap();
    let ids = BTreeSet::from([dead[0].message_id.clone()]);
    let dropped = queue.take_dead(ids.clone(), Taking::Drop).await.unwrap();
    assert_eq!(dropped, ids);
    let left = queue.dead_letters(10).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].message_id, dead[1].message_id);
    assert_nothing(&*queue).await;
}

/// A message put back with a delay counts as in flight, one behind a locked group as waiting.
pub async fn the_depth_is_told(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    assert_eq!(queue.depth().await.unwrap(), Depth::default());
    send(&*queue, "a", &["1", "2", "3"]).await;
    assert_depth(queue.depth().await.unwrap(), [3, 0, 0]);
    let batch = receive(&*queue, 2).await;
    assert_depth(queue.depth().await.unwrap(), [1, 2, 0]);
    queue.dead_letter(&batch[0], "no").await.unwrap();
    queue
        .change_visibility(&batch[1].handle, OVER * 2)
        .await
        .unwrap();
    subject.pass(OVER).await;
    assert_depth(queue.depth().await.unwrap(), [1, 1, 1]);
    delete(&*queue, &batch[1..]).await;
    assert_depth(queue.depth().await.unwrap(), [1, 0, 1]);
    assert_eq!(bodies(&receive(&*queue, 10).await), ["3"]);
    assert_nothing(&*queue).await;
}

fn assert_depth(depth: Depth, [waiting, in_flight, dead]: [u64; 3]) {
    assert_eq!(
        depth,
        Depth {
            waiting,
            in_flight,
            retrying: 0,
            dead
        }
    );
}
