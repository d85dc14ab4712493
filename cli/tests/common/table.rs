//! A ledger whose claims are switched off: each claim succeeds, and none is remembered.

use std::sync::Arc;

use async_trait::async_trait;
use shared::ledger::{Expect, Item, Key, Put, Table, TableError};

/// A table that forgets every `CLAIM#` row.
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
