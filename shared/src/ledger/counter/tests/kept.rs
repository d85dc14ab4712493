//! Counting on a table: crashes, and concurrent counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::ledger::{Expect, Item, Put, SqliteTable, Table, TableError};
use crate::model::clock::SystemClock;
use crate::sqlite::Database;

/// A table that fails after a number of writes, as for a process that dies.
struct Dying {
    table: SqliteTable,
    writes_left: AtomicI64,
}

#[async_trait]
impl Table for Dying {
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
        if self.writes_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(TableError::Unavailable("it died".into()));
        }
        self.table.put(item, expect).await
    }
}

/// A ledger that fails after `writes` writes, and another one on the same file that does not.
fn ledgers(folder: &tempfile::TempDir, writes: i64) -> (Ledger, Ledger) {
    let name = format!("{}.db", uuid::Uuid::new_v4());
    let database = Database::open(folder.path().join(name)).unwrap();
    let dying = Dying {
        table: SqliteTable::new(database.clone()),
        writes_left: writes.into(),
    };
    let claims = Arc::new(SqliteTable::claims(database.clone()));
    let whole = Ledger::in_database(&database, Arc::new(SystemClock));
    let dying = Ledger::new(Arc::new(dying), claims, Arc::new(SystemClock));
    (dying, whole)
}

/// Sums of each person, over all days.
fn sums(days: &Days) -> Vec<(&str, i64, i64)> {
    let mut told: Vec<_> = Vec::new();
    for (member, own) in days {
        let tasks = own.values().map(|it| it.tasks).sum();
        let labels = own.values().filter_map(|it| it.labels).sum();
        if (tasks, labels) != (0, 0) {
            told.push((member.as_str(), tasks, labels));
        }
    }
    told
}

#[tokio::test]
async fn a_look_that_dies_half_way_is_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let project = ProjectId::from("7");
    let first = look(
        "2026-03-01T10:00:00Z",
        &[(ANN, 40), (BOB, 7)],
        Some(&[(ANN, 90)]),
    );
    let second = look(
        "2026-03-01T11:00:00Z",
        &[(ANN, 42), (BOB, 9)],
        Some(&[(ANN, 95), (BOB, 1)]),
    );
    for writes in 0..7 {
        let (dying, whole) = ledgers(&folder, writes);
        let _died = dying.count(&project, &first).await;
        let told = whole.count(&project, &first).await.unwrap();
        assert_eq!(
            sums(&told),
            [],
            "{writes}: the start value counts as no work"
        );
        let _died = dying.count(&project, &second).await;
        let told = whole.count(&project, &second).await.unwrap();
        assert_eq!(sums(&told), [(ANN, 2, 5), (BOB, 2, 1)], "{writes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_look_at_once_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_, ledger) = ledgers(&folder, 0);
    let project = ProjectId::from("7");
    let start = look("2026-03-01T10:00:00Z", &[(ANN, 40)], None);
    ledger.count(&project, &start).await.unwrap();
    let looks = (1..=12).map(|step| {
        let mut seen = look("2026-03-01T10:00:00Z", &[(ANN, 40 + step)], None);
        seen.asked_at += jiff::ToSpan::seconds(step);
        let (ledger, project) = (ledger.clone(), project.clone());
        tokio::spawn(async move { ledger.count(&project, &seen).await })
    });
    for look in looks.collect::<Vec<_>>() {
        look.await.unwrap().unwrap();
    }
    let last = look("2026-03-01T11:00:00Z", &[(ANN, 52)], None);
    let told = ledger.count(&project, &last).await.unwrap();
    assert_eq!(sums(&told), [(ANN, 12, 0)]);
}
