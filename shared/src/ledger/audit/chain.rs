//! The rows of one chain, from the head back to the oldest that is kept.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{AuditRow, Head, Subject, partition, sha256, short};
use crate::ledger::row::read;
use crate::ledger::{Item, Ledger, LedgerError};
use crate::model::clock::day_of;

/// A row with its subject and head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Subject of its chain.
    pub subject: Subject,
    /// Its number, hash and day.
    pub head: Head,
    /// The row.
    pub row: AuditRow,
}

/// The rows of one subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// Oldest first.
    pub rows: Vec<Recorded>,
    /// The newest break of the chain. Older rows are not read.
    pub broken: Option<Break>,
}

/// The newest place at which a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Subject of the chain.
    pub subject: Subject,
    /// The row at which the chain breaks.
    pub head: Head,
    /// The fault.
    pub fault: Fault,
}

/// Fault of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not there, and not old enough to have expired.
    Missing,
    /// Its hash is not the one that the later row, or the document, names.
    Altered,
    /// There are rows that are newer than the head: the head was set back.
    HeadSetBack,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { seq, day, .. } = &self.head;
        let subject = &self.subject;
        match self.fault {
            Fault::Missing => write!(f, "{subject}: row {seq} of {day} is missing"),
            Fault::Altered => write!(f, "{subject}: row {seq} of {day} was changed"),
            Fault::HeadSetBack => {
                write!(
                    f,
                    "{subject}: there are rows after row {seq} of {day}, which the head names as the newest"
                )
            }
        }
    }
}

impl Ledger {
    /// The rows about one trainer. Reads the days on which the trainer's access changed.
    pub async fn audit_of(&self, subject: &Subject) -> Result<Chain, LedgerError> {
        let head = self.head(subject).await?;
        self.chain(subject, head, 1).await
    }

    /// The current head of a subject's chain.
    pub(super) async fn head(&self, subject: &Subject) -> Result<Option<Head>, LedgerError> {
        match subject {
            Subject::Trainer(id) => Ok(self.trainer(id).await?.audit),
            Subject::Operators => self.operators_head().await,
        }
    }

    /// The newest row of the operators' chain.
    ///
    /// # Errors
    /// A failure of the table; a head of a newer version.
    pub async fn operators_head(&self) -> Result<Option<Head>, LedgerError> {
        self.row(&super::operators_key()).await
    }

    /// Follows a chain from its head to the row with the number `oldest`.
    pub(super) async fn chain(
        &self,
        subject: &Subject,
        head: Option<Head>,
        oldest: u64,
    ) -> Result<Chain, LedgerError> {
        let mut chain = Chain::default();
        let mut of_day: BTreeMap<String, Item> = BTreeMap::new();
        let mut day = None;
        let mut next = head;
        while let Some(head) = next.filter(|head| oldest <= head.seq) {
            if day != Some(head.day) {
                of_day = self.rows_of_day(subject, head.day).await?;
                day = Some(head.day);
            }
            let Some(item) = of_day.remove(short(&head.hash)) else {
                chain.broken = self.missing(subject, head);
                break;
            };
            let row = (sha256(&item.doc) == head.hash)
                .then(|| read::<AuditRow>(&item).ok())
                .flatten();
            let fits = |row: &AuditRow| row.of == subject.key() && row.seq == head.seq;
            let Some(row) = row.filter(fits) else {
                chain.broken = Some(broken(subject, head, Fault::Altered));
                break;
            };
            next = row.before.clone();
            let subject = subject.clone();
            chain.rows.push(Recorded { subject, head, row });
        }
        chain.rows.reverse();
        Ok(chain)
    }

    /// The rows of one subject on one day, by the short form of the hash.
    async fn rows_of_day(
        &self,
        subject: &Subject,
        day: Date,
    ) -> Result<BTreeMap<String, Item>, LedgerError> {
        let prefix = format!("{}#", subject.key());
        let items = self.table.query(&partition(day), &prefix).await?;
        let by_hash = items.into_iter().filter_map(|item| {
            let (_, hash) = item.key.sort.rsplit_once('#')?;
            Some((hash.to_owned(), item))
        });
        Ok(by_hash.collect())
    }

    /// The break at a missing row; `None` if the row may have expired.
    fn missing(&self, subject: &Subject, head: Head) -> Option<Break> {
        let kept = i64::from(head.kept).days();
        let expires = head.day.checked_add(kept).unwrap_or(Date::MAX);
        let is_kept = day_of(self.clock.now()) < expires;
        is_kept.then(|| broken(subject, head, Fault::Missing))
    }
}

pub(super) fn broken(subject: &Subject, head: Head, fault: Fault) -> Break {
    Break {
        subject: subject.clone(),
        head,
        fault,
    }
}
