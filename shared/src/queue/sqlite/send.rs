//! Storing a message, once per deduplication id and window.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{DeduplicationId, Outgoing};
use super::now::Now;

/// Each send removes up to this many expired ids: more than the one it adds, so that they do not accumulate.
const FORGET: i64 = 4;

/// The number of the message: a new one, or that of the first with this deduplication id.
pub(super) fn send(connection: &Connection, message: &Outgoing, now: Now) -> rusqlite::Result<i64> {
    if let Some(first) = seen(connection, &message.deduplication, now)? {
        return Ok(first);
    }
    forget(connection, now)?;
    let seq = insert(connection, message.group.as_str(), &message.body, now.at)?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO queue_seen (id, seq, until) VALUES (?, ?, ?)")?
        .execute(params![
            message.deduplication.as_str(),
            seq,
            now.forgotten()
        ])?;
    Ok(seq)
}

fn seen(connection: &Connection, id: &DeduplicationId, now: Now) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT seq FROM queue_seen WHERE id = ? AND until > ? AND until <= ?")?
        .query_row(params![id.as_str(), now.at, now.forgotten()], |row| {
            row.get(0)
        })
        .optional()
}

fn forget(connection: &Connection, now: Now) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM queue_seen WHERE id IN
                (SELECT id FROM queue_seen WHERE until <= ? ORDER BY until LIMIT ?)",
        )?
        .execute(params![now.at, FORGET])
}

/// Adds a message to the end of its group.
pub(super) fn insert(
    connection: &Connection,
    name: &str,
    body: &str,
    sent_at: i64,
) -> rusqlite::Result<i64> {
    let group = match group(connection, name)? {
        Some(group) => group,
        None => new_group(connection, name)?,
    };
    connection
        .prepare_cached(
            "INSERT INTO queue_message (group_id, sent_at, receives, visible_at, body)
             VALUES (?, ?, 0, 0, ?)",
        )?
        .execute(params![group, sent_at, body])?;
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
