//! The contract, and what goes beyond it.

mod time;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tempfile::TempDir;

use super::SqliteQueue;
use crate::model::clock::{Clock, ManualClock};
use crate::queue::contract::{self, Subject};
use crate::queue::{
    DEDUPLICATION_WINDOW, DeduplicationId, GroupId, Limits, Outgoing, Queue, QueueError,
};
use crate::sqlite::Database;

const HIDDEN: Duration = Duration::from_secs(10);
const MILLI: Duration = Duration::from_millis(1);

/// Queues in a folder of their own, and their clock.
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

    fn now(&self) -> Timestamp {
        self.clock.now()
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
