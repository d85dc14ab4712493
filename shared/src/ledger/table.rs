//! The table under the ledger: items with a partition key, a sort key and a version.
//!
//! It asks of a store what both DynamoDB and SQLite give: strongly consistent reads, and one conditional
//! write at a time. Nothing is deleted but by expiry, so that a version never comes back. Every rule of the ledger is written once, on top of this.
//! [`contract`](super::contract) holds every implementation to it.

use async_trait::async_trait;
use jiff::Timestamp;

/// A store of items.
#[async_trait]
pub trait Table: Send + Sync {
    /// The item at `key`, as of all writes acknowledged before. An expired item may still be returned:
    /// the reader compares [`Item::expires_at`] with the clock (DynamoDB deletes days late).
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError>;

    /// The items at these keys, in the order of the keys; as consistent as [`get`](Self::get), each for itself.
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

    /// All items whose partition starts with `prefix`, in the order of their keys. Reads the whole table: for people, not for the
    /// way of a delivery.
    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError>;

    /// Writes `item` if what stands at its key is as `expect` says. The item's own
    /// [`version`](Item::version) is not looked at: the store gives the written item the next one.
    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError>;

    /// Whether other processes may use the table at the same time.
    fn is_shared(&self) -> bool {
        true
    }
}

/// Where an item stands.
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
    /// Where it stands.
    pub key: Key,
    /// What it says, as JSON text.
    pub doc: String,
    /// Grows with every write of this item; 0 on an item that was never stored.
    pub version: u64,
    /// When the store may forget it (whole seconds).
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

/// What must stand at the key for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Absent,
    /// The item with this version.
    Version(u64),
}

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Put {
    /// It was written, and has this version now.
    Stored(u64),
    /// Something else stands there: this (nothing, when it has expired and is gone).
    Conflict(Option<Item>),
}

/// Why the table did not do it.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The table could not be reached or refused; whether a write happened is not known. A retry may succeed.
    #[error("the ledger's table is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The table can't hold the item, or holds one that is not ours. No retry changes that.
    #[error("a row does not fit the ledger's table: {0}")]
    Unfit(#[source] Box<dyn std::error::Error + Send + Sync>),
}
