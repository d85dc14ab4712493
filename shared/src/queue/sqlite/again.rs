//! Removes dead letters: redrives them to their groups, or deletes them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use super::super::Taking;
use super::now::Now;
use super::send;

/// Removes the letters in one transaction, in the order in which they became dead letters. Returns the ids of those
/// that existed.
pub(super) fn take(
    connection: &Connection,
    ids: &BTreeSet<String>,
    taking: Taking,
    now: Now,
) -> rusqlite::Result<BTreeSet<String>> {
    let mut rows = Vec::new();
    for id in ids {
        if let Some(row) = row(connection, id)? {
            rows.push((row, id.clone()));
        }
    }
    rows.sort_unstable();
    let mut taken = BTreeSet::new();
    for (row, id) in rows {
        let (group, body): (String, String) = connection
            .prepare_cached("DELETE FROM queue_dead WHERE id = ? RETURNING group_name, body")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if taking == Taking::Redrive {
            // The time of sending starts anew, like the receive count: a message of a newer version waits once more.
            send::insert(connection, &group, &body, now.at)?;
        }
        taken.insert(id);
    }
    Ok(taken)
}

/// The letter's row.
fn row(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    let Ok(seq) = id.parse::<i64>() else {
        return Ok(None);
    };
    connection
        .prepare_cached("SELECT id FROM queue_dead WHERE seq = ?")?
        .query_row([seq], |row| row.get(0))
        .optional()
}
