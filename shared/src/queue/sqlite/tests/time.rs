//! Ends of timeouts, receivers that are woken, and a wrong clock.

use std::sync::Arc;
use std::time::Duration;

use futures::poll;
use tokio::time::timeout;

use super::{HIDDEN, MILLI, Sqlite, SqliteQueue, outgoing, receive};
use crate::model::clock::{Clock, ManualClock, SystemClock, after, before};
use crate::queue::{DEDUPLICATION_WINDOW, Limits, Queue, QueueError};
use crate::sqlite::Database;

#[tokio::test]
async fn times_are_kept_to_the_millisecond() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    queue.send(outgoing("a", "1")).await.unwrap();
    let first = receive(&queue, 1).await.remove(0);
    sqlite.clock.advance(HIDDEN - MILLI);
    assert!(receive(&queue, 1).await.is_empty());
    queue
        .change_visibility(&first.handle, HIDDEN)
        .await
        .unwrap();
    sqlite.clock.advance(HIDDEN);
    assert!(matches!(
        queue.delete(&first.handle).await,
        Err(QueueError::Expired)
    ));
    let again = receive(&queue, 1).await.remove(0);
    queue.delete(&again.handle).await.unwrap();

    sqlite.clock.advance(DEDUPLICATION_WINDOW - HIDDEN * 2);
    queue.send(outgoing("a", "1")).await.unwrap();
    assert!(receive(&queue, 1).await.is_empty());
    sqlite.clock.advance(MILLI);
    queue.send(outgoing("a", "1")).await.unwrap();
    assert_eq!(receive(&queue, 1).await.len(), 1);
}

#[tokio::test]
async fn a_waiting_receiver_is_woken_by_the_end_of_a_time_out() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("a.db")).unwrap();
    let queue = SqliteQueue::new(database, Arc::new(SystemClock), Limits::default());
    queue.send(outgoing("a", "1")).await.unwrap();
    let hidden = Duration::from_millis(80);
    assert_eq!(
        queue
            .receive(1, hidden, Duration::ZERO)
            .await
            .unwrap()
            .len(),
        1
    );
    let again = timeout(HIDDEN, queue.receive(1, HIDDEN, HIDDEN * 2))
        .await
        .expect("is woken");
    assert_eq!(again.unwrap()[0].receive_count, 2);
}

/// Both receivers are woken, although a message that joins its group by itself notifies no receiver.
#[tokio::test]
async fn waiting_receivers_are_woken_when_messages_are_due() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("a.db")).unwrap();
    let queue = SqliteQueue::new(database, Arc::new(SystemClock), Limits::default());
    let wait = || queue.receive(1, HIDDEN, HIDDEN * 2);
    let send = async {
        let due = after(SystemClock.now(), Duration::from_millis(80));
        for group in ["a", "b"] {
            queue.send_later(outgoing(group, "1"), due).await.unwrap();
        }
    };
    let all = futures::future::join3(wait(), wait(), send);
    let (first, second, ()) = timeout(HIDDEN, all).await.expect("both are woken");
    assert_eq!((first.unwrap().len(), second.unwrap().len()), (1, 1));
}

/// Times that were stored before are too far ahead, and count as past.
#[tokio::test]
async fn a_clock_that_is_set_back_stalls_nothing() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    queue.send(outgoing("hidden", "1")).await.unwrap();
    let held = receive(&queue, 1).await.remove(0);
    let soon = after(sqlite.clock.now(), Duration::from_secs(5));
    queue
        .send_later(outgoing("later", "2"), soon)
        .await
        .unwrap();
    assert_eq!(queue.depth().await.unwrap().in_flight, 1);

    let two_hours_ago = before(sqlite.clock.now(), Duration::from_secs(7200));
    let queue = SqliteQueue {
        clock: Arc::new(ManualClock::at(two_hours_ago)),
        ..queue
    };
    assert_eq!(queue.depth().await.unwrap().in_flight, 0);
    let refused = queue.delete(&held.handle).await;
    assert!(matches!(refused, Err(QueueError::Expired)));
    let received = receive(&queue, 10).await;
    let bodies: Vec<_> = received.iter().map(|it| it.body.as_str()).collect();
    assert_eq!(bodies, ["1", "2"]);
    queue.send(outgoing("hidden", "1")).await.unwrap();
    let depth = queue.depth().await.unwrap();
    assert_eq!(
        (depth.in_flight, depth.waiting),
        (2, 1),
        "ids are forgotten"
    );
}

/// A receiver that is woken and dropped before it has read the queue wakes the next one.
#[tokio::test]
async fn a_wake_up_is_never_lost() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    let mut leaving = Box::pin(queue.receive(1, HIDDEN, HIDDEN * 2));
    let mut staying = Box::pin(queue.receive(1, HIDDEN, HIDDEN * 2));
    for _ in 0..2 {
        // At the first poll both read the queue. At the second both have their result and listen.
        assert!(poll!(leaving.as_mut()).is_pending());
        assert!(poll!(staying.as_mut()).is_pending());
        queue.database.transact(|_| Ok(())).await.unwrap();
    }
    queue.send(outgoing("a", "1")).await.unwrap();
    // The first is woken and reads the queue, and is dropped before it gets a result.
    let (go_on, gate) = std::sync::mpsc::channel();
    let mut busy = Box::pin(queue.database.transact(move |_| {
        gate.recv().unwrap();
        Ok(())
    }));
    assert!(poll!(busy.as_mut()).is_pending());
    assert!(poll!(leaving.as_mut()).is_pending());
    drop(leaving);
    go_on.send(()).unwrap();
    busy.await.unwrap();
    let received = timeout(HIDDEN, staying).await.expect("the other is woken");
    assert_eq!(received.unwrap().len(), 1);
}
