//! Acknowledged messages are in the queue after a crash and with a full disk.
//!
//! The tests start this same binary again as a child, in a separate folder. It prints each acknowledgement at once.

mod child;
mod disk_full;
mod kill;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use shared::model::clock::SystemClock;
use shared::queue::{DeduplicationId, GroupId, Limits, Outgoing, Queue, Received, SqliteQueue};
use shared::sqlite::Database;

const FILE: &str = "bridge.db";
const HOUR: Duration = Duration::from_secs(3600);

fn open(folder: &Path) -> SqliteQueue {
    let database = Database::open(folder.join(FILE)).unwrap();
    SqliteQueue::new(database, Arc::new(SystemClock), Limits::default())
}

fn outgoing(group: &str, body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        group: GroupId::new("group", group),
        deduplication: DeduplicationId::of(&[group, body]),
    }
}

/// Receives and deletes all messages that can be received.
async fn drain(queue: &SqliteQueue) -> Vec<Received> {
    let mut all = Vec::new();
    loop {
        let batch = queue.receive(10, HOUR, Duration::ZERO).await.unwrap();
        if batch.is_empty() {
            return all;
        }
        for message in &batch {
            queue.delete(&message.handle).await.unwrap();
        }
        all.extend(batch);
    }
}
