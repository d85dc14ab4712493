//! Helpers of the rules.

use crate::ledger::{Expect, Item, Key, Put, Table};

/// An item that was never stored.
pub(super) fn item(partition: &str, sort: &str, doc: &str) -> Item {
    Item {
        key: Key::new(partition, sort),
        doc: doc.to_owned(),
        version: 0,
        expires_at: None,
    }
}

/// Puts an item where there is none, and returns its version.
pub(super) async fn put_new(table: &dyn Table, item: Item) -> u64 {
    stored(table.put(item, Expect::Absent).await.unwrap())
}

/// The version that a put stored. Panics if it was refused.
pub(super) fn stored(put: Put) -> u64 {
    match put {
        Put::Stored(version) => version,
        Put::Conflict(found) => panic!("not stored, there is {found:?}"),
    }
}

/// The item because of which a put was refused. Panics if it was stored.
pub(super) fn conflict(put: Put) -> Option<Item> {
    match put {
        Put::Stored(version) => panic!("stored as {version}"),
        Put::Conflict(found) => found,
    }
}

/// The sort keys.
pub(super) fn sorts(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.key.sort.as_str()).collect()
}
