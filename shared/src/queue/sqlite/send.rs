//! Storing a message, once per deduplication id and window.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::{DEDUPLICATION_WINDOW, DeduplicationId, Outgoing};
use crate::clock::after;

/// Each send removes up to this many forgotten ids: more than the one it adds, so that they end.
const FORGET: i64 = 4;

/// The number of the message: a new one, or that of the first with this deduplication id.
pub(super) fn send(
    connection: &Connection,
    message: &Outgoing,
    at: Timestamp,
) -> rusqlite::Result<i64> {
    let now = at.as_millisecond();
    if let Some(first) = seen(connection, &message.deduplication, now)? {
        return Ok(first);
    }
    forget(connection, now)?;
    let seq = insert(connection, message, now)?;
    let until = after(at, DEDUPLICATION_WINDOW).as_millisecond();
    connection
        .prepare_cached("INSERT OR REPLACE INTO queue_seen (id, seq, until) VALUES (?, ?, ?)")?
        .execute(params![message.deduplication.as_str(), seq, until])?;
    Ok(seq)
}

fn seen(connection: &Connection, id: &DeduplicationId, now: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT seq FROM queue_seen WHERE id = ? AND until > ?")?
        .query_row(params![id.as_str(), now], |row| row.get(0))
        .optional()
}

fn forget(connection: &Connection, now: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM queue_seen WHERE id IN
                (SELECT id FROM queue_seen WHERE until <= ? ORDER BY until LIMIT ?)",
        )?
        .execute(params![now, FORGET])
}

fn insert(connection: &Connection, message: &Outgoing, now: i64) -> rusqlite::Result<i64> {
    let group = match group(connection, message.group.as_str())? {
        Some(group) => group,
        None => new_group(connection, message.group.as_str())?,
    };
    connection
        .prepare_cached(
            "INSERT INTO queue_message (group_id, sent_at, receives, visible_at, body)
             VALUES (?, ?, 0, 0, ?)",
        )?
        .execute(params![group, now, message.body])?;
    let seq = connection.last_insert_rowid();
    // Only a new group has no head yet.
    connection
        .prepare_cached("UPDATE queue_group SET head = ?2 WHERE id = ?1 AND head = 0")?
        .execute(params![group, seq])?;
    Ok(seq)
}

fn group(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM queue_group WHERE name = ?")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn new_group(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO queue_group (name, head, free_at) VALUES (?, 0, 0)")?
        .execute([name])?;
    Ok(connection.last_insert_rowid())
}
