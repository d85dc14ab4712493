//! Rows in the order of their creation, found by their id.

use std::collections::BTreeMap;

/// Rows whose ids are `{prefix}_{number}`. The number is the key, so a look-up needs no index and the rows are in the
/// order of creation.
pub(crate) struct Table<T> {
    prefix: &'static str,
    next: u64,
    rows: BTreeMap<u64, T>,
}

impl<T> Table<T> {
    pub(crate) fn new(prefix: &'static str) -> Self {
        let rows = BTreeMap::new();
        let next = 1;
        Self { prefix, next, rows }
    }

    /// Adds the row that `make` creates for the new id.
    pub(crate) fn add(&mut self, make: impl FnOnce(String) -> T) -> String {
        let id = format!("{}_{}", self.prefix, self.next);
        self.rows.insert(self.next, make(id.clone()));
        self.next += 1;
        id
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(&self.key(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let key = self.key(id)?;
        self.rows.get_mut(&key)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let key = self.key(id)?;
        self.rows.remove(&key)
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.values_mut()
    }

    /// The number in an id of this table; `None` for any other text.
    pub(crate) fn key(&self, id: &str) -> Option<u64> {
        let key: u64 = id
            .strip_prefix(self.prefix)?
            .strip_prefix('_')?
            .parse()
            .ok()?;
        (format!("{}_{key}", self.prefix) == id).then_some(key)
    }
}
