//! Tables for the ledger: one in memory, one that stores nothing, for tests without claims, and one that counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use shared::ledger::{Expect, Item, Key, Put, Table, TableError};

/// A table in memory. Time passes before each access, so that others may run in between and it may be interrupted.
#[derive(Default)]
pub(crate) struct MemoryTable(Mutex<BTreeMap<Key, Item>>);

impl MemoryTable {
    async fn access<T>(&self, work: impl FnOnce(&mut BTreeMap<Key, Item>) -> T) -> T {
        tokio::task::yield_now().await;
        work(&mut self.items())
    }

    fn items(&self) -> MutexGuard<'_, BTreeMap<Key, Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        Ok(self.access(|items| items.get(key).cloned()).await)
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        let wanted = |key: &Key| key.partition == partition && key.sort.starts_with(prefix);
        Ok(self.access(|items| pick(items, wanted)).await)
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        let wanted = |key: &Key| key.partition.starts_with(prefix);
        Ok(self.access(|items| pick(items, wanted)).await)
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        let put = |items: &mut BTreeMap<Key, Item>| {
            let standing = items.get(&item.key);
            let version = match (expect, standing) {
                (Expect::Absent, None) => 1,
                (Expect::Version(expected), Some(found)) if found.version == expected => {
                    expected + 1
                }
                _ => return Put::Conflict(standing.cloned()),
            };
            items.insert(item.key.clone(), Item { version, ..item });
            Put::Stored(version)
        };
        Ok(self.access(put).await)
    }
}

fn pick(items: &BTreeMap<Key, Item>, wanted: impl Fn(&Key) -> bool) -> Vec<Item> {
    let items = items.values().filter(|item| wanted(&item.key));
    items.cloned().collect()
}

/// A table that stores nothing, so each claim succeeds.
pub(crate) struct Forgetful;

#[async_trait]
impl Table for Forgetful {
    async fn get(&self, _: &Key) -> Result<Option<Item>, TableError> {
        Ok(None)
    }

    async fn query(&self, _: &str, _: &str) -> Result<Vec<Item>, TableError> {
        Ok(Vec::new())
    }

    async fn scan(&self, _: &str) -> Result<Vec<Item>, TableError> {
        Ok(Vec::new())
    }

    async fn put(&self, _: Item, _: Expect) -> Result<Put, TableError> {
        Ok(Put::Stored(1))
    }
}

/// Strong reads and writes of small items, as DynamoDB bills them: each item of a batch read is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) reads: usize,
    pub(crate) writes: usize,
}

/// A table that counts accesses, and keeps each version of each trainer's document.
pub(crate) struct Counting {
    inner: Arc<dyn Table>,
    units: Mutex<Units>,
    documents: Mutex<Vec<Item>>,
}

impl Counting {
    pub(crate) fn new(inner: Arc<dyn Table>) -> Self {
        Self {
            inner,
            units: Mutex::default(),
            documents: Mutex::default(),
        }
    }

    /// All versions of trainers' documents, in the order in which they were stored.
    pub(crate) fn documents(&self) -> Vec<Item> {
        let documents = self.documents.lock();
        documents.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Units since the last call.
    pub(crate) fn take(&self) -> Units {
        std::mem::take(&mut *self.units())
    }

    fn units(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Table for Counting {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.units().reads += 1;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        self.units().reads += keys.len();
        self.inner.get_many(keys).await
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.units().reads += 1;
        self.inner.query(partition, prefix).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.inner.scan(prefix).await
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        self.units().writes += 1;
        let put = self.inner.put(item.clone(), expect).await?;
        if matches!(put, Put::Stored(_)) && item.key.partition.starts_with("TRAINER#") {
            let documents = self.documents.lock();
            documents.unwrap_or_else(PoisonError::into_inner).push(item);
        }
        Ok(put)
    }
}
