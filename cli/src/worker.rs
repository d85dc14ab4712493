//! Processes the queue, as Lambda's event source mapping does on AWS.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use shared::ledger::SqliteTable;
use shared::model::clock::Clock;
use shared::provision::{Ack, DEADLINE, Provisioner, work_batch};
use shared::queue::{MAX_BATCH, Queue};
use shared::sqlite::Database;
use shared::webhook::{Journal, STORED_EVERY};
use tokio::sync::watch;

/// Number of concurrent batches. Each has up to ten messages, in up to ten groups.
pub(crate) const WORKERS: usize = 4;

/// Visibility timeout. A batch's messages of one group are processed one after the other, and each may take the whole
/// deadline.
const VISIBILITY: Duration = Duration::from_secs(DEADLINE.as_secs() * 11);

/// Maximum duration of one wait for work. A stop interrupts it.
const WAIT: Duration = Duration::from_secs(20);

/// Pause after the queue failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Interval of deleting expired rows and dead letters.
const PURGE_EVERY: Duration = Duration::from_secs(3600);

/// Processes batches until `stopped` is true, and finishes the current one.
pub(crate) async fn work(
    provisioner: Provisioner,
    queue: Arc<dyn Queue>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let batch = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            batch = queue.receive(MAX_BATCH, VISIBILITY, WAIT) => batch,
        };
        match batch {
            Ok(batch) => {
                work_batch(&provisioner, batch, None, Ack::Explicit).await;
            }
            Err(error) => {
                tracing::error!(%error, "the queue can't be read; retried in a second");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Processes all messages that are due, and returns. Delayed messages are left for a running bridge.
pub(crate) async fn work_off(provisioner: &Provisioner, queue: &dyn Queue) {
    let one = || async {
        while let Ok(batch) = queue.receive(MAX_BATCH, VISIBILITY, Duration::ZERO).await
            && !batch.is_empty()
        {
            work_batch(provisioner, batch, None, Ack::Explicit).await;
        }
    };
    join_all((0..WORKERS).map(|_| one())).await;
}

/// The journal of deliveries, and where it is stored.
#[derive(Clone)]
pub(crate) struct JournalKeeper {
    journal: Arc<Journal>,
    database: Database,
    clock: Arc<dyn Clock>,
}

impl JournalKeeper {
    pub(crate) fn new(database: &Database, clock: &Arc<dyn Clock>) -> Self {
        Self {
            journal: Arc::default(),
            database: database.clone(),
            clock: Arc::clone(clock),
        }
    }

    pub(crate) fn journal(&self) -> Arc<Journal> {
        Arc::clone(&self.journal)
    }

    /// Stores the journal once a second, until `stopped` is true.
    pub(crate) async fn keep(self, mut stopped: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(STORED_EVERY) => {}
            }
            self.store().await;
        }
    }

    /// A failure delays no delivery: deliveries are stored before they are answered.
    pub(crate) async fn store(&self) {
        let stored = self.journal.store(&self.database, self.clock.now()).await;
        if let Err(error) = stored {
            tracing::warn!(%error, "the journal of deliveries could not be stored, so `bridge events` lacks some; the deliveries are not affected");
        }
    }
}

/// Deletes expired data. On AWS the tables and the dead-letter queues do that themselves.
pub(crate) async fn purge(
    tables: [Arc<SqliteTable>; 2],
    database: Database,
    clock: Arc<dyn Clock>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        for table in &tables {
            if let Err(error) = table.purge_expired(clock.now()).await {
                tracing::warn!(%error, "expired rows could not be removed; retried in an hour");
            }
        }
        match database.expire(clock.now()).await {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, "dead letters older than 14 days were deleted"),
            Err(error) => {
                tracing::warn!(%error, "old dead letters could not be deleted; retried in an hour");
            }
        }
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PURGE_EVERY) => {}
        }
    }
}
