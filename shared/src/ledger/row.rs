//! Typed rows of the table: reads, and writes on the condition that no other process has written meanwhile.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Expect, Item, Key, Ledger, LedgerError, Put};

/// With one worker per trainer, conflicts are rare; this many in a row mean something is wrong.
pub(super) const MAX_CONFLICTS: usize = 16;

/// A part of a key. Ids are opaque, so the separator is escaped inside them.
pub(super) fn part(id: &str) -> String {
    id.replace('%', "%25").replace('#', "%23")
}

/// The id of a [`part`].
pub(super) fn id_of(part: &str) -> String {
    part.replace("%23", "#").replace("%25", "%")
}

/// A key made of parts: `join("HIRE", &["a", "b"])` is `HIRE#a#b`.
pub(super) fn join(kind: &str, parts: &[&str]) -> String {
    parts
        .iter()
        .fold(kind.to_owned(), |key, it| format!("{key}#{}", part(it)))
}

/// Reads a row's document.
pub(super) fn read<T: DeserializeOwned>(item: &Item) -> Result<T, LedgerError> {
    serde_json::from_str(&item.doc).map_err(|source| LedgerError::Unreadable {
        row: format!("{}/{}", item.key.partition, item.key.sort),
        reason: source.to_string(),
    })
}

/// Makes the item of a row. The store sets its `version`.
pub(super) fn item<T: Serialize>(key: Key, row: &T, expires_at: Option<Timestamp>) -> Item {
    #[allow(
        clippy::expect_used,
        reason = "derived types with string keys always serialise"
    )]
    let doc = serde_json::to_string(row).expect("a row serialises");
    Item {
        key,
        doc,
        version: 0,
        expires_at,
    }
}

/// A row as it was read or written, which can be changed without another read.
#[derive(Debug, Clone)]
pub struct Known<T> {
    /// The row; `None` if there was none.
    pub row: Option<T>,
    expect: Expect,
}

impl<T: DeserializeOwned> Known<T> {
    pub(super) fn of(item: Option<&Item>) -> Result<Self, LedgerError> {
        Ok(Self {
            row: item.map(read).transpose()?,
            expect: item.map_or(Expect::Absent, |it| Expect::Version(it.version)),
        })
    }
}

impl Ledger {
    /// The row at `key`.
    pub(super) async fn row<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<T>, LedgerError> {
        self.table.get(key).await?.as_ref().map(read).transpose()
    }

    /// The rows of a partition whose sort key starts with `prefix`. A row that cannot be read is logged and
    /// left out: it must not stop the work on the others.
    pub(super) async fn rows<T: DeserializeOwned>(
        &self,
        partition: &str,
        prefix: &str,
    ) -> Result<Vec<T>, LedgerError> {
        let items = self.table.query(partition, prefix).await?;
        let row = |item: &Item| {
            let row = read(item);
            row.inspect_err(|error| tracing::error!(%error, "a row of the ledger is left out"))
                .ok()
        };
        Ok(items.iter().filter_map(row).collect())
    }

    /// Replaces the row at `key` by the result of `change`; `None` leaves it unchanged. Returns whether a row was
    /// written.
    pub(super) async fn update<T: Serialize + DeserializeOwned>(
        &self,
        key: &Key,
        change: impl Fn(Option<T>) -> Option<T> + Send + Sync,
    ) -> Result<bool, LedgerError> {
        self.modify(key, |old| {
            let new = change(old);
            let is_changed = new.is_some();
            (new, is_changed)
        })
        .await
    }

    /// Like [`update`](Self::update), but returns the result of the last call of `change`.
    pub(super) async fn modify<T: Serialize + DeserializeOwned, R>(
        &self,
        key: &Key,
        change: impl Fn(Option<T>) -> (Option<T>, R) + Send + Sync,
    ) -> Result<R, LedgerError> {
        self.modify_until(key, None, change).await
    }

    /// Like [`modify`](Self::modify), for a row that expires.
    pub(super) async fn modify_until<T: Serialize + DeserializeOwned, R>(
        &self,
        key: &Key,
        expires_at: Option<Timestamp>,
        change: impl Fn(Option<T>) -> (Option<T>, R) + Send + Sync,
    ) -> Result<R, LedgerError> {
        let changed = self.modify_known(key, None, expires_at, change).await?;
        Ok(changed.0)
    }

    /// Like [`modify_until`](Self::modify_until), but writes over `known` without reading it. If the row has changed
    /// meanwhile, `change` is called again with the present row. Also returns the row that was written.
    pub(super) async fn modify_known<T: Serialize + DeserializeOwned, R>(
        &self,
        key: &Key,
        known: Option<Known<T>>,
        expires_at: Option<Timestamp>,
        change: impl Fn(Option<T>) -> (Option<T>, R) + Send + Sync,
    ) -> Result<(R, Option<Known<T>>), LedgerError> {
        let mut known = match known {
            Some(known) => known,
            None => Known::of(self.table.get(key).await?.as_ref())?,
        };
        for _ in 0..MAX_CONFLICTS {
            let (new, result) = change(known.row);
            let Some(new) = new else {
                return Ok((result, None));
            };
            let item = item(key.clone(), &new, expires_at);
            match self.table.put(item, known.expect).await? {
                Put::Stored(version) => {
                    let (row, expect) = (Some(new), Expect::Version(version));
                    return Ok((result, Some(Known { row, expect })));
                }
                Put::Conflict(now) => known = Known::of(now.as_ref())?,
            }
        }
        Err(LedgerError::Contended(format!(
            "{}/{}",
            key.partition, key.sort
        )))
    }

    /// Writes the row if there is none at `key`. Returns whether it was written.
    pub(super) async fn insert<T: Serialize + Sync>(
        &self,
        key: Key,
        row: &T,
    ) -> Result<bool, LedgerError> {
        let put = self.table.put(item(key, row, None), Expect::Absent).await?;
        Ok(matches!(put, Put::Stored(_)))
    }
}
