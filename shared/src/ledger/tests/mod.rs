//! Documents on a table in memory: their form, their limits, and the conversion of earlier rows.

mod closed;
mod conversion;
mod form;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    ContractEnd, ContractKey, Expect, Hire, Item, Key, Ledger, Put, Source, Stamp, Table,
    TableError, Trainer,
};
use crate::model::ConnectionName;
use crate::model::clock::ManualClock;

/// A table in memory. Items can be stored right before a write, as another process would.
#[derive(Default)]
pub(super) struct MemoryTable {
    items: Mutex<BTreeMap<Key, Item>>,
    meanwhile: Mutex<Vec<Item>>,
}

impl MemoryTable {
    /// Stores an item as another process would, right before the next write.
    fn meanwhile(&self, item: Item) {
        self.meanwhile.lock().unwrap().push(item);
    }

    fn store(&self, item: Item) -> u64 {
        let mut items = self.items.lock().unwrap();
        let version = items.get(&item.key).map_or(1, |old| old.version + 1);
        items.insert(item.key.clone(), Item { version, ..item });
        version
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        Ok(self.items.lock().unwrap().get(key).cloned())
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        let items = self.items.lock().unwrap();
        let own = items
            .values()
            .filter(|item| item.key.partition == partition && item.key.sort.starts_with(prefix));
        Ok(own.cloned().collect())
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        let items = self.items.lock().unwrap();
        let own = items.values();
        let own = own.filter(|item| item.key.partition.starts_with(prefix));
        Ok(own.cloned().collect())
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        for other in self.meanwhile.lock().unwrap().drain(..) {
            self.store(other);
        }
        let stored = self.items.lock().unwrap().get(&item.key).cloned();
        let fits = match (expect, &stored) {
            (Expect::Absent, None) => true,
            (Expect::Version(version), Some(stored)) => stored.version == version,
            _ => false,
        };
        Ok(match fits {
            true => Put::Stored(self.store(item)),
            false => Put::Conflict(stored),
        })
    }
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

pub(super) fn ledger() -> (Ledger, Arc<MemoryTable>) {
    let table = Arc::new(MemoryTable::default());
    let clock = Arc::new(ManualClock::at(at(1_000)));
    let claims = Arc::new(MemoryTable::default());
    let ledger = Ledger::new(Arc::clone(&table) as _, claims, clock);
    (ledger, table)
}

fn stamp(second: i64) -> Stamp {
    Stamp {
        source: Source::Event {
            id: second.to_string().as_str().into(),
            created_at: Some(at(second)),
        },
        connection: ConnectionName::default(),
        install: Some("ins_0123456789".into()),
        merged_at: at(second),
    }
}

fn hire(contract: &str) -> Hire {
    Hire {
        connection: ConnectionName::default(),
        contract: contract.into(),
        link: "plk_0123456789".into(),
        trainer: "usr_0123456789".into(),
        project: "streets".into(),
        managed: false,
        start: Some(stamp(1)),
        started_at: Some(at(1)),
        unconfirmed: false,
        barred: false,
        first_day: Some("2026-06-12".parse().unwrap()),
    }
}

/// A document with contracts that ended in the second of their number.
fn with_ended(contracts: impl IntoIterator<Item = i64>) -> Trainer {
    let mut trainer = Trainer::default();
    for number in contracts {
        let hire = hire(&format!("ctr_{number}"));
        let end = ContractEnd {
            stamp: stamp(100 + number),
            last_day: None,
        };
        let key: ContractKey = hire.key();
        trainer.hires.push(hire);
        trainer.ends.insert(key, end);
    }
    trainer
}
