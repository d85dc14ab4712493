//! Deliveries, refusals and dead letters.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

/// Listed deliveries for each trainer.
const DELIVERIES: usize = 3;

/// Stores them.
pub(crate) fn store(path: &Path, count: usize, now: Timestamp) -> rusqlite::Result<()> {
    let mut db = rusqlite::Connection::open(path)?;
    let db = db.transaction()?;
    let at = now.as_millisecond();
    let mut list = db.prepare("INSERT INTO journal_delivery (at, outcome, kind, event, contract, connection, delivery, took_ms) VALUES (?, 'accepted', ?, ?, ?, 'default', ?, 3)")?;
    let all = (count * DELIVERIES).min(100_000);
    for number in 0..all {
        let kind = ["contract.started", "contract.budget_low", "contract.ended"][number % 3];
        let back = (all - number) as i64 * 9_000;
        list.execute((
            at - back,
            kind,
            number.to_string(),
            format!("ctr_{:05}", number % count.max(1)),
            format!("dlv_{number}"),
        ))?;
    }
    let mut refused = db.prepare("INSERT INTO journal_count VALUES (?, ?, 'default', ?)")?;
    for minute in 0..120 {
        let minute_at = at - at.rem_euclid(60_000) - minute * 60_000;
        refused.execute((minute_at, "signature-mismatch", 1 + minute % 7))?;
    }
    let mut bury = db.prepare("INSERT INTO queue_dead (seq, group_name, sent_at, died_at, receives, reason, body) VALUES (?, ?, 1, ?, 100, ?, ?)")?;
    for number in 0..(count / 50) as i64 {
        let body = json!({"kind": "event", "event": {"type": "contract.started", "id": number.to_string()}});
        let reason = match number % 3 {
            0 => format!("the contract ctr_{number} has no link"),
            _ => format!("OpenTrain answers 503 (request req_{number})"),
        };
        bury.execute((
            1_000_000 + number,
            format!("trainer:usr_{number:05}"),
            at - number * 1_000,
            reason,
            body.to_string(),
        ))?;
    }
    drop((list, refused, bury));
    db.commit()
}
