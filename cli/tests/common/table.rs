//! Tables for the ledger: one in memory, and one whose claims are switched off.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use shared::ledger::{Expect, Item, Key, Put, Table, TableError};

/// A table in memory. Time passes before each access, so that others come in between and it may be cut off.
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

/// A table that forgets every `CLAIM#` row: each claim succeeds.
pub(crate) struct Forgetful(pub(crate) Arc<dyn Table>);

fn is_claim(key: &Key) -> bool {
    key.partition.starts_with("CLAIM#")
}

#[async_trait]
impl Table for Forgetful {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        if is_claim(key) {
            return Ok(None);
        }
        self.0.get(key).await
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.0.query(partition, prefix).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        self.0.scan(prefix).await
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        if is_claim(&item.key) {
            return Ok(Put::Stored(1));
        }
        self.0.put(item, expect).await
    }
}
