//! Rows by day, and the check of all chains.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::ToSpan;
use jiff::civil::Date;

use super::chain::{Fault, broken};
use super::{Break, Chain, Head, Recorded, Subject, partition};
use crate::ledger::{Item, Ledger, LedgerError};

/// Partitions or chains that are read at once.
const AT_ONCE: usize = 8;

/// Result of checking all chains.
#[derive(Debug, Default)]
pub struct Verified {
    /// Chains that hold.
    pub chains: usize,
    /// Rows on them.
    pub rows: usize,
    /// Rows that no chain leads to: attempts that ended before their document was written.
    pub uncommitted: usize,
    /// The first break of each broken chain.
    pub broken: Vec<Break>,
    /// Documents that cannot be read, so their chains are not checked.
    pub unreadable: usize,
}

impl Ledger {
    /// The committed rows that were written on these days, in the order of their times. Reads the partition of each
    /// day, and the chain of each subject in it.
    pub async fn audit_between(&self, from: Date, to: Date) -> Result<Vec<Recorded>, LedgerError> {
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
        let rows = chains.into_iter().flat_map(|chain| chain.rows);
        let within = |it: &Recorded| (from..=to).contains(&it.head.day);
        let mut rows: Vec<_> = rows.filter(within).collect();
        rows.sort_by(|a, b| {
            (a.row.at, &a.subject, a.head.seq).cmp(&(b.row.at, &b.subject, b.head.seq))
        });
        Ok(rows)
    }

    async fn subjects_of(&self, day: Date) -> Result<BTreeSet<Subject>, LedgerError> {
        let items = self.table.query(&partition(day), "").await?;
        Ok(items.iter().filter_map(subject_of).map(|it| it.0).collect())
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
        let mut found: BTreeMap<Subject, Vec<u64>> = BTreeMap::new();
        for item in self.table.scan("AUDIT#").await? {
            if let Some((subject, seq)) = subject_of(&item) {
                found.entry(subject).or_default().push(seq);
            }
        }
        for id in documents.unreadable.into_keys() {
            found.remove(&Subject::Trainer(id));
        }
        let mut verified = Verified::default();
        for subject in found.keys() {
            heads.entry(subject.clone()).or_default();
        }
        for (subject, head) in heads {
            let numbers = found.remove(&subject).unwrap_or_default();
            self.verify_chain(&mut verified, &subject, head, &numbers)
                .await?;
        }
        Ok(verified)
    }

    async fn verify_chain(
        &self,
        verified: &mut Verified,
        subject: &Subject,
        head: Option<Head>,
        numbers: &[u64],
    ) -> Result<(), LedgerError> {
        let newest = numbers.iter().copied().max().unwrap_or_default();
        let seq = head.as_ref().map_or(0, |head| head.seq);
        // An attempt that ended early leaves a row right after the head, and none later.
        if newest > seq + 1 {
            let head = head.unwrap_or_else(|| Head {
                seq,
                hash: String::new(),
                day: super::day_of(self.clock.now()),
            });
            verified
                .broken
                .push(broken(subject, head, Fault::HeadSetBack));
            return Ok(());
        }
        let chain = self.chain(subject, head).await?;
        verified.rows += chain.rows.len();
        match chain.broken {
            Some(first) => verified.broken.push(first),
            None => {
                verified.chains += usize::from(!chain.rows.is_empty());
                verified.uncommitted += numbers.len().saturating_sub(chain.rows.len());
            }
        }
        Ok(())
    }
}

/// Whose row an item is, and its number.
fn subject_of(item: &Item) -> Option<(Subject, u64)> {
    let (rest, _) = item.key.sort.rsplit_once('#')?;
    let (subject, seq) = rest.rsplit_once('#')?;
    Some((Subject::of_key(subject)?, seq.parse().ok()?))
}
