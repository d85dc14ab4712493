//! The retry queue: messages that join their groups when they are due.

use rusqlite::{Connection, params};

use super::super::Outgoing;
use super::now::Now;
use super::send;

/// Maximum number of messages that one receive moves, so that many messages that are due at once do not delay all
/// receivers.
const MOVE: i64 = 500;

/// Stores a message until it is due.
pub(super) fn store(
    connection: &Connection,
    message: &Outgoing,
    now: Now,
    due: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO queue_later (due_at, group_name, sent_at, body) VALUES (?, ?, ?, ?)",
        )?
        .execute(params![due, message.group.as_str(), now.at, message.body])?;
    Ok(())
}

/// A stored message: id, group, when it was sent, body.
type Due = (i64, String, i64, String);

/// Moves messages that are due into their groups.
pub(super) fn join_due(connection: &Connection, now: Now) -> rusqlite::Result<()> {
    for (after, until) in [(i64::MIN, now.at), (now.latest_due(), i64::MAX)] {
        for (id, group, sent_at, body) in due(connection, after, until)? {
            send::insert(connection, &group, &body, sent_at)?;
            connection
                .prepare_cached("DELETE FROM queue_later WHERE id = ?")?
                .execute([id])?;
        }
    }
    Ok(())
}

fn due(connection: &Connection, after: i64, until: i64) -> rusqlite::Result<Vec<Due>> {
    connection
        .prepare_cached(
            "SELECT id, group_name, sent_at, body FROM queue_later
             WHERE due_at > ? AND due_at <= ? ORDER BY due_at, id LIMIT ?",
        )?
        .query_map(params![after, until, MOVE], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

/// When the next message is due.
pub(super) fn next_due(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT min(due_at) FROM queue_later")?
        .query_row([], |row| row.get(0))
}
