//! Reads the state of the queue, for operators and metrics.

use rusqlite::{Connection, ToSql, params};

use super::super::{DeadLetter, Depth};
use super::now::Now;
use crate::sqlite::moment;

/// Number of messages by state.
pub(super) fn depth(connection: &Connection, now: Now) -> rusqlite::Result<Depth> {
    let stored = count(connection, "SELECT count(*) FROM queue_message", params![])?;
    let in_flight = count(
        connection,
        "SELECT count(*) FROM queue_message WHERE visible_at > 0 AND visible_at > ? AND visible_at <= ?",
        params![now.at, now.longest_hidden()],
    )?;
    let retrying = count(connection, "SELECT count(*) FROM queue_later", params![])?;
    let dead = count(connection, "SELECT count(*) FROM queue_dead", params![])?;
    Ok(Depth {
        waiting: stored.saturating_sub(in_flight),
        in_flight,
        retrying,
        dead,
    })
}

fn count(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<u64> {
    connection
        .query_row(sql, values, |row| row.get::<_, i64>(0))
        .map(i64::unsigned_abs)
}

/// The dead letters, oldest first.
pub(super) fn dead_letters(
    connection: &Connection,
    max: usize,
) -> rusqlite::Result<Vec<DeadLetter>> {
    connection
        .prepare(
            "SELECT seq, group_name, died_at, receives, reason, body FROM queue_dead ORDER BY id LIMIT ?",
        )?
        .query_map(params![i64::try_from(max).unwrap_or(i64::MAX)], |row| {
            Ok(DeadLetter {
                message_id: row.get::<_, i64>(0)?.to_string(),
                group: row.get(1)?,
                at: moment(row.get(2)?),
                receive_count: row.get(3)?,
                reason: row.get(4)?,
                body: row.get::<_, String>(5)?.into(),
            })
        })?
        .collect()
}

/// The ids of the dead letters, oldest first. Reads no body.
pub(super) fn dead_letter_ids(
    connection: &Connection,
    max: usize,
) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT seq FROM queue_dead ORDER BY id LIMIT ?")?
        .query_map(params![i64::try_from(max).unwrap_or(i64::MAX)], |row| {
            Ok(row.get::<_, i64>(0)?.to_string())
        })?
        .collect()
}
