//! The contract, and what goes beyond it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::poll;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::time::timeout;

use super::SqliteQueue;
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::queue::contract::{self, Subject};
use crate::queue::{
    DEDUPLICATION_WINDOW, DeduplicationId, GroupId, Limits, Outgoing, Queue, QueueError,
};
use crate::sqlite::Database;

const HIDDEN: Duration = Duration::from_secs(10);
const MILLI: Duration = Duration::from_millis(1);

/// Queues in a folder of their own, and the clock they all go by.
struct Sqlite {
    folder: TempDir,
    clock: Arc<ManualClock>,
}

impl Sqlite {
    fn new() -> Self {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            clock: Arc::new(ManualClock::at(start)),
        }
    }

    fn open(&self, name: &str) -> SqliteQueue {
        let database = Database::open(self.folder.path().join(name)).unwrap();
        SqliteQueue::new(
            database,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
            Limits::default(),
        )
    }
}

#[async_trait]
impl Subject for Sqlite {
    async fn queue(&self, limits: Limits) -> Arc<dyn Queue> {
        let name = format!("{}.db", uuid::Uuid::new_v4());
        Arc::new(SqliteQueue {
            limits,
            ..self.open(&name)
        })
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

fn outgoing(group: &str, body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        group: GroupId::new("group", group),
        deduplication: DeduplicationId::of(&[group, body]),
    }
}

async fn receive(queue: &SqliteQueue, max: usize) -> Vec<crate::queue::Received> {
    queue.receive(max, HIDDEN, Duration::ZERO).await.unwrap()
}

#[tokio::test]
async fn the_contract_holds() {
    contract::run(&Sqlite::new()).await;
}

#[test]
fn the_queue_is_as_its_model() {
    contract::model::check(&Sqlite::new(), 200);
}

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
async fn the_group_with_the_oldest_message_goes_first() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    for (group, body) in [("b", "1"), ("a", "2"), ("b", "3"), ("c", "4")] {
        queue.send(outgoing(group, body)).await.unwrap();
    }
    let received = receive(&queue, 10).await;
    let bodies: Vec<_> = received
        .iter()
        .map(|message| message.body.as_str())
        .collect();
    assert_eq!(bodies, ["1", "3", "2", "4"]);
}

#[tokio::test]
async fn what_is_given_up_takes_no_room_in_a_batch() {
    let sqlite = Sqlite::new();
    let queue = sqlite.queue(Limits { max_receives: 1 }).await;
    for body in ["1", "2", "3"] {
        queue.send(outgoing("a", body)).await.unwrap();
    }
    queue.receive(1, HIDDEN, Duration::ZERO).await.unwrap();
    sqlite.clock.advance(HIDDEN);
    let received = queue.receive(2, HIDDEN, Duration::ZERO).await.unwrap();
    let bodies: Vec<_> = received
        .iter()
        .map(|message| message.body.as_str())
        .collect();
    assert_eq!(bodies, ["2", "3"]);
    assert_eq!(queue.depth().await.unwrap().dead, 1);
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    for body in ["1", "2", "3"] {
        queue.send(outgoing("a", body)).await.unwrap();
    }
    let batch = receive(&queue, 2).await;
    queue.delete(&batch[0].handle).await.unwrap();
    drop(queue);
    let queue = sqlite.open("a.db");
    assert!(
        receive(&queue, 10).await.is_empty(),
        "the group is still locked"
    );
    queue.send(outgoing("a", "1")).await.unwrap();
    queue.delete(&batch[1].handle).await.unwrap();
    let left = receive(&queue, 10).await;
    assert_eq!(left.len(), 1, "the duplicate is still known");
    assert_eq!(left[0].body, "3");
}

#[tokio::test]
async fn one_who_takes_over_gets_what_was_in_flight() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    for body in ["1", "2", "3"] {
        queue.send(outgoing("a", body)).await.unwrap();
    }
    let before = receive(&queue, 2).await;
    drop(queue);
    let queue = sqlite.open("a.db");
    queue.take_over().await.unwrap();
    assert_eq!(queue.depth().await.unwrap().in_flight, 0);
    let refused = queue.delete(&before[0].handle).await;
    assert!(matches!(refused, Err(QueueError::Expired)));
    let counts = receive(&queue, 10).await;
    let counts: Vec<_> = counts.iter().map(|m| (&*m.body, m.receive_count)).collect();
    assert_eq!(counts, [("1", 2), ("2", 2), ("3", 1)]);
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

/// A receiver that is woken and goes away before it has looked passes the wake-up on.
#[tokio::test]
async fn a_wake_up_is_never_lost() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    let mut leaving = Box::pin(queue.receive(1, HIDDEN, HIDDEN * 2));
    let mut staying = Box::pin(queue.receive(1, HIDDEN, HIDDEN * 2));
    for _ in 0..2 {
        // The first time both ask, the second time both have their answer and listen.
        assert!(poll!(leaving.as_mut()).is_pending());
        assert!(poll!(staying.as_mut()).is_pending());
        queue.database.transact(|_| Ok(())).await.unwrap();
    }
    queue.send(outgoing("a", "1")).await.unwrap();
    // The first is woken and asks, but is not answered; then it goes.
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

#[tokio::test]
async fn forgotten_deduplication_ids_are_removed() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    for body in 0..40 {
        queue
            .send(outgoing("a", &format!("old {body}")))
            .await
            .unwrap();
    }
    sqlite.clock.advance(DEDUPLICATION_WINDOW);
    for body in 0..20 {
        queue
            .send(outgoing("a", &format!("new {body}")))
            .await
            .unwrap();
    }
    let known = queue.database.transact(|db| {
        db.query_row("SELECT count(*) FROM queue_seen", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    assert_eq!(known.await.unwrap(), 20);
}

#[tokio::test]
async fn an_emptied_queue_leaves_no_groups_behind() {
    let sqlite = Sqlite::new();
    let queue = sqlite.open("a.db");
    for group in 0..10 {
        queue.send(outgoing(&group.to_string(), "1")).await.unwrap();
    }
    for message in receive(&queue, 10).await {
        queue.delete(&message.handle).await.unwrap();
    }
    let groups = queue.database.transact(|db| {
        db.query_row("SELECT count(*) FROM queue_group", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    assert_eq!(groups.await.unwrap(), 0);
}
