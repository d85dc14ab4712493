//! One day's rows in parts, in the order of their keys, and the rows of a period that prove a removal.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::ToSpan;
use jiff::civil::Date;

use super::search::{AT_ONCE, Period, name_of, subject_of};
use super::{Break, Chain, Recorded, Subject, partition, short};
use crate::ledger::{Ledger, LedgerError};

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

impl Ledger {
    /// The committed ones among the next `most` rows of a day after the key `after`. Reads the day's partition, and the
    /// chains of these rows down to the oldest of them.
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
        let names = part.iter().filter_map(|item| name_of(item));
        let names = names.map(|(subject, seq, _)| (subject, seq));
        let chains = self.chains_of(names).await?;
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

    /// The chains of these rows, each down to the oldest of them.
    async fn chains_of(
        &self,
        rows: impl Iterator<Item = (Subject, u64)>,
    ) -> Result<BTreeMap<Subject, Chain>, LedgerError> {
        let mut oldest: BTreeMap<Subject, u64> = BTreeMap::new();
        for (subject, seq) in rows {
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

    /// The committed rows of a period that prove a removal with its delay, by subject and number. Reads the partition of
    /// each day, and the chains of these rows down to the oldest of them.
    pub async fn removals_proven(&self, from: Date, to: Date) -> Result<Period, LedgerError> {
        let days = from.series(1.day()).take_while(|day| *day <= to);
        let found: Vec<_> = stream::iter(days)
            .map(|day| self.proven_on(day))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let found = found.concat();
        let names = found
            .iter()
            .map(|(subject, seq, _)| (subject.clone(), *seq));
        let chains = self.chains_of(names).await?;
        let named: BTreeSet<_> = found
            .iter()
            .map(|(subject, _, hash)| (subject, hash.as_str()))
            .collect();
        let rows = chains.values().flat_map(|chain| &chain.rows);
        let is_named = |row: &&Recorded| named.contains(&(&row.subject, short(&row.head.hash)));
        Ok(Period {
            rows: rows.filter(is_named).cloned().collect(),
            broken: chains.values().filter_map(|it| it.broken.clone()).collect(),
        })
    }

    /// Subject, number and hash of the rows of a day that have a delay. Whether a chain leads to them is not checked.
    async fn proven_on(&self, day: Date) -> Result<Vec<(Subject, u64, String)>, LedgerError> {
        let items = self.table.query(&partition(day), "").await?;
        let proven = items
            .iter()
            .filter(|item| item.doc.contains("\"delaySeconds\":"));
        let names = proven.filter_map(name_of);
        let names = names.map(|(subject, seq, hash)| (subject, seq, hash.to_owned()));
        Ok(names.collect())
    }
}
