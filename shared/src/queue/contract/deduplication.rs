//! Repeated sends of a message.

use super::Subject;
use super::kit::{assert_nothing, bodies, delete, outgoing, receive, send};
use crate::queue::{DEDUPLICATION_WINDOW, Limits, Outgoing};

/// The receipt is that of the first message. The second body is ignored.
pub async fn a_duplicate_is_accepted_and_not_stored(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let first = queue.send(outgoing("a", "1")).await.unwrap();
    let duplicate = Outgoing {
        body: "other".to_owned(),
        ..outgoing("a", "1")
    };
    let second = queue.send(duplicate).await.unwrap();
    assert_eq!(second.message_id(), first.message_id());
    send(&*queue, "a", &["2"]).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["1", "2"]);
}

/// The id is remembered longer than the message.
pub async fn a_duplicate_of_a_deleted_message_is_not_stored(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    delete(&*queue, &receive(&*queue, 1).await).await;
    send(&*queue, "a", &["1"]).await;
    assert_nothing(&*queue).await;
}

/// The window starts with the first send. A duplicate within it doesn't extend it.
pub async fn the_window_ends(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    delete(&*queue, &receive(&*queue, 1).await).await;
    subject.pass(DEDUPLICATION_WINDOW * 9 / 10).await;
    send(&*queue, "a", &["1"]).await;
    assert_nothing(&*queue).await;
    subject.pass(DEDUPLICATION_WINDOW / 5).await;
    send(&*queue, "a", &["1"]).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["1"]);
}
