//! Changes of a usage row.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{KEPT_DAYS, Missing, Owned, Parts, UsageRefused, UsageRow};

/// A report that is about to be sent.
#[derive(Debug)]
pub struct Sending<'a> {
    /// When its reading was taken.
    pub read_at: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// The days, as they are sent.
    pub days: &'a BTreeMap<Date, Parts>,
    /// The row that they were computed from.
    pub base: Option<&'a UsageRow>,
}

/// The days of a newer report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewerReport {
    /// When its reading was taken.
    pub read_at: Timestamp,
    /// Its days.
    pub days: BTreeMap<Date, Parts>,
}

/// Result of a report, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageNews {
    /// When its reading was taken.
    pub read_at: Timestamp,
    /// The days that were accepted.
    pub accepted: BTreeMap<Date, Parts>,
    /// The days that were refused for good: OpenTrain does not hold what was sent.
    pub rejected: BTreeSet<Date>,
    /// What OpenTrain may hold of the rejected days, because an earlier report got no answer.
    pub uncertain: BTreeMap<Date, Parts>,
    /// Set if OpenTrain accepts no usage for the hire.
    pub refused: Option<UsageRefused>,
    /// Progress of the reporting; `None` while it has not ended.
    pub mark: Option<UsageMark>,
    /// Days before this one are forgotten.
    pub keep_from: Date,
}

/// Progress of a hire's reporting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageMark {
    /// The first day that is not closed.
    pub open_from: Option<Date>,
    /// The day on which open days before the look-back were last read, and accepted.
    pub older_on: Option<Date>,
    /// The days that belong to the contract.
    pub owned: BTreeSet<Owned>,
    /// Accepted days that were missing.
    pub missing: Vec<Missing>,
    /// Days from `open_from` on that a complete reading of a later day has settled.
    pub settled: BTreeSet<Date>,
    /// The day of this run, by its clock.
    pub ran_on: Option<Date>,
    /// The first day whose seconds may still grow, after the final reading of a contract that is over.
    pub sealed_to: Option<Date>,
    /// Days whose work was set to zero because the tool no longer showed it.
    pub zeroed: BTreeSet<Date>,
    /// More days that can no longer be reported.
    pub lost: BTreeMap<Date, WhyLost>,
    /// Days that were named as lost, but are settled now.
    pub found: BTreeSet<Date>,
}

/// Why days can no longer be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WhyLost {
    /// They were open for longer than days are read.
    TooOld,
    /// The link was removed before they were reported: OpenTrain takes no usage for it, or the tool has no such project.
    LinkRemoved,
}

impl UsageRow {
    pub(super) fn mark(&mut self, mark: &UsageMark) {
        self.open_from = mark.open_from;
        self.older_on = mark.older_on;
        self.owned.clone_from(&mark.owned);
        self.missing.clone_from(&mark.missing);
        self.settled.clone_from(&mark.settled);
        self.ran_on = mark.ran_on;
        self.sealed_to = mark.sealed_to;
        self.zeroed.clone_from(&mark.zeroed);
        self.lost.retain(|day, _| !mark.found.contains(day));
        for (day, why) in &mark.lost {
            self.lost.entry(*day).or_insert(*why);
        }
    }

    /// Forgets days before `first` that are also more than [`KEPT_DAYS`] before the newest day of the row: a clock that
    /// was ahead must not delete what OpenTrain holds.
    pub(super) fn forget_before(&mut self, first: Date) {
        let days = self.days.keys().chain(self.sending.keys()).copied();
        let kept = days.max().map(|newest| {
            let kept = newest.checked_sub(jiff::ToSpan::days(i64::from(KEPT_DAYS)));
            kept.unwrap_or(Date::MIN)
        });
        let first = kept.map_or(first, |kept| kept.min(first));
        self.days.retain(|day, _| *day >= first);
        self.sending.retain(|day, _| *day >= first);
        self.missing.retain(|it| it.day >= first);
        self.zeroed.retain(|day| *day >= first);
        self.lost.retain(|day, _| *day >= first);
    }
}
