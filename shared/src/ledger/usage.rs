//! Work that OpenTrain has accepted, and the progress of its reporting.
//!
//! One row for each (connection, contract, worker). A day is stored by project, so that work can move from one contract
//! to another, and a day that a project no longer shows is noticed. Accepted days are kept for [`KEPT_DAYS`].

mod joined;
mod measures;
mod news;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Known, Ledger, LedgerError};
pub use measures::{Measures, Parts, total};
pub use news::{NewerReport, Sending, UsageMark, UsageNews, WhyLost};
pub(crate) use stored::unknown_project;

use crate::model::ConnectionName;
use crate::model::ids::{ContractId, ProjectId, TrainerId};

/// Accepted days are kept for this many days.
pub const KEPT_DAYS: u16 = 70;

/// Worker and contract, and the install through which the work is reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Hired {
    /// The install.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The person.
    pub worker: TrainerId,
}

/// One person's work on one contract: what OpenTrain holds, and which days are still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "stored::Stored", into = "stored::Stored")]
pub struct UsageRow {
    /// Worker and contract.
    pub of: Hired,
    /// The work last accepted, by UTC day.
    pub days: BTreeMap<Date, Parts>,
    /// Work that was sent, or was about to be, without an answer: OpenTrain may hold it.
    pub sending: BTreeMap<Date, Parts>,
    /// Time of the newest reading that was reported, or was about to be.
    pub read_at: Option<Timestamp>,
    /// Orders the rows of a contract's installs: counts the reports, and the changes from one install to another.
    pub turn: u64,
    /// The first day that is not closed.
    pub open_from: Option<Date>,
    /// The day on which open days before the look-back were last read, and accepted.
    pub older_on: Option<Date>,
    /// The days that belonged to the contract at the last report.
    pub owned: BTreeSet<Owned>,
    /// Accepted days that were missing from the last readings of their project.
    pub missing: Vec<Missing>,
    /// Days from `open_from` on that a complete reading of a later day has settled.
    pub settled: BTreeSet<Date>,
    /// The day of the last run, by its clock.
    pub ran_on: Option<Date>,
    /// The first day whose seconds may still grow, after the final reading of a contract that is over.
    pub sealed_to: Option<Date>,
    /// Days whose work was set to zero because the tool no longer showed it. It may come back.
    pub zeroed: BTreeSet<Date>,
    /// Days that can no longer be reported.
    pub lost: BTreeMap<Date, WhyLost>,
    /// Why OpenTrain refused the last report for this hire.
    pub refused: Option<UsageRefused>,
}

/// Days of a project that belong to a contract; open ends are unbounded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    /// The project in the tool.
    pub project: ProjectId,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

/// An accepted day that a project no longer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// When the first reading without it was taken.
    pub since: Timestamp,
}

/// OpenTrain accepts no usage for a hire (404, 409).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageRefused {
    /// OpenTrain's answer, and what to do.
    pub reason: String,
    /// When it was last tried.
    pub at: Timestamp,
}

impl Owned {
    /// Whether the day is one of these.
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

impl UsageRow {
    /// The row of a hire without reports.
    pub fn new(of: Hired) -> Self {
        Self {
            of,
            days: BTreeMap::new(),
            sending: BTreeMap::new(),
            read_at: None,
            turn: 0,
            open_from: None,
            older_on: None,
            owned: BTreeSet::new(),
            missing: Vec::new(),
            settled: BTreeSet::new(),
            ran_on: None,
            sealed_to: None,
            zeroed: BTreeSet::new(),
            lost: BTreeMap::new(),
            refused: None,
        }
    }

    /// What OpenTrain holds of a day, or may hold because an answer is missing.
    pub fn held(&self, day: Date) -> Option<&Parts> {
        self.sending.get(&day).or_else(|| self.days.get(&day))
    }

    /// Whether OpenTrain has accepted work of a day, even if it was set to zero later.
    pub fn has_accepted(&self, day: Date) -> bool {
        let accepted = self.days.get(&day);
        accepted.is_some_and(|parts| total(parts).is_some_work()) || self.zeroed.contains(&day)
    }

    /// Whether the total that OpenTrain holds of a day is not known.
    pub fn is_uncertain(&self, day: Date) -> bool {
        self.sending.contains_key(&day)
    }

    /// Whether the row already contains this mark.
    pub fn is_at(&self, mark: &UsageMark) -> bool {
        let is_known = (self.open_from, self.older_on) == (mark.open_from, mark.older_on);
        let is_same = self.owned == mark.owned && self.missing == mark.missing;
        let is_settled = self.settled == mark.settled && self.ran_on == mark.ran_on;
        let is_settled = is_settled && self.sealed_to == mark.sealed_to;
        let is_settled = is_settled && self.zeroed == mark.zeroed && mark.found.is_empty();
        let mut lost = mark.lost.keys();
        is_known && is_same && is_settled && lost.all(|day| self.lost.contains_key(day))
    }

    /// Whether a reading that is newer than `read_at` was reported. A moment later than `now` was written while a
    /// clock was wrong, and does not count.
    fn is_newer_than(&self, read_at: Timestamp, now: Timestamp) -> bool {
        self.read_at.is_some_and(|at| read_at < at && at <= now)
    }

    /// Totals of a newer report, for the days that were just sent.
    fn newer_report(&self, sent: &UsageNews) -> Option<NewerReport> {
        let days = sent.accepted.keys();
        let days = days.filter_map(|day| Some((*day, self.held(*day)?.clone())));
        Some(NewerReport {
            read_at: self.read_at?,
            days: days.collect(),
        })
    }
}

impl Ledger {
    /// Row of a hire, if there is one.
    pub async fn usage(&self, of: &Hired) -> Result<Option<UsageRow>, LedgerError> {
        self.row(&key(of)).await
    }

    /// The rows of some hires, in their order. A row that cannot be read affects its hire alone.
    pub async fn usages(
        &self,
        of: &[Hired],
    ) -> Result<Vec<Result<Known<UsageRow>, LedgerError>>, LedgerError> {
        let keys: Vec<_> = of.iter().map(key).collect();
        let items = self.table.get_many(&keys).await?;
        Ok(items.iter().map(|item| Known::of(item.as_ref())).collect())
    }

    /// Records that a report is about to be sent. Returns the row with it; `None` if it must not be sent: a newer
    /// reading was reported, or another report has changed one of its days. A `known` row is not read again.
    pub async fn begin_usage(
        &self,
        of: &Hired,
        sending: &Sending<'_>,
        known: Option<Known<UsageRow>>,
    ) -> Result<Option<Known<UsageRow>>, LedgerError> {
        let begin = |old: Option<UsageRow>| {
            let mut row = old.unwrap_or_else(|| UsageRow::new(of.clone()));
            // Totals are compared, because a day of the first form is read under another project than it is stored
            // under.
            let held = |row: &UsageRow, day| row.held(day).map(total);
            let base = |day| sending.base.and_then(|base| held(base, day));
            let mut days = sending.days.keys();
            let is_changed = days.any(|day| held(&row, *day) != base(*day));
            if is_changed || row.is_newer_than(sending.read_at, sending.now) {
                return (None, ());
            }
            row.read_at = Some(sending.read_at);
            row.turn += 1;
            row.sending.extend(sending.days.clone());
            (Some(row), ())
        };
        let begun = self.modify_known(&key(of), known, None, begin).await?;
        Ok(begun.1)
    }

    /// Records the result of a report. If a newer report has begun meanwhile, returns its days. This report may have
    /// replaced them, so they have to be sent again.
    pub async fn finish_usage(
        &self,
        of: &Hired,
        news: &UsageNews,
        now: Timestamp,
        known: Option<Known<UsageRow>>,
    ) -> Result<Option<NewerReport>, LedgerError> {
        let finish = |old: Option<UsageRow>| {
            let before = old.clone();
            let mut row = old.unwrap_or_else(|| UsageRow::new(of.clone()));
            if row.is_newer_than(news.read_at, now) {
                return (None, row.newer_report(news));
            }
            for (day, parts) in &news.accepted {
                row.sending.remove(day);
                row.days.insert(*day, parts.clone());
                row.lost.remove(day);
            }
            row.sending.retain(|day, _| !news.rejected.contains(day));
            row.sending.extend(news.uncertain.clone());
            row.refused.clone_from(&news.refused);
            if let Some(mark) = &news.mark {
                row.mark(mark);
            }
            row.forget_before(news.keep_from);
            let is_changed = before.as_ref() != Some(&row);
            (is_changed.then_some(row), None)
        };
        let finished = self.modify_known(&key(of), known, None, finish).await?;
        Ok(finished.0)
    }

    /// Records the progress of a hire's reporting if nothing was sent.
    pub async fn mark_usage(
        &self,
        of: &Hired,
        mark: &UsageMark,
        keep_from: Date,
        known: Option<Known<UsageRow>>,
    ) -> Result<(), LedgerError> {
        let change = |old: Option<UsageRow>| {
            let mut row = old.clone().unwrap_or_else(|| UsageRow::new(of.clone()));
            row.mark(mark);
            row.forget_before(keep_from);
            ((old.as_ref() != Some(&row)).then_some(row), ())
        };
        let changed = self.modify_known(&key(of), known, None, change).await;
        changed.map(drop)
    }

    /// Hires with work that can no longer be reported, or whose reports OpenTrain refuses. Reads all hires, and decodes
    /// only these.
    pub async fn usage_left(&self) -> Result<Vec<UsageRow>, LedgerError> {
        let items = self.table.scan("USAGE#").await?;
        let items = items.iter().filter(|item| stored::is_left(&item.doc));
        items.map(super::row::read).collect()
    }
}

fn key(of: &Hired) -> Key {
    let partition = join("USAGE", &[of.connection.as_str(), of.contract.as_str()]);
    Key::new(partition, of.worker.as_str())
}
