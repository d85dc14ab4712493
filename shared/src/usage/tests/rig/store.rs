//! A table in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::lock;
use crate::ledger::{Expect, Item, Key, Put, Table, TableError};

/// A table in memory that may stop taking writes, as a process that is killed does.
#[derive(Default)]
pub(in crate::usage::tests) struct Store {
    items: Mutex<BTreeMap<Key, Item>>,
    writes_left: Mutex<Option<u32>>,
    is_shared: bool,
}

impl Store {
    pub(super) fn new(is_shared: bool) -> Self {
        Self {
            is_shared,
            ..Self::default()
        }
    }

    pub(in crate::usage::tests) fn dies_after(&self, writes: Option<u32>) {
        *lock(&self.writes_left) = writes;
    }

    fn pick(&self, wanted: impl Fn(&Key) -> bool) -> Vec<Item> {
        let items = lock(&self.items);
        let fits = items.iter().filter(|(key, _)| wanted(key));
        fits.map(|(_, item)| item.clone()).collect()
    }
}

#[async_trait]
impl Table for Store {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        Ok(lock(&self.items).get(key).cloned())
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        Ok(self.pick(|key| key.partition == partition && key.sort.starts_with(prefix)))
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        Ok(self.pick(|key| key.partition.starts_with(prefix)))
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        match &mut *lock(&self.writes_left) {
            Some(0) => return Err(TableError::Unavailable("killed".into())),
            Some(left) => *left -= 1,
            None => {}
        }
        let mut items = lock(&self.items);
        let version = match (expect, items.get(&item.key)) {
            (Expect::Absent, None) => 1,
            (Expect::Version(version), Some(stored)) if stored.version == version => version + 1,
            (_, stored) => return Ok(Put::Conflict(stored.cloned())),
        };
        items.insert(item.key.clone(), Item { version, ..item });
        Ok(Put::Stored(version))
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }
}
