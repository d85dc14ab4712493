//! The table under the ledger: items with a partition key, a sort key and a version.
//!
//! It requires only what both DynamoDB and SQLite offer: strongly consistent reads, and one conditional write at a
//! time. Items are deleted only by expiry, so that a version is never used twice. Each rule of the ledger is written
//! once, on top of this trait. The tests in [`contract`](super::contract) run against every implementation.

use async_trait::async_trait;
use jiff::Timestamp;

/// A store of items.
#[async_trait]
pub trait Table: Send + Sync {
    /// The item at `key`, as of all writes acknowledged before. An expired item may still be returned:
    /// the reader compares [`Item::expires_at`] with the clock (DynamoDB deletes days late).
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError>;

    /// The items at these keys, in the order of the keys. Each item is read as consistently as by [`get`](Self::get).
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            items.push(self.get(key).await?);
        }
        Ok(items)
    }

    /// All items of a partition whose sort key starts with `prefix`, in the order of their sort keys;
    /// as consistent as [`get`](Self::get), and never cut off.
    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError>;

    /// All items whose partition starts with `prefix`, in the order of their keys. Reads the whole table: for
    /// operators' commands, not for the processing of a delivery.
    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError>;

    /// Writes `item` if the present item at its key matches `expect`. The item's own [`version`](Item::version) is
    /// ignored: the store gives the written item the next one.
    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError>;

    /// Whether other processes may use the table at the same time.
    fn is_shared(&self) -> bool {
        true
    }
}

/// Key of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// All items of one partition are read together.
    pub partition: String,
    /// Orders the items of a partition.
    pub sort: String,
}

impl Key {
    /// The key `partition` / `sort`.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            sort: sort.into(),
        }
    }
}

/// One item. `Debug` leaves the document out: personal data may be in it.
#[derive(Clone, PartialEq)]
pub struct Item {
    /// Key of the item.
    pub key: Key,
    /// Document, as JSON text.
    pub doc: String,
    /// Grows with every write of this item; 0 on an item that was never stored.
    pub version: u64,
    /// Time from which the store may delete it (whole seconds).
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Item({}/{} v{}, …)",
            self.key.partition, self.key.sort, self.version
        )
    }
}

/// Condition of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// There is no item at the key.
    Absent,
    /// The item at the key has this version.
    Version(u64),
}

/// Result of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Put {
    /// The item was written and has this version now.
    Stored(u64),
    /// The condition is not met. Contains the present item; `None` if it has expired and was deleted.
    Conflict(Option<Item>),
}

/// Errors of the table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The table could not be reached, or refused the call. It is unknown whether a write happened. A retry may
    /// succeed.
    #[error("the ledger's table is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The table cannot hold the item, or contains an item that the bridge did not write. A retry fails as well.
    #[error("a row does not fit the ledger's table: {0}")]
    Unfit(#[source] Box<dyn std::error::Error + Send + Sync>),
}
