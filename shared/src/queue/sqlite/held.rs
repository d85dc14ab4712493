//! A message in flight: its handle, and the changes that the handle permits.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::Handle;
use super::now::Now;

/// A message in flight, found by a valid handle.
pub(super) struct Held {
    pub(super) seq: i64,
    pub(super) group: i64,
}

/// The handle of one receive. The count is the fence: the next receive has another.
pub(super) fn handle(seq: i64, receive_count: u32) -> Handle {
    Handle(format!("{seq}:{receive_count}"))
}

/// The message of `handle`, while it is hidden for that receive.
pub(super) fn find(
    connection: &Connection,
    handle: &Handle,
    now: Now,
) -> rusqlite::Result<Option<Held>> {
    let Some((seq, receives)) = read(handle) else {
        return Ok(None);
    };
    connection
        .prepare_cached(
            "SELECT group_id FROM queue_message
             WHERE seq = ? AND receives = ? AND visible_at > ? AND visible_at <= ?",
        )?
        .query_row(
            params![seq, receives, now.at, now.longest_hidden()],
            |row| {
                Ok(Held {
                    seq,
                    group: row.get(0)?,
                })
            },
        )
        .optional()
}

fn read(handle: &Handle) -> Option<(i64, u32)> {
    let (seq, receives) = handle.0.split_once(':')?;
    Some((seq.parse().ok()?, receives.parse().ok()?))
}

/// Deletes a message whose work is done.
pub(super) fn delete(connection: &Connection, held: &Held) -> rusqlite::Result<()> {
    remove(connection, held.seq)
}

/// Hides a message until then.
pub(super) fn hide(connection: &Connection, held: &Held, until: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE queue_message SET visible_at = ?2 WHERE seq = ?1")?
        .execute(params![held.seq, until])?;
    Ok(())
}

/// Moves a message to the dead letters. Its body is kept, so that an operator can redrive it.
pub(super) fn bury(
    connection: &Connection,
    seq: i64,
    now: i64,
    reason: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO queue_dead (seq, group_name, sent_at, died_at, receives, reason, body)
             SELECT seq, name, sent_at, ?2, receives, ?3, body
             FROM queue_message JOIN queue_group ON queue_group.id = group_id WHERE seq = ?1",
        )?
        .execute(params![seq, now, reason])?;
    remove(connection, seq)
}

/// Moves a message to the retry queue.
pub(super) fn put_back(connection: &Connection, held: &Held, due: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO queue_later (due_at, group_name, sent_at, body)
             SELECT ?2, name, sent_at, body
             FROM queue_message JOIN queue_group ON queue_group.id = group_id WHERE seq = ?1",
        )?
        .execute(params![held.seq, due])?;
    remove(connection, held.seq)
}

fn remove(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM queue_message WHERE seq = ?")?
        .execute([seq])?;
    Ok(())
}

/// Makes all hidden messages visible. Their receivers are gone, because only one process owns the file.
pub(super) fn show_all(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE queue_message SET visible_at = ?1 WHERE visible_at > ?1",
        [now],
    )?;
    connection.execute("UPDATE queue_group SET free_at = 0 WHERE free_at > 0", [])?;
    Ok(())
}
