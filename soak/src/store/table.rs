//! The ledger's table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared::ledger::{Expect, Item, Key, Put, Table, TableError};

use crate::hub::lock;
use crate::life::{Failed, Life};
use crate::weather::Site;

/// The rows.
#[derive(Default)]
pub(crate) struct Rows(Mutex<BTreeMap<Key, Item>>);

impl Rows {
    fn pick(&self, wanted: impl Fn(&Key) -> bool) -> Vec<Item> {
        let rows = lock(&self.0);
        let fits = rows.iter().filter(|(key, _)| wanted(key));
        fits.map(|(_, item)| item.clone()).collect()
    }

    fn put(&self, item: Item, expect: Expect) -> Put {
        let mut rows = lock(&self.0);
        let version = match (expect, rows.get(&item.key)) {
            (Expect::Absent, None) => 1,
            (Expect::Version(version), Some(known)) if known.version == version => version + 1,
            (_, known) => return Put::Conflict(known.cloned()),
        };
        rows.insert(item.key.clone(), Item { version, ..item });
        Put::Stored(version)
    }
}

/// The table as one process reaches it.
pub(crate) struct MemoryTable {
    pub(crate) rows: Arc<Rows>,
    pub(crate) life: Arc<Life>,
}

fn unavailable(_: Failed) -> TableError {
    TableError::Unavailable("throttled".into())
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let read = || lock(&self.rows.0).get(key).cloned();
        self.life
            .call(Site::Table, "get", read)
            .await
            .map_err(unavailable)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        let read = || {
            let rows = lock(&self.rows.0);
            keys.iter().map(|key| rows.get(key).cloned()).collect()
        };
        self.life
            .call(Site::Table, "get many", read)
            .await
            .map_err(unavailable)
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        let wanted = |key: &Key| key.partition == partition && key.sort.starts_with(prefix);
        let read = || self.rows.pick(wanted);
        self.life
            .call(Site::Table, "query", read)
            .await
            .map_err(unavailable)
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        let read = || self.rows.pick(|key| key.partition.starts_with(prefix));
        self.life
            .call(Site::Table, "scan", read)
            .await
            .map_err(unavailable)
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        let name = format!("put {} {}", item.key.partition, item.key.sort);
        let write = || self.rows.put(item, expect);
        self.life
            .call(Site::Table, &name, write)
            .await
            .map_err(unavailable)
    }
}
