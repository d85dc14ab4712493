//! Receives messages: takes the ready groups in the order of their oldest messages, as long as there is room.

use rusqlite::{Connection, params};

use super::super::{GroupId, Received};
use super::now::Now;
use super::{group, held, later};
use crate::sqlite::moment;

/// Parameters of a receive.
pub(super) struct Asked {
    pub(super) max: usize,
    pub(super) now: Now,
    pub(super) hidden_until: i64,
    pub(super) max_receives: u32,
}

/// Result of a receive.
pub(super) struct Taken {
    pub(super) messages: Vec<Received>,
    /// When the next lock ends or the next message is due, if no message was received.
    pub(super) next: Option<i64>,
    /// Whether another receiver would get messages now.
    pub(super) more: bool,
}

/// Receives up to `max` messages.
pub(super) fn take(connection: &Connection, asked: &Asked) -> rusqlite::Result<Taken> {
    later::join_due(connection, asked.now)?;
    group::lift_locks(connection, asked.now)?;
    let mut messages = Vec::new();
    while messages.len() < asked.max {
        let Some((id, name)) = group::next_ready(connection)? else {
            break;
        };
        let room = asked.max - messages.len();
        let taken = take_from(connection, asked, (id, &name), room)?;
        if !taken.is_empty() {
            group::lock(connection, id, asked.hidden_until)?;
        }
        messages.extend(taken);
    }
    if messages.is_empty() {
        let ends = [group::next_lift(connection)?, later::next_due(connection)?];
        let next = ends.into_iter().flatten().min();
        return Ok(Taken {
            messages,
            next,
            more: false,
        });
    }
    let more = group::next_ready(connection)?.is_some();
    Ok(Taken {
        messages,
        next: None,
        more,
    })
}

/// A group's oldest messages; none if some of them became dead letters first, because it may then be another group's
/// turn. Messages that were received too often become dead letters here and not by a sweep: until the group is ready,
/// the last receiver may still be working on them.
fn take_from(
    connection: &Connection,
    asked: &Asked,
    (id, name): (i64, &str),
    room: usize,
) -> rusqlite::Result<Vec<Received>> {
    let (exhausted, found): (Vec<_>, Vec<_>) = oldest(connection, id, room)?
        .into_iter()
        .partition(|found| found.receives >= asked.max_receives);
    if exhausted.is_empty() && !found.is_empty() {
        let hide = |found| hide(connection, asked, found, name);
        return found.into_iter().map(hide).collect();
    }
    for found in exhausted {
        held::bury(connection, found.seq, asked.now.at, &reason(found.receives))?;
    }
    group::settle(connection, id, asked.now)?;
    Ok(Vec::new())
}

struct Found {
    seq: i64,
    receives: u32,
    sent_at: i64,
    body: String,
}

fn oldest(connection: &Connection, group: i64, room: usize) -> rusqlite::Result<Vec<Found>> {
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT seq, receives, sent_at, body FROM queue_message
             WHERE group_id = ? ORDER BY seq LIMIT ?",
        )?
        .query_map(params![group, room], |row| {
            Ok(Found {
                seq: row.get(0)?,
                receives: row.get(1)?,
                sent_at: row.get(2)?,
                body: row.get(3)?,
            })
        })?
        .collect()
}

fn hide(
    connection: &Connection,
    asked: &Asked,
    found: Found,
    group: &str,
) -> rusqlite::Result<Received> {
    let receive_count = found.receives.saturating_add(1);
    connection
        .prepare_cached("UPDATE queue_message SET receives = ?2, visible_at = ?3 WHERE seq = ?1")?
        .execute(params![found.seq, receive_count, asked.hidden_until])?;
    Ok(Received {
        message_id: found.seq.to_string(),
        handle: held::handle(found.seq, receive_count),
        body: found.body,
        group: GroupId::from_stored(group),
        receive_count,
        sent_at: moment(found.sent_at),
    })
}

fn reason(receives: u32) -> String {
    format!("received {receives} times without being finished")
}
