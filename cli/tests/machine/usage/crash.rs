//! The bridge may stop at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use shared::ledger::{Expect, Item, Key, Ledger, Put, SqliteTable, Table, TableError};
use shared::model::clock::SystemClock;
use shared::usage::Options;
use simulator::Work;

use crate::common::world::play;
use crate::usage::books::{day, held, hired, posts, report, reporter, run, worked};

/// A table that loses what is recorded of a report after it was sent, as a crash between OpenTrain's answer and the
/// record does.
struct Crashing {
    table: SqliteTable,
    begun: AtomicBool,
    crashed: AtomicBool,
}

#[async_trait]
impl Table for Crashing {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.table.get(key).await
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.table.query(partition, prefix).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.table.scan(prefix).await
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        let is_usage = item.key.partition.starts_with("USAGE#");
        if is_usage && self.begun.swap(true, Ordering::Relaxed) {
            self.crashed.store(true, Ordering::Relaxed);
            return Err(TableError::Unavailable("crashed".into()));
        }
        self.table.put(item, expect).await
    }
}

#[tokio::test]
async fn a_crash_before_the_record_sends_again_and_counts_once() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let table = SqliteTable::new(world.database.clone());
        let table = Arc::new(Crashing {
            table,
            begun: AtomicBool::new(false),
            crashed: AtomicBool::new(false),
        });
        let mut crashing = reporter(world);
        let claims = Arc::new(SqliteTable::claims(world.database.clone()));
        let all = Arc::clone(&table) as Arc<dyn Table>;
        crashing.ledger = Ledger::new(all, claims, Arc::new(SystemClock));
        let first = run(&crashing, &Options::default()).await;
        assert!(table.crashed.load(Ordering::Relaxed) && !first.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        let second = report(world).await;
        assert_eq!((second.entries(), posts(world)), (1, 2), "sent again");
        assert_eq!(
            held(world, &contract),
            [(day(0), Some(60))],
            "and counted once"
        );
        assert_eq!(report(world).await.entries(), 0);
    })
    .await;
}
