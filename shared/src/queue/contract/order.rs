//! Groups: order, and one batch at a time.

use super::Subject;
use super::kit::{assert_nothing, bodies, delete, group, outgoing, receive, receive_one, send};
use crate::queue::{Limits, MAX_BATCH};

/// Body, group and time are those of the send; the count starts at one.
pub async fn a_message_comes_as_it_was_sent(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    let body = r#"{"name": "Zoë 😀", "quote": "\"%_'", "lines": "a\nb"}"#;
    let receipt = queue.send(outgoing("a", body)).await.unwrap();
    let received = receive_one(&*queue).await;
    assert_eq!(received.body, body);
    assert_eq!(received.group, group("a"));
    assert_eq!(received.receive_count, 1);
    assert_eq!(received.message_id, receipt.message_id());
    send(&*queue, "b", &["later"]).await;
    assert!(received.sent_at <= receive_one(&*queue).await.sent_at);
}

/// An empty answer is not an error.
pub async fn an_empty_queue_gives_nothing(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    assert_nothing(&*queue).await;
}

/// One by one, in the order of the sends.
pub async fn a_group_keeps_its_order(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2", "3"]).await;
    for expected in ["1", "2", "3"] {
        let received = receive_one(&*queue).await;
        assert_eq!(received.body, expected);
        delete(&*queue, &[received]).await;
    }
    assert_nothing(&*queue).await;
}

/// A batch takes as many messages of a group as fit.
pub async fn a_batch_holds_several_of_a_group_in_order(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["a1", "a2", "a3"]).await;
    send(&*queue, "b", &["b1", "b2"]).await;
    let received = receive(&*queue, 10).await;
    let of = |name: &str| -> Vec<&str> {
        bodies(&received)
            .into_iter()
            .filter(|body| body.starts_with(name))
            .collect()
    };
    assert_eq!(of("a"), ["a1", "a2", "a3"]);
    assert_eq!(of("b"), ["b1", "b2"]);
}

/// A batch is limited by the caller's maximum and by [`MAX_BATCH`].
pub async fn a_batch_is_never_larger_than_asked(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    for number in 0..15 {
        send(&*queue, &format!("group {number}"), &["x"]).await;
    }
    assert_eq!(receive(&*queue, 2).await.len(), 2);
    assert_eq!(receive(&*queue, 50).await.len(), MAX_BATCH);
}

/// While one message of a group is in flight, the others wait, and so do those sent meanwhile.
pub async fn a_group_in_flight_gives_no_more(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1", "2"]).await;
    let first = receive_one(&*queue).await;
    send(&*queue, "a", &["3"]).await;
    assert_nothing(&*queue).await;
    delete(&*queue, &[first]).await;
    assert_eq!(bodies(&receive(&*queue, 10).await), ["2", "3"]);
}

/// A locked group does not delay other groups.
pub async fn other_groups_go_on(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["a1", "a2"]).await;
    send(&*queue, "b", &["b1"]).await;
    let first = receive_one(&*queue).await;
    let second = receive_one(&*queue).await;
    assert_eq!(bodies(&[first, second]), ["a1", "b1"]);
    assert_nothing(&*queue).await;
}

/// Even after its visibility timeout.
pub async fn a_deleted_message_stays_away(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    send(&*queue, "a", &["1"]).await;
    delete(&*queue, &receive(&*queue, 1).await).await;
    subject.pass(super::kit::OVER).await;
    assert_nothing(&*queue).await;
}

/// More messages than fit into one request of SQS, by number and by size. Each is stored once, even those that were
/// sent before.
pub async fn all_of_many_are_stored(subject: &dyn Subject) {
    let queue = subject.queue(Limits::default()).await;
    queue.send_all(Vec::new()).await.unwrap();
    send(&*queue, "0", &["sent before"]).await;
    let size = |number: usize| if number.is_multiple_of(3) { 400_000 } else { 1 };
    let body = |number: usize| format!("{number} {}", "x".repeat(size(number)));
    let mut expected: Vec<String> = (0..23).map(body).collect();
    let message = |(number, body): (usize, &String)| outgoing(&format!("{}", number % 7), body);
    let all: Vec<_> = expected.iter().enumerate().map(message).collect();
    queue.send_all(all.clone()).await.unwrap();
    queue.send_all(all[..2].to_vec()).await.unwrap();
    expected.push("sent before".to_owned());
    let mut found = Vec::new();
    loop {
        let batch = receive(&*queue, MAX_BATCH).await;
        if batch.is_empty() {
            break;
        }
        delete(&*queue, &batch).await;
        found.extend(batch.into_iter().map(|it| it.body));
    }
    expected.sort();
    found.sort();
    assert!(found == expected, "{} messages, not 24", found.len());
}
