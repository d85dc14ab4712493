//! Groups: which are ready, which are locked and until when.

use rusqlite::{Connection, OptionalExtension, params};

use super::now::Now;

/// Maximum number of locks that one receive lifts, so that many locks that end at once do not delay receivers.
const LIFT: i64 = 500;

/// Makes the groups ready whose lock is over.
pub(super) fn lift_locks(connection: &Connection, now: Now) -> rusqlite::Result<()> {
    // Two ranges of the index on free_at.
    for (after, until) in [(0, now.at), (now.longest_hidden(), i64::MAX)] {
        connection
            .prepare_cached(
                "UPDATE queue_group SET free_at = 0 WHERE id IN
                    (SELECT id FROM queue_group WHERE free_at > ? AND free_at <= ?
                     ORDER BY free_at LIMIT ?)",
            )?
            .execute(params![after, until, LIFT])?;
    }
    Ok(())
}

/// The ready group with the oldest message.
pub(super) fn next_ready(connection: &Connection) -> rusqlite::Result<Option<(i64, String)>> {
    connection
        .prepare_cached("SELECT id, name FROM queue_group WHERE free_at = 0 ORDER BY head LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// When the next lock ends.
pub(super) fn next_lift(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT min(free_at) FROM queue_group WHERE free_at > 0")?
        .query_row([], |row| row.get(0))
}

/// Locks a group for the messages just received.
pub(super) fn lock(connection: &Connection, group: i64, until: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("UPDATE queue_group SET free_at = ?2 WHERE id = ?1")?
        .execute(params![group, until])
}

/// Updates a group after one of its messages was deleted or changed; a group without messages is deleted. The group
/// stays locked until its last message in flight is visible, so that no later message overtakes it.
pub(super) fn settle(connection: &Connection, group: i64, now: Now) -> rusqlite::Result<()> {
    let Some(head) = head(connection, group)? else {
        connection
            .prepare_cached("DELETE FROM queue_group WHERE id = ?")?
            .execute([group])?;
        return Ok(());
    };
    let free_at: Option<i64> = connection
        .prepare_cached(
            "SELECT max(visible_at) FROM queue_message
             WHERE group_id = ? AND visible_at > 0 AND visible_at > ? AND visible_at <= ?",
        )?
        .query_row(params![group, now.at, now.longest_hidden()], |row| {
            row.get(0)
        })?;
    connection
        .prepare_cached("UPDATE queue_group SET head = ?2, free_at = ?3 WHERE id = ?1")?
        .execute(params![group, head, free_at.unwrap_or(0)])?;
    Ok(())
}

fn head(connection: &Connection, group: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT min(seq) FROM queue_message WHERE group_id = ?")?
        .query_row([group], |row| row.get(0))
}
