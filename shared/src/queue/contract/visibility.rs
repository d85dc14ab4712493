//! Visibility: hidden messages, redelivery, and handles.

use std::time::Duration;

use super::Subject;
use super::kit::{
    HIDDEN, OVER, assert_expired, assert_nothing, bodies, delete, receive, receive_one, send,
};
use crate::queue::Limits;

const SECOND: Duration = Duration::from_secs(1);

/// The receive count is one higher.
pub async fn a_message_is_redelivered_after_its_visibility_timeout(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    assert_nothing(&*queue).await;
    subject.pass(OVER).await;
    let again = receive(&*queue, 10).await;
    assert_eq!(bodies(&again), ["1", "2"]);
    assert_eq!(again[0].message_id, first.message_id);
    assert_eq!([again[0].receive_count, again[1].receive_count], [2, 1]);
}

/// Before and after another receiver has received the message. The new handle works.
pub async fn an_old_handle_is_refused(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    let first = receive_one(&*queue).await;
    subject.pass(OVER).await;
    assert_expired(&*queue, &first).await;
    let again = receive_one(&*queue).await;
    assert_eq!(again.body, "1");
    assert_ne!(again.handle, first.handle);
    assert_expired(&*queue, &first).await;
    let dead = queue.dead_letters(10).await.unwrap();
    assert!(dead.is_empty(), "another receiver has the message");
    delete(&*queue, &[again]).await;
}

/// The group is free only when the last of the batch is done.
pub async fn a_part_of_a_batch_holds_the_rest(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2", "3"]).await;
    let mut batch = receive(&*queue, 2).await;
    let second = batch.split_off(1);
    delete(&*queue, &batch).await;
    assert_nothing(&*queue).await;
    delete(&*queue, &second).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["3"]);
}

/// A delay is a longer time in flight: nothing overtakes the message meanwhile.
pub async fn a_message_put_back_with_a_delay_holds_its_group(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    queue
        .change_visibility(&first.handle, HIDDEN * 2)
        .await
        .unwrap();
    subject.pass(OVER).await;
    assert_nothing(&*queue).await;
    subject.pass(HIDDEN).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["1", "2"]);
}

/// The message is back in its place, and the handle is invalid.
pub async fn zero_visibility_shows_at_once(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    queue
        .change_visibility(&first.handle, Duration::ZERO)
        .await
        .unwrap();
    assert_expired(&*queue, &first).await;
    let again = receive(&*queue, 10).await;
    assert_eq!(bodies(&again), ["1", "2"]);
    assert_eq!(again[0].receive_count, 2);
}

/// More than once, with the same handle.
pub async fn visibility_can_be_extended(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    let message = receive_one(&*queue).await;
    for _ in 0..3 {
        subject.pass(HIDDEN / 2).await;
        queue
            .change_visibility(&message.handle, HIDDEN)
            .await
            .unwrap();
    }
    assert_nothing(&*queue).await;
    delete(&*queue, &[message]).await;
}

/// If the later message of a batch is visible first, it waits for the earlier one. If the earlier one is visible first,
/// it waits too, because a message of its group is in flight.
pub async fn a_tail_does_not_overtake(subject: &dyn Subject) {
    for hidden_longer in [0, 1] {
        let queue = subject.queue(Limits::default()).await;
        send(&*queue, "a", &["1", "2"]).await;
        let batch = receive(&*queue, 10).await;
        queue
            .change_visibility(&batch[hidden_longer].handle, HIDDEN)
            .await
            .unwrap();
        queue
            .change_visibility(&batch[1 - hidden_longer].handle, Duration::ZERO)
            .await
            .unwrap();
        assert_nothing(&*queue).await;
        subject.pass(HIDDEN + SECOND).await;
        assert_eq!(bodies(&receive(&*queue, 10).await), ["1", "2"]);
    }
}
