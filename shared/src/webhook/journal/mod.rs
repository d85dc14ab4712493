//! Journal of the requests at intake, for `bridge events`.
//!
//! Intake writes to memory alone; a task stores it once a second. So the journal delays no delivery, and costs at most
//! one commit a second. Unknown senders can neither fill the disk nor cause a write for each request: refusals are
//! counted by reason, known connection and minute, deliveries beyond [`MOST_LISTED`] a second are counted, too, and the
//! tables are limited in age and rows. If the process is killed, the last second is lost from the journal, but from
//! nothing else.

#[cfg(feature = "sqlite")]
mod stored;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::model::ConnectionName;
use crate::queue::Message;

#[cfg(feature = "sqlite")]
pub use stored::{Found, Query, Row};

/// Interval at which the journal is stored.
pub const STORED_EVERY: Duration = Duration::from_secs(1);

/// Maximum number of deliveries that are listed between two stores. Further ones are counted.
const MOST_LISTED: usize = 1_000;

/// Maximum number of counters between two stores. Without room, refusals are counted without their connection.
const MOST_COUNTERS: usize = 1_000;

const MINUTE_MS: i64 = 60_000;

/// An accepted delivery. It contains ids only.
#[cfg_attr(
    not(feature = "sqlite"),
    allow(dead_code, reason = "only a bridge on one machine has a journal")
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Time of the answer, in milliseconds since 1970.
    at: i64,
    outcome: &'static str,
    kind: Option<String>,
    event: Option<String>,
    contract: Option<String>,
    connection: String,
    delivery: Option<String>,
    took_ms: i64,
}

/// Outcome of an accepted delivery.
pub(super) const ACCEPTED: &str = "accepted";
/// Outcome of a delivery that is signed, but not understood.
pub(super) const QUARANTINED: &str = "quarantined";
/// Outcome of the accepted deliveries that are only counted.
const NOT_LISTED: &str = "accepted-not-listed";

impl Entry {
    /// `None` for a message that is not made from a delivery.
    pub(super) fn of(message: &Message, at: Timestamp, took: Duration) -> Option<Self> {
        let at = at.as_millisecond();
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        Some(match message {
            Message::Event(it) => Self {
                at,
                outcome: ACCEPTED,
                kind: Some(it.event.kind.as_str().to_owned()),
                event: Some(it.event.id.to_string()),
                contract: it.event.contract().map(|id| id.to_string()),
                connection: it.connection.to_string(),
                delivery: it.delivery.as_ref().map(ToString::to_string),
                took_ms,
            },
            Message::Unreadable(it) => Self {
                at,
                outcome: QUARANTINED,
                kind: None,
                event: None,
                contract: None,
                connection: it.connection.to_string(),
                delivery: it.delivery.as_ref().map(ToString::to_string),
                took_ms,
            },
            Message::Converge { .. } | Message::Stated(_) => return None,
        })
    }
}

/// Minute, outcome and connection of a counter.
type Counter = (i64, String, String);

/// Start of the minute of `at`; both in milliseconds since 1970.
fn minute_of(at: i64) -> i64 {
    at - at.rem_euclid(MINUTE_MS)
}

/// Entries that are not stored yet.
#[derive(Default)]
struct Pending {
    entries: Vec<Entry>,
    counters: BTreeMap<Counter, i64>,
}

impl Pending {
    fn count(&mut self, at: i64, outcome: &str, connection: &str) {
        let mut key = (minute_of(at), outcome.to_owned(), connection.to_owned());
        if self.counters.len() >= MOST_COUNTERS && !self.counters.contains_key(&key) {
            key.2.clear();
        }
        let count = self.counters.entry(key).or_default();
        *count = count.saturating_add(1);
    }
}

/// Journal of the requests at one intake.
#[derive(Default)]
pub struct Journal {
    pending: Mutex<Pending>,
    /// Minute of the last store, in milliseconds since 1970.
    #[cfg(feature = "sqlite")]
    stored: std::sync::atomic::AtomicI64,
}

impl Journal {
    pub(super) fn accepted(&self, entry: Entry) {
        let mut pending = self.pending();
        if pending.entries.len() < MOST_LISTED {
            pending.entries.push(entry);
        } else {
            pending.count(entry.at, NOT_LISTED, &entry.connection);
        }
    }

    /// `connection` is the requested connection, if it exists.
    pub(super) fn refused(
        &self,
        reason: super::Refused,
        connection: Option<&ConnectionName>,
        at: Timestamp,
    ) {
        let mut pending = self.pending();
        let connection = connection.map_or("", ConnectionName::as_str);
        pending.count(at.as_millisecond(), &reason.to_string(), connection);
    }

    #[cfg(feature = "sqlite")]
    fn take(&self) -> Pending {
        std::mem::take(&mut self.pending())
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Refused;
    use super::*;
    use crate::model::signature::SignatureFault::Mismatch;

    fn pending(journal: &Journal) -> Pending {
        std::mem::take(&mut journal.pending())
    }

    #[test]
    fn a_flood_of_refusals_is_one_counter_a_minute() {
        let journal = Journal::default();
        let at = Timestamp::from_second(1_781_258_400).unwrap();
        for second in 0..120 {
            let at = at + jiff::SignedDuration::from_secs(second);
            let name = ConnectionName::default();
            journal.refused(Refused::Signature(Mismatch), Some(&name), at);
            journal.refused(Refused::UnknownConnection, None, at);
        }
        let counters = pending(&journal).counters;
        assert_eq!(counters.len(), 4);
        assert!(counters.values().all(|count| *count == 60));
    }

    #[test]
    fn deliveries_beyond_the_limit_are_counted() {
        let journal = Journal::default();
        for _ in 0..MOST_LISTED + 5 {
            journal.accepted(Entry {
                at: 0,
                outcome: ACCEPTED,
                kind: None,
                event: None,
                contract: None,
                connection: "default".to_owned(),
                delivery: None,
                took_ms: 1,
            });
        }
        let pending = pending(&journal);
        assert_eq!(pending.entries.len(), MOST_LISTED);
        let counted = pending.counters.into_values().collect::<Vec<_>>();
        assert_eq!(counted, [5]);
    }
}
