//! The audit record: rows that are only added, about each change of access and each operator's action.
//!
//! | partition | sort | row |
//! |---|---|---|
//! | `AUDIT#day` | `TRAINER#id#seq#hash` | an [`AuditRow`] of a trainer |
//! | `AUDIT#day` | `OPERATORS#seq#hash` | an [`AuditRow`] of operators' actions |
//! | `AUDIT` | `OPERATORS` | the [`Head`] of operators' rows |
//!
//! Each row has the SHA-256 of the row before it, and the day of that row's partition. A trainer's document names the
//! newest row of the trainer's chain, the head. A row is put before the document, and counts once the document names
//! it: the write that stores a change also commits the row about it. A row that no chain leads to was put by an attempt
//! that ended in between, or that another one overtook; readers leave it out.
//!
//! - `entry`: one change or action, with its cause, proof and actor
//! - `event`: the kinds of entries, with stable names and codes
//! - `changes`: two documents → the entries about their difference; pure
//! - `chain`: reads the rows of one chain, newest first, and finds breaks
//! - `search`: rows by day, and the check of all chains
//! - `page`: a day's rows in parts

mod chain;
mod changes;
mod entry;
mod event;
mod page;
mod search;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::row::{MAX_CONFLICTS, id_of, item, join, part};
use super::{Expect, Item, Key, Ledger, LedgerError, Put, Trainer, Written};
use crate::model::clock::{after, day_of};
use crate::model::ids::TrainerId;

pub use chain::{Break, Chain, Recorded};
pub use changes::{left_over, recorded, recorded_of};
pub use entry::{Actor, CauseOf, Entry, Proven, StatedBy};
pub use event::AuditEvent;
pub use page::DayPage;
pub use search::{Period, Verified};

/// Days that rows are kept, unless `AUDIT_DAYS` sets another number.
pub const AUDIT_DAYS: u16 = 400;

/// Subject of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Changes of one trainer's access.
    Trainer(TrainerId),
    /// Actions of operators.
    Operators,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trainer(id) => write!(f, "trainer {id}"),
            Self::Operators => f.write_str("operators"),
        }
    }
}

impl Subject {
    /// Its text in keys and rows.
    fn key(&self) -> String {
        match self {
            Self::Trainer(id) => join("TRAINER", &[id.as_str()]),
            Self::Operators => "OPERATORS".to_owned(),
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        match key.split_once('#') {
            None => (key == "OPERATORS").then_some(Self::Operators),
            Some(("TRAINER", id)) => Some(Self::Trainer(TrainerId::new(id_of(id)))),
            Some(_) => None,
        }
    }
}

/// Names one row: its number, its SHA-256 and its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the row in its chain, from 1.
    #[serde(rename = "n")]
    pub seq: u64,
    /// SHA-256 of the row's text, in hexadecimal digits.
    #[serde(rename = "h")]
    pub hash: String,
    /// The UTC day on which it was written.
    #[serde(rename = "d")]
    pub day: Date,
    /// The days that it is kept, as they were set when it was written.
    #[serde(rename = "k")]
    pub kept: u16,
}

/// One row: what one write recorded. It contains only ids, no personal data of a trainer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Subject of its chain, as in the key.
    pub of: String,
    /// Number of the row in its chain, from 1.
    pub seq: u64,
    /// The row before it; none for the first.
    pub before: Option<Head>,
    /// When it was written.
    pub at: Timestamp,
    /// Version of the bridge that wrote it.
    pub version: String,
    /// Events, in order.
    pub entries: Vec<Entry>,
}

impl Ledger {
    /// The ledger with another retention of audit rows.
    #[must_use]
    pub fn with_audit_days(mut self, days: u16) -> Self {
        self.audit_days = days;
        self
    }

    /// Writes a document together with the row about it. The row is put first; the document's head commits it.
    pub async fn put_recorded(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        expect: Expect,
        entries: Vec<Entry>,
    ) -> Result<Written, LedgerError> {
        if entries.is_empty() {
            return self.put_document(id, trainer, expect).await;
        }
        let subject = Subject::Trainer(id.clone());
        let head = self
            .add_row(&subject, trainer.audit.as_ref(), entries)
            .await?;
        let with_head = Trainer {
            audit: Some(head),
            ..trainer.clone()
        };
        self.put_document(id, &with_head, expect).await
    }

    /// Records an action of an operator. Each command that changes something calls it before it acts.
    pub async fn record_action(&self, entry: Entry) -> Result<(), LedgerError> {
        let key = operators_key();
        let mut stands = self.table.get(&key).await?;
        for _ in 0..MAX_CONFLICTS {
            let before: Option<Head> = stands.as_ref().map(super::row::read).transpose()?;
            let entries = vec![entry.clone()];
            let head = self
                .add_row(&Subject::Operators, before.as_ref(), entries)
                .await?;
            let expect = stands.map_or(Expect::Absent, |it| Expect::Version(it.version));
            match self
                .table
                .put(item(key.clone(), &head, None), expect)
                .await?
            {
                Put::Stored(_) => return Ok(()),
                Put::Conflict(now) => stands = now,
            }
        }
        Err(LedgerError::Contended("AUDIT/OPERATORS".into()))
    }

    async fn add_row(
        &self,
        subject: &Subject,
        before: Option<&Head>,
        entries: Vec<Entry>,
    ) -> Result<Head, LedgerError> {
        let at = self.clock.now();
        let row = AuditRow {
            of: subject.key(),
            seq: before.map_or(0, |it| it.seq) + 1,
            before: before.cloned(),
            at,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            entries,
        };
        let kept = std::time::Duration::from_secs(u64::from(self.audit_days) * 24 * 3600);
        let day = day_of(at);
        let made = item(Key::new("", ""), &row, Some(after(at, kept)));
        let head = Head {
            seq: row.seq,
            hash: sha256(&made.doc),
            day,
            kept: self.audit_days,
        };
        let key = key(subject, &head);
        // A row with the same hash is the same row: an attempt put it before.
        self.table.put(Item { key, ..made }, Expect::Absent).await?;
        Ok(head)
    }
}

/// SHA-256 of a text, in hexadecimal digits.
pub fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn partition(day: Date) -> String {
    format!("AUDIT#{day}")
}

fn key(subject: &Subject, head: &Head) -> Key {
    let sort = format!("{}#{:010}#{}", subject.key(), head.seq, short(&head.hash));
    Key::new(partition(head.day), sort)
}

/// The part of a hash that is in keys.
fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

fn operators_key() -> Key {
    Key::new("AUDIT", part("OPERATORS"))
}
