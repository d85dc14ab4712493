//! The contract, and what goes beyond it.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tempfile::TempDir;

use super::SqliteTable;
use crate::ledger::contract::{self, Subject};
use crate::ledger::{Expect, Item, Key, Put, Table};
use crate::sqlite::Database;

/// Tables in a folder of their own.
struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> SqliteTable {
        let name = format!("{}.db", uuid::Uuid::new_v4());
        SqliteTable::new(Database::open(self.0.path().join(name)).unwrap())
    }
}

#[async_trait]
impl Subject for Sqlite {
    async fn table(&self) -> Arc<dyn Table> {
        Arc::new(self.open())
    }
}

async fn put(table: &SqliteTable, sort: &str, expires_at: Option<Timestamp>) {
    let item = Item {
        key: Key::new("p", sort),
        doc: "{}".to_owned(),
        version: 0,
        expires_at,
    };
    assert!(matches!(
        table.put(item, Expect::Absent).await.unwrap(),
        Put::Stored(_)
    ));
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[tokio::test]
async fn the_contract_holds() {
    contract::run(&Sqlite::new()).await;
}

/// Both are in one file, and neither has an item of the other.
#[tokio::test]
async fn the_claims_are_a_table_of_their_own() {
    let sqlite = Sqlite::new();
    let items = sqlite.open();
    let claims = SqliteTable::claims(items.database.clone());
    put(&items, "a", Some(second(1))).await;
    put(&claims, "a", Some(second(1))).await;
    put(&claims, "b", Some(second(1))).await;
    assert_eq!(items.scan("").await.unwrap().len(), 1);
    assert_eq!(claims.query("p", "").await.unwrap().len(), 2);
    assert_eq!(claims.purge_expired(second(2)).await.unwrap(), 2);
    let key = Key::new("p", "a");
    assert!(items.get(&key).await.unwrap().is_some());
    assert_eq!(claims.get(&key).await.unwrap(), None);
}

#[test]
fn the_table_is_as_its_model() {
    contract::model::check(&Sqlite::new(), 64);
}

#[tokio::test]
async fn what_has_expired_is_removed_on_demand_and_nothing_else() {
    let sqlite = Sqlite::new();
    let table = sqlite.open();
    put(&table, "never", None).await;
    put(&table, "past", Some(second(99))).await;
    put(&table, "now", Some(second(100))).await;
    put(&table, "future", Some(second(101))).await;
    assert_eq!(table.purge_expired(second(100)).await.unwrap(), 2);
    assert_eq!(table.purge_expired(second(100)).await.unwrap(), 0);
    let left = table.query("p", "").await.unwrap();
    let left: Vec<_> = left.iter().map(|item| item.key.sort.as_str()).collect();
    assert_eq!(left, ["future", "never"]);
}

#[tokio::test]
async fn a_great_many_are_removed_in_steps() {
    let sqlite = Sqlite::new();
    let table = sqlite.open();
    let puts = (0..1_200).map(|number| {
        let table = &table;
        async move { put(table, &number.to_string(), Some(second(1))).await }
    });
    futures::future::join_all(puts).await;
    assert_eq!(table.purge_expired(second(2)).await.unwrap(), 1_200);
}

/// The time is rounded up to the second: nothing expires early.
#[tokio::test]
async fn a_fraction_of_a_second_counts_as_a_whole_one() {
    let sqlite = Sqlite::new();
    let table = sqlite.open();
    put(
        &table,
        "a",
        Some(Timestamp::from_millisecond(100_001).unwrap()),
    )
    .await;
    assert_eq!(table.purge_expired(second(100)).await.unwrap(), 0);
    assert_eq!(table.purge_expired(second(101)).await.unwrap(), 1);
}

/// Documents and keys are personal data: no error may carry them.
#[tokio::test]
async fn an_error_says_nothing_of_the_item() {
    let sqlite = Sqlite::new();
    let path = sqlite.0.path().join("read-only.db");
    drop(Database::open(&path).unwrap());
    let table = SqliteTable::new(Database::open_read_only(&path).unwrap());
    let key = Key::new("canary-partition", "canary-sort");
    let item = Item {
        key,
        doc: "canary-doc".to_owned(),
        version: 0,
        expires_at: None,
    };
    let error = table.put(item, Expect::Absent).await.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
}
