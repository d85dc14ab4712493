//! Rows by day, and the check of all chains.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::chain::{Fault, broken};
use super::{AuditRow, Break, Chain, Head, Recorded, Subject, partition, short};
use crate::ledger::row::read;
use crate::ledger::{Item, LONGEST_LEASE, Ledger, LedgerError};
use crate::model::clock::{after, day_of};

/// Partitions or chains that are read at once.
pub(super) const AT_ONCE: usize = 8;

/// Result of checking all chains.
#[derive(Debug, Default)]
pub struct Verified {
    /// Chains that hold.
    pub chains: usize,
    /// Rows on them.
    pub rows: usize,
    /// Rows that no chain leads to: attempts that ended before their document was written.
    pub uncommitted: usize,
    /// Numbers that both a committed row and an uncommitted one have, unless an attempt may still be at work. Either an
    /// attempt was overtaken, or a committed row was replaced.
    pub doubled: Vec<(Subject, u64)>,
    /// The first break of each broken chain.
    pub broken: Vec<Break>,
    /// Documents that cannot be read, so their chains are not checked.
    pub unreadable: usize,
}

/// The rows of some days.
#[derive(Debug, Default)]
pub struct Period {
    /// In the order of their times.
    pub rows: Vec<Recorded>,
    /// The newest break of each subject's chain. Older rows are not read.
    pub broken: Vec<Break>,
}

impl Ledger {
    /// The committed rows that were written on these days, in the order of their times. Reads the partition of each
    /// day, and the chain of each subject in it.
    pub async fn audit_between(&self, from: Date, to: Date) -> Result<Period, LedgerError> {
        let days: Vec<_> = from.series(1.day()).take_while(|day| *day <= to).collect();
        let subjects = stream::iter(days)
            .map(|day| async move { self.subjects_of(day).await })
            .buffer_unordered(AT_ONCE)
            .try_fold(BTreeSet::new(), |mut all, more| async move {
                all.extend(more);
                Ok(all)
            })
            .await?;
        let chains: Vec<Chain> = stream::iter(subjects)
            .map(|subject| async move { self.audit_of(&subject).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let broken = chains.iter().filter_map(|chain| chain.broken.clone());
        let broken = broken.collect();
        let rows = chains.into_iter().flat_map(|chain| chain.rows);
        let within = |it: &Recorded| (from..=to).contains(&it.head.day);
        let mut rows: Vec<_> = rows.filter(within).collect();
        rows.sort_by(|a, b| {
            (a.row.at, &a.subject, a.head.seq).cmp(&(b.row.at, &b.subject, b.head.seq))
        });
        Ok(Period { rows, broken })
    }

    async fn subjects_of(&self, day: Date) -> Result<BTreeSet<Subject>, LedgerError> {
        let items = self.table.query(&partition(day), "").await?;
        let names = items.iter().filter_map(name_of);
        Ok(names.map(|(subject, _, _)| subject).collect())
    }

    /// Checks each chain from its head to its oldest row. Reads the whole table.
    pub async fn verify_audit(&self) -> Result<Verified, LedgerError> {
        let documents = self.trainers().await?;
        let mut heads: BTreeMap<Subject, Option<Head>> = documents
            .trainers
            .into_iter()
            .map(|(id, trainer)| (Subject::Trainer(id), trainer.audit))
            .collect();
        heads.insert(Subject::Operators, self.operators_head().await?);
        let mut found: BTreeMap<Subject, Vec<Seen>> = BTreeMap::new();
        for item in self.table.scan("AUDIT#").await? {
            if let Some((subject, seen)) = seen(&item) {
                found.entry(subject).or_default().push(seen);
            }
        }
        let start = Verified {
            unreadable: documents.unreadable.len(),
            ..Verified::default()
        };
        for id in documents.unreadable.into_keys() {
            found.remove(&Subject::Trainer(id));
        }
        for subject in found.keys() {
            heads.entry(subject.clone()).or_default();
        }
        let all = heads.into_iter().map(|(subject, head)| {
            let seen = found.remove(&subject).unwrap_or_default();
            (subject, head, seen)
        });
        let all: Vec<_> = all.collect();
        stream::iter(all)
            .map(|(subject, head, seen)| self.verify_chain(subject, head, seen))
            // In order, so that two checks list breaks in the same order.
            .buffered(AT_ONCE)
            .try_fold(start, |all, one| async { Ok(all.with(one)) })
            .await
    }

    fn doubled(&self, chain: &Chain, seen: &[Seen]) -> BTreeSet<u64> {
        let rows = chain.rows.iter();
        let committed: BTreeMap<u64, &str> =
            rows.map(|it| (it.head.seq, short(&it.head.hash))).collect();
        let now = self.clock.now();
        let is_at_work = |it: &Seen| it.at.is_some_and(|at| now < after(at, LONGEST_LEASE));
        let other = seen.iter().filter(|it| {
            let known = committed.get(&it.seq);
            known.is_some_and(|hash| *hash != it.hash) && !is_at_work(it)
        });
        other.map(|it| it.seq).collect()
    }

    async fn verify_chain(
        &self,
        subject: Subject,
        head: Option<Head>,
        seen: Vec<Seen>,
    ) -> Result<Verified, LedgerError> {
        let mut verified = Verified::default();
        let newest = seen.iter().map(|it| it.seq).max().unwrap_or_default();
        let number = |head: &Option<Head>| head.as_ref().map_or(0, |head| head.seq);
        let is_older = |head: &Option<Head>| newest > number(head) + 1;
        // A bridge at work has added rows since the heads were read.
        let head = match is_older(&head) {
            true => self.head(&subject).await?,
            false => head,
        };
        let seq = number(&head);
        // An attempt that ended early leaves a row right after the head, and none later.
        if is_older(&head) {
            let head = head.unwrap_or_else(|| Head {
                seq,
                hash: String::new(),
                day: day_of(self.clock.now()),
                kept: self.audit_days,
            });
            verified
                .broken
                .push(broken(&subject, head, Fault::HeadSetBack));
            return Ok(verified);
        }
        let chain = self.chain(&subject, head, 1).await?;
        verified.rows = chain.rows.len();
        match chain.broken {
            Some(first) => verified.broken.push(first),
            None => {
                verified.chains = usize::from(!chain.rows.is_empty());
                verified.uncommitted = seen.len().saturating_sub(chain.rows.len());
                let doubled = self.doubled(&chain, &seen);
                let doubled = doubled.into_iter().map(|seq| (subject.clone(), seq));
                verified.doubled = doubled.collect();
            }
        }
        Ok(verified)
    }
}

impl Verified {
    /// Adds the result of one chain.
    fn with(mut self, other: Self) -> Self {
        self.chains += other.chains;
        self.rows += other.rows;
        self.uncommitted += other.uncommitted;
        self.doubled.extend(other.doubled);
        self.broken.extend(other.broken);
        self
    }
}

/// A row that the table has.
struct Seen {
    seq: u64,
    /// The part of its hash that is in its key.
    hash: String,
    /// When it was written; none if it cannot be read.
    at: Option<Timestamp>,
}

/// Subject of an item's row.
pub(super) fn subject_of(item: &Item) -> Option<Subject> {
    Some(name_of(item)?.0)
}

/// The subject, number and hash in the key of a row.
pub(super) fn name_of(item: &Item) -> Option<(Subject, u64, &str)> {
    let (rest, hash) = item.key.sort.rsplit_once('#')?;
    let (subject, seq) = rest.rsplit_once('#')?;
    Some((Subject::of_key(subject)?, seq.parse().ok()?, hash))
}

fn seen(item: &Item) -> Option<(Subject, Seen)> {
    let (subject, seq, hash) = name_of(item)?;
    let seen = Seen {
        seq,
        hash: hash.to_owned(),
        at: read::<AuditRow>(item).ok().map(|row| row.at),
    };
    Some((subject, seen))
}
