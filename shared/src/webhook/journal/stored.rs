//! The stored journal.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Journal, Pending, minute_of};
use crate::model::clock::before;
use crate::sqlite::{Database, DatabaseError, moment};

/// Age at which entries are deleted, within a minute.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// Number of listed deliveries that are kept, about 15 MB. Those of a minute are added before the oldest are deleted.
const MOST_ROWS: i64 = 100_000;

/// Number of counters that are kept. Those of a minute are added before the oldest are deleted.
const MOST_COUNTS: i64 = 20_000;

/// Maximum number of deliveries that are deleted for their age at once: as many as a minute can list.
const MOST_DELETED: i64 = 60_000;

/// Selection of the entries to read.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Type of the event.
    pub kind: Option<String>,
    pub contract: Option<String>,
    pub connection: Option<String>,
    /// `accepted`, `accepted-not-listed` (counted, in a second with over 1,000 deliveries), `quarantined`, `refused`,
    /// or the reason of a refusal. `accepted` includes `accepted-not-listed`.
    pub outcome: Option<String>,
    pub since: Option<Timestamp>,
    /// Only deliveries that were stored before this one, by [`Row::id`].
    pub before: Option<i64>,
    /// Only deliveries that were stored after this one, by [`Found::last`].
    pub after: i64,
    /// Maximum number of entries, the newest of them.
    pub limit: usize,
}

/// A delivery, or the requests of one minute that are only counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Number of a stored delivery; `None` for refusals.
    #[serde(skip)]
    pub id: Option<i64>,
    pub at: Timestamp,
    /// `accepted`, `accepted-not-listed` (counted, in a second with over 1,000 deliveries), `quarantined`, or the reason
    /// of a refusal.
    pub outcome: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub event: Option<String>,
    pub contract: Option<String>,
    /// `None` if a refused request named no known connection.
    pub connection: Option<String>,
    pub delivery: Option<String>,
    /// Milliseconds from the request's head to the answer.
    pub took_ms: Option<i64>,
    /// Number of requests: 1 for a delivery.
    pub requests: i64,
}

/// Result of a query.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Oldest first.
    pub rows: Vec<Row>,
    /// Number of the last stored delivery.
    pub last: i64,
}

impl Journal {
    /// Stores the entries since the last store, in one commit. Once a minute it also deletes entries beyond the limits,
    /// because commits of intake wait for the same writer.
    ///
    /// # Errors
    /// The database cannot be written: these entries are lost.
    pub async fn store(&self, database: &Database, now: Timestamp) -> Result<(), DatabaseError> {
        let pending = self.take();
        if pending.entries.is_empty() && pending.counters.is_empty() {
            return Ok(());
        }
        let minute = minute_of(now.as_millisecond());
        let is_new = self.stored.swap(minute, Ordering::Relaxed) != minute;
        database
            .transact(move |connection| {
                store(connection, &pending)?;
                match is_new {
                    true => forget(connection, now),
                    false => Ok(()),
                }
            })
            .await
    }
}

fn store(db: &Connection, pending: &Pending) -> rusqlite::Result<()> {
    let mut list = db.prepare_cached(
        "INSERT INTO journal_delivery (at, outcome, kind, event, contract, connection, delivery, took_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for it in &pending.entries {
        list.execute(params![
            it.at,
            it.outcome,
            it.kind,
            it.event,
            it.contract,
            it.connection,
            it.delivery,
            it.took_ms
        ])?;
    }
    let mut count = db.prepare_cached(
        "INSERT INTO journal_count (minute, outcome, connection, requests) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET requests = requests + excluded.requests",
    )?;
    for ((minute, outcome, connection), requests) in &pending.counters {
        count.execute(params![minute, outcome, connection, requests])?;
    }
    Ok(())
}

/// The rows are in the order of time, so the oldest are found without a search.
fn forget(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let oldest = before(now, KEPT).as_millisecond();
    db.prepare_cached(
        "DELETE FROM journal_delivery WHERE id <= (SELECT max(id) FROM journal_delivery) - ?",
    )?
    .execute([MOST_ROWS])?;
    db.prepare_cached(
        "DELETE FROM journal_delivery WHERE at < ?1 AND id IN
            (SELECT id FROM journal_delivery ORDER BY id LIMIT ?2)",
    )?
    .execute(params![oldest, MOST_DELETED])?;
    db.prepare_cached("DELETE FROM journal_count WHERE minute < ?")?
        .execute([oldest])?;
    db.prepare_cached(
        "DELETE FROM journal_count WHERE minute <=
            (SELECT minute FROM journal_count ORDER BY minute DESC LIMIT 1 OFFSET ?)",
    )?
    .execute([MOST_COUNTS])?;
    Ok(())
}

impl Query {
    /// Reads the journal, whether or not a bridge runs on the database.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn read(self, database: &Database) -> Result<Found, DatabaseError> {
        database.snapshot(move |db| read(db, &self)).await
    }

    fn since(&self) -> i64 {
        self.since.map_or(i64::MIN, Timestamp::as_millisecond)
    }

    fn limit(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX)
    }

    /// Whether the query includes counted requests: they have no type and no contract, and none of them is new.
    fn wants_counts(&self) -> bool {
        self.kind.is_none() && self.contract.is_none() && self.after == 0 && self.before.is_none()
    }
}

fn read(db: &Connection, query: &Query) -> rusqlite::Result<Found> {
    let last = db.query_row(
        "SELECT coalesce(max(id), 0) FROM journal_delivery",
        [],
        |row| row.get(0),
    )?;
    let mut rows = deliveries(db, query)?;
    // Several may have the same time: the sort keeps the order in which they were stored.
    rows.reverse();
    if query.wants_counts() {
        rows.extend(counts(db, query)?);
    }
    rows.sort_by_key(|row| row.at);
    let surplus = rows.len().saturating_sub(query.limit);
    rows.drain(..surplus);
    Ok(Found { rows, last })
}

fn deliveries(db: &Connection, query: &Query) -> rusqlite::Result<Vec<Row>> {
    db.prepare(
        "SELECT at, outcome, kind, event, contract, connection, delivery, took_ms, id FROM journal_delivery
         WHERE id > ?1 AND (?8 IS NULL OR id < ?8) AND at >= ?2 AND (?3 IS NULL OR kind = ?3) AND (?4 IS NULL OR contract = ?4)
           AND (?5 IS NULL OR connection = ?5) AND (?6 IS NULL OR outcome = ?6)
         ORDER BY id DESC LIMIT ?7",
    )?
    .query_map(
        params![
            query.after,
            query.since(),
            query.kind,
            query.contract,
            query.connection,
            query.outcome,
            query.limit(),
            query.before
        ],
        |row| {
            Ok(Row {
                id: row.get(8)?,
                at: moment(row.get(0)?),
                outcome: row.get(1)?,
                kind: row.get(2)?,
                event: row.get(3)?,
                contract: row.get(4)?,
                connection: row.get(5)?,
                delivery: row.get(6)?,
                took_ms: row.get(7)?,
                requests: 1,
            })
        },
    )?
    .collect()
}

fn counts(db: &Connection, query: &Query) -> rusqlite::Result<Vec<Row>> {
    db.prepare(
        "SELECT minute, outcome, connection, requests FROM journal_count
         WHERE minute >= ?1 AND (?2 IS NULL OR connection = ?2)
           AND (?3 IS NULL OR outcome = ?3 OR (?3 = 'refused' AND outcome NOT LIKE 'accepted%')
             OR (?3 = 'accepted' AND outcome = 'accepted-not-listed'))
         ORDER BY minute DESC LIMIT ?4",
    )?
    .query_map(
        params![
            // Includes the whole minute of `since`.
            query.since().saturating_sub(super::MINUTE_MS - 1),
            query.connection,
            query.outcome,
            query.limit()
        ],
        |row| {
            let connection: String = row.get(2)?;
            Ok(Row {
                id: None,
                at: moment(row.get(0)?),
                outcome: row.get(1)?,
                kind: None,
                event: None,
                contract: None,
                connection: (!connection.is_empty()).then_some(connection),
                delivery: None,
                took_ms: None,
                requests: row.get(3)?,
            })
        },
    )?
    .collect()
}

#[cfg(test)]
mod tests;
