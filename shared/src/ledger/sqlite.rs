//! [`SqliteTable`]: the ledger's table of a bridge that runs on one machine.

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::table::{Expect, Item, Key, Put, Table, TableError};
use crate::sqlite::{Database, DatabaseError};

const COLUMNS: &str = "partition_key, sort_key, doc, version, expires_at";

/// Expired items that one job removes: those who write meanwhile wait for a few milliseconds.
const PURGE: i64 = 500;

/// A table in a SQLite file. Reads are as of all acknowledged writes.
pub struct SqliteTable {
    database: Database,
}

impl SqliteTable {
    /// The table in `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Removes what has expired by `now`, and says how many items that were. DynamoDB does this by itself.
    pub async fn purge_expired(&self, now: Timestamp) -> Result<usize, TableError> {
        let mut all = 0;
        loop {
            let removed = self
                .database
                .transact(move |db| purge(db, now.as_second()))
                .await?;
            if removed == 0 {
                return Ok(all);
            }
            all += removed;
        }
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let key = key.clone();
        Ok(self.database.transact(move |db| get(db, &key)).await?)
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        let (partition, prefix) = (partition.to_owned(), prefix.to_owned());
        Ok(self
            .database
            .transact(move |db| query(db, &partition, &prefix))
            .await?)
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        let prefix = prefix.to_owned();
        Ok(self.database.snapshot(move |db| scan(db, &prefix)).await?)
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        Ok(self
            .database
            .transact(move |db| put(db, &item, expect))
            .await?)
    }
}

impl From<DatabaseError> for TableError {
    fn from(error: DatabaseError) -> Self {
        Self(Box::new(error))
    }
}

fn get(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Item>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM ledger_item WHERE partition_key = ? AND sort_key = ?"
        ))?
        .query_row(params![key.partition, key.sort], item)
        .optional()
}

/// The order of the keys brings all that share a prefix together: read from the prefix on, and stop at
/// the first that differs. `LIKE` would take `%` and `_` in a key for wildcards.
fn query(connection: &Connection, partition: &str, prefix: &str) -> rusqlite::Result<Vec<Item>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM ledger_item
             WHERE partition_key = ? AND sort_key >= ? ORDER BY sort_key"
        ))?
        .query_map(params![partition, prefix], item)?
        .take_while(|item| {
            item.as_ref()
                .map_or(true, |item| item.key.sort.starts_with(prefix))
        })
        .collect()
}

fn scan(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<Item>> {
    connection
        .prepare(&format!(
            "SELECT {COLUMNS} FROM ledger_item
             WHERE partition_key >= ? ORDER BY partition_key, sort_key"
        ))?
        .query_map([prefix], item)?
        .take_while(|item| {
            item.as_ref()
                .map_or(true, |item| item.key.partition.starts_with(prefix))
        })
        .collect()
}

/// Compares and writes in one job: nobody comes in between.
fn put(connection: &Connection, item: &Item, expect: Expect) -> rusqlite::Result<Put> {
    let standing = get(connection, &item.key)?;
    let version = match (expect, &standing) {
        (Expect::Absent, None) => 1,
        (Expect::Version(expected), Some(found)) if found.version == expected => expected + 1,
        _ => return Ok(Put::Conflict(standing)),
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO ledger_item
                (partition_key, sort_key, doc, version, expires_at) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            item.key.partition,
            item.key.sort,
            item.doc,
            version.cast_signed(),
            item.expires_at.map(whole_seconds)
        ])?;
    Ok(Put::Stored(version))
}

fn purge(connection: &Connection, now: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM ledger_item WHERE (partition_key, sort_key) IN
                (SELECT partition_key, sort_key FROM ledger_item
                 WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
        )?
        .execute(params![now, PURGE])
}

/// Rounded up: never forgotten too early.
fn whole_seconds(moment: Timestamp) -> i64 {
    moment.as_second() + i64::from(moment.subsec_nanosecond() > 0)
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        key: Key {
            partition: row.get(0)?,
            sort: row.get(1)?,
        },
        doc: row.get(2)?,
        version: row.get::<_, i64>(3)?.cast_unsigned(),
        expires_at: row.get::<_, Option<i64>>(4)?.map(moment),
    })
}

/// A moment as it was stored.
fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
