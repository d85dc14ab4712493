//! [`SqliteTable`]: the ledger's tables of a bridge that runs on one machine.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Ledger;
use super::table::{Expect, Item, Key, Put, Table, TableError};
use crate::model::clock::Clock;
use crate::sqlite::{Database, DatabaseError};

const COLUMNS: &str = "partition_key, sort_key, doc, version, expires_at";

/// Expired items that one job removes: concurrent writers wait for a few milliseconds.
const PURGE: i64 = 500;

/// A table in a SQLite file. Reads are as of all acknowledged writes.
pub struct SqliteTable {
    database: Database,
    rows: Rows,
}

/// The SQL of one table, by its name.
#[derive(Clone, Copy)]
struct Rows(&'static str);

impl SqliteTable {
    /// The ledger's table in `database`.
    pub fn new(database: Database) -> Self {
        let rows = Rows("ledger_item");
        Self { database, rows }
    }

    /// The table of the claims in `database`.
    pub fn claims(database: Database) -> Self {
        let rows = Rows("ledger_claim");
        Self { database, rows }
    }

    /// Deletes the items that have expired by `now`, and returns their number. DynamoDB does this by itself.
    pub async fn purge_expired(&self, now: Timestamp) -> Result<usize, TableError> {
        let rows = self.rows;
        let mut all = 0;
        loop {
            let removed = self
                .database
                .transact(move |db| rows.purge(db, now.as_second()))
                .await?;
            if removed == 0 {
                return Ok(all);
            }
            all += removed;
        }
    }
}

impl Ledger {
    /// The ledger in `database`.
    pub fn in_database(database: &Database, clock: Arc<dyn Clock>) -> Self {
        let table = SqliteTable::new(database.clone());
        let claims = SqliteTable::claims(database.clone());
        Self::new(Arc::new(table), Arc::new(claims), clock)
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let (rows, key) = (self.rows, key.clone());
        Ok(self.database.transact(move |db| rows.get(db, &key)).await?)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        let (rows, keys) = (self.rows, keys.to_vec());
        let read = move |db: &Connection| keys.iter().map(|key| rows.get(db, key)).collect();
        Ok(self.database.transact(read).await?)
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        let rows = self.rows;
        let (partition, prefix) = (partition.to_owned(), prefix.to_owned());
        Ok(self
            .database
            .transact(move |db| rows.query(db, &partition, &prefix))
            .await?)
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        let (rows, prefix) = (self.rows, prefix.to_owned());
        let look = move |db: &Connection| rows.scan(db, &prefix);
        Ok(self.database.snapshot(look).await?)
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        let rows = self.rows;
        Ok(self
            .database
            .transact(move |db| rows.put(db, &item, expect))
            .await?)
    }

    /// One process owns the file.
    fn is_shared(&self) -> bool {
        false
    }
}

impl From<DatabaseError> for TableError {
    fn from(error: DatabaseError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl Rows {
    fn get(self, connection: &Connection, key: &Key) -> rusqlite::Result<Option<Item>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM {} WHERE partition_key = ? AND sort_key = ?",
                self.0
            ))?
            .query_row(params![key.partition, key.sort], item)
            .optional()
    }

    /// Reads from the prefix on and stops at the first key without it: keys with the same prefix are adjacent. `LIKE`
    /// would treat `%` and `_` in a key as wildcards.
    fn query(
        self,
        connection: &Connection,
        partition: &str,
        prefix: &str,
    ) -> rusqlite::Result<Vec<Item>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM {}
                 WHERE partition_key = ? AND sort_key >= ? ORDER BY sort_key",
                self.0
            ))?
            .query_map(params![partition, prefix], item)?
            .take_while(|item| {
                item.as_ref()
                    .map_or(true, |item| item.key.sort.starts_with(prefix))
            })
            .collect()
    }

    fn scan(self, connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<Item>> {
        connection
            .prepare(&format!(
                "SELECT {COLUMNS} FROM {}
                 WHERE partition_key >= ? ORDER BY partition_key, sort_key",
                self.0
            ))?
            .query_map([prefix], item)?
            .take_while(|item| {
                item.as_ref()
                    .map_or(true, |item| item.key.partition.starts_with(prefix))
            })
            .collect()
    }

    /// Compares and writes in one job: no other write comes in between.
    fn put(self, connection: &Connection, item: &Item, expect: Expect) -> rusqlite::Result<Put> {
        let stored = self.get(connection, &item.key)?;
        let version = match (expect, &stored) {
            (Expect::Absent, None) => 1,
            (Expect::Version(expected), Some(found)) if found.version == expected => expected + 1,
            _ => return Ok(Put::Conflict(stored)),
        };
        connection
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO {} ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",
                self.0
            ))?
            .execute(params![
                item.key.partition,
                item.key.sort,
                item.doc,
                version.cast_signed(),
                item.expires_at.map(whole_seconds)
            ])?;
        Ok(Put::Stored(version))
    }

    fn purge(self, connection: &Connection, now: i64) -> rusqlite::Result<usize> {
        connection
            .prepare_cached(&format!(
                "DELETE FROM {0} WHERE (partition_key, sort_key) IN
                    (SELECT partition_key, sort_key FROM {0}
                     WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
                self.0
            ))?
            .execute(params![now, PURGE])
    }
}

/// Rounded up, so that no item expires too early.
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
