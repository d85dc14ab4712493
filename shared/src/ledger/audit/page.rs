//! One day's rows in parts, in the order of their keys, and the entries of one kind.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::ToSpan;
use jiff::civil::Date;

use super::search::{AT_ONCE, name_of, subject_of};
use super::{AuditRow, Break, Chain, Entry, Recorded, Subject, partition, short};
use crate::ledger::row::read;
use crate::ledger::{Item, Ledger, LedgerError};

/// A part of a day's rows.
#[derive(Debug, Default)]
pub struct DayPage {
    /// The committed rows, by subject and number.
    pub rows: Vec<Recorded>,
    /// Breaks of the chains above these rows. Older parts of the chains are not read.
    pub broken: Vec<Break>,
    /// Key of the last row, if there are more.
    pub next: Option<String>,
}

/// An entry that was found by its kind. Whether a chain leads to its row is not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// Subject of its chain.
    pub subject: Subject,
    /// Number of its row.
    pub seq: u64,
    /// The entry.
    pub entry: Entry,
}

impl Ledger {
    /// At most `most` rows of a day, after the key `after`, that chains lead to. Reads the day's partition, and the
    /// chains of the subjects of this part down to its rows.
    pub async fn audit_page(
        &self,
        day: Date,
        after: Option<&str>,
        most: usize,
    ) -> Result<DayPage, LedgerError> {
        let items = self.table.query(&partition(day), "").await?;
        let later = items
            .iter()
            .filter(|item| after.is_none_or(|after| item.key.sort.as_str() > after));
        let mut part: Vec<_> = later.take(most + 1).collect();
        let is_last = part.len() <= most;
        part.truncate(most);
        let next = part.last().filter(|_| !is_last);
        let next = next.map(|item| item.key.sort.clone());
        let chains = self.chains_of(&part).await?;
        let rows = part.iter().filter_map(|item| {
            let (_, hash) = item.key.sort.rsplit_once('#')?;
            let mut rows = chains.get(&subject_of(item)?)?.rows.iter();
            rows.find(|row| short(&row.head.hash) == hash).cloned()
        });
        Ok(DayPage {
            rows: rows.collect(),
            broken: chains.values().filter_map(|it| it.broken.clone()).collect(),
            next,
        })
    }

    async fn chains_of(&self, items: &[&Item]) -> Result<BTreeMap<Subject, Chain>, LedgerError> {
        let mut oldest: BTreeMap<Subject, u64> = BTreeMap::new();
        for (subject, seq, _) in items.iter().filter_map(|item| name_of(item)) {
            let known = oldest.entry(subject).or_insert(seq);
            *known = seq.min(*known);
        }
        stream::iter(oldest)
            .map(|(subject, oldest)| async move {
                let head = self.head(&subject).await?;
                let chain = self.chain(&subject, head, oldest).await?;
                Ok((subject, chain))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// The proofs of removals of a period, with their delays. Decodes only rows that have one.
    pub async fn removals_proven(
        &self,
        from: Date,
        to: Date,
    ) -> Result<Vec<Unchecked>, LedgerError> {
        let days = from.series(1.day()).take_while(|day| *day <= to);
        let found: Vec<_> = stream::iter(days)
            .map(|day| self.proven_on(day))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.concat())
    }

    async fn proven_on(&self, day: Date) -> Result<Vec<Unchecked>, LedgerError> {
        let items = self.table.query(&partition(day), "").await?;
        let mut found = Vec::new();
        let named = items
            .iter()
            .filter(|item| item.doc.contains("\"delaySeconds\":"));
        for item in named {
            let (Some(subject), Ok(row)) = (subject_of(item), read::<AuditRow>(item)) else {
                continue;
            };
            let entries = row.entries.into_iter().filter(|entry| {
                let proof = entry.proof.as_ref();
                proof.is_some_and(|proof| proof.delay_seconds.is_some())
            });
            found.extend(entries.map(|entry| Unchecked {
                subject: subject.clone(),
                seq: row.seq,
                entry,
            }));
        }
        Ok(found)
    }
}
