//! The registry's memory of its store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Connection, Index, StoreError, Version};
use crate::model::ConnectionName;
use crate::model::clock::after;

/// Lifetimes of readings, and times between reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Lifetime of the index.
    pub index: Duration,
    /// Minimum time between two reads that a connection's unknown signatures cause.
    pub doubt: Duration,
    /// Time after which a failed read is repeated.
    pub failure: Duration,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            index: Duration::from_secs(30),
            doubt: Duration::from_secs(1),
            failure: Duration::from_secs(1),
        }
    }
}

/// A connection, or that there is none.
pub(super) type Found = Option<Arc<Connection>>;

/// The index and the connections that were read. Contains only names of the index, so guessed names take no memory.
#[derive(Default)]
pub(super) struct Memory {
    index: Index,
    /// When the index was last read.
    listed_at: Option<Timestamp>,
    /// The last read of the index, if it failed.
    unlisted: Option<Failed>,
    known: BTreeMap<ConnectionName, Known>,
    /// Connections whose last read failed.
    unread: BTreeMap<ConnectionName, Failed>,
}

struct Known {
    version: Version,
    /// `None` if it can't be served.
    connection: Found,
    /// When the store was last read because a signature did not fit.
    doubted_at: Option<Timestamp>,
}

struct Failed {
    at: Timestamp,
    why: String,
    is_damage: bool,
}

impl Memory {
    /// The connection of a name; `None` if the store has to be read.
    pub(super) fn recall(
        &self,
        name: &ConnectionName,
        now: Timestamp,
        freshness: &Freshness,
    ) -> Option<Result<Found, StoreError>> {
        let known = self.known.get(name);
        if !self.is_listed(now, freshness) {
            let failed = self.unlisted.as_ref()?;
            return match known {
                // Deliveries to known connections are still accepted. The store is not read again within the index's
                // lifetime.
                Some(known) if within(now, failed.at, freshness.index) => {
                    Some(Ok(known.connection.clone()))
                }
                None if within(now, failed.at, freshness.failure) => Some(Err(failed.error())),
                _ => None,
            };
        }
        let Some(version) = self.index.version(name) else {
            return Some(Ok(None));
        };
        match (known, self.unread.get(name)) {
            (Some(known), _) if known.version == version => Some(Ok(known.connection.clone())),
            (known, Some(failed)) if within(now, failed.at, freshness.failure) => {
                let known = known.map(|it| it.connection.clone());
                Some(known.ok_or_else(|| failed.error()))
            }
            _ => None,
        }
    }

    /// Time until a failed read of the connection may be repeated; `None` if no failure delays it.
    pub(super) fn read_again_in(
        &self,
        name: &ConnectionName,
        now: Timestamp,
        freshness: &Freshness,
    ) -> Option<Duration> {
        let failed = [self.unlisted.as_ref(), self.unread.get(name)];
        let until = failed.into_iter().flatten();
        let until = until
            .map(|failed| after(failed.at, freshness.failure))
            .max()?;
        let left = Duration::try_from(until.duration_since(now)).ok()?;
        // A timer counts milliseconds.
        (left <= freshness.failure).then_some(left + Duration::from_millis(1))
    }

    /// Result of a doubt that needs no read: the newer connection that another delivery has read, or `Some(None)` if
    /// there is none for now.
    pub(super) fn settle(
        &self,
        doubted: &Arc<Connection>,
        now: Timestamp,
        freshness: &Freshness,
    ) -> Option<Found> {
        let known = self.known.get(&doubted.name);
        let Some((known, connection)) = known.and_then(|it| Some((it, it.connection.as_ref()?)))
        else {
            return Some(None);
        };
        if !Arc::ptr_eq(connection, doubted) {
            return Some(Some(Arc::clone(connection)));
        }
        let lately = |at| within(now, at, freshness.doubt);
        known.doubted_at.is_some_and(lately).then_some(None)
    }

    pub(super) fn doubt(&mut self, name: &ConnectionName, now: Timestamp) {
        if let Some(known) = self.known.get_mut(name) {
            known.doubted_at = Some(now);
        }
    }

    /// Whether the index is still valid.
    pub(super) fn is_listed(&self, now: Timestamp, freshness: &Freshness) -> bool {
        self.listed_at
            .is_some_and(|at| within(now, at, freshness.index))
    }

    /// Replaces the index, and removes the connections that are not in it.
    pub(super) fn list(&mut self, index: &Index, now: Timestamp) {
        let listed = |name: &ConnectionName| index.version(name).is_some();
        self.known.retain(|name, _| listed(name));
        self.unread.retain(|name, _| listed(name));
        self.index.clone_from(index);
        self.listed_at = Some(now);
        self.unlisted = None;
    }

    pub(super) fn unlisted(&mut self, error: &StoreError, now: Timestamp) {
        self.unlisted = Some(Failed::of(error, now));
        self.listed_at = None;
    }

    pub(super) fn keep(&mut self, name: &ConnectionName, version: Version, connection: Found) {
        self.unread.remove(name);
        let before = self.known.get(name);
        let known = Known {
            version,
            connection,
            doubted_at: before.and_then(|it| it.doubted_at),
        };
        self.known.insert(name.clone(), known);
    }

    pub(super) fn unread(&mut self, name: &ConnectionName, error: &StoreError, now: Timestamp) {
        let failed = Failed::of(error, now);
        self.unread.insert(name.clone(), failed);
    }

    /// The version of a connection in the index.
    pub(super) fn version(&self, name: &ConnectionName) -> Option<Version> {
        self.index.version(name)
    }

    /// The remembered connection, however old.
    pub(super) fn known(&self, name: &ConnectionName) -> Option<Found> {
        self.known.get(name).map(|it| it.connection.clone())
    }

    /// Whether a connection is remembered in the version that the index has.
    pub(super) fn is_current(&self, name: &ConnectionName) -> bool {
        let known = self.known.get(name).map(|it| it.version);
        known.is_some() && known == self.index.version(name)
    }

    /// All connections that can be served, if all connections of the index are in memory.
    pub(super) fn all(&self) -> Option<Vec<Arc<Connection>>> {
        let current = self.known.keys().filter(|name| self.is_current(name));
        (current.count() == self.index.len()).then(|| self.served())
    }

    /// All connections that can be served.
    pub(super) fn served(&self) -> Vec<Arc<Connection>> {
        let known = self.known.values();
        known.filter_map(|it| it.connection.clone()).collect()
    }

    pub(super) fn names(&self) -> Vec<ConnectionName> {
        self.known.keys().cloned().collect()
    }
}

impl Failed {
    fn of(error: &StoreError, at: Timestamp) -> Self {
        Self {
            at,
            why: error.to_string(),
            is_damage: error.is_damage(),
        }
    }

    fn error(&self) -> StoreError {
        let why = self.why.clone();
        match self.is_damage {
            true => StoreError::Damaged(why),
            false => StoreError::Failing(why),
        }
    }
}

/// Whether less than `span` has passed since `at`. False if `at` is in the future, because the clock was set back.
fn within(now: Timestamp, at: Timestamp, span: Duration) -> bool {
    at <= now && now < after(at, span)
}
