//! What a report changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Missing, Owned, Parts, UsageRefused, UsageRow};

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
    /// Of these, what OpenTrain may hold since an earlier report got no answer.
    pub uncertain: BTreeMap<Date, Parts>,
    /// Set when nothing is taken for the hire.
    pub refused: Option<UsageRefused>,
    /// How far the reporting has come; none while it has not ended.
    pub mark: Option<UsageMark>,
    /// Days before this one are forgotten.
    pub keep_from: Date,
}

/// How far the reporting of a hire has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageMark {
    /// The first day that is not closed.
    pub open_from: Option<Date>,
    /// The day on which open days before the look-back were last read.
    pub older_on: Option<Date>,
    /// The days that belong to the contract.
    pub owned: BTreeSet<Owned>,
    /// Accepted days that were missing.
    pub missing: Vec<Missing>,
    /// More days that can no longer be reported.
    pub lost: BTreeSet<Date>,
}
