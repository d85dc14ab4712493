//! Work that a tool reports.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Spans;
use crate::model::ids::{MemberId, TrainerId};
use crate::model::json::Listing;

/// A span of UTC days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Window {
    /// Whether the day is in the window.
    pub fn holds(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether all days of `other` are in the window.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// The shortest window that contains both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }

    /// The days, in order.
    pub fn days(self) -> impl Iterator<Item = Date> {
        let days = self.from.series(jiff::ToSpan::days(1));
        days.take_while(move |day| *day <= self.to)
    }
}

/// A request for totals.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The days.
    pub window: Window,
    /// Whether nothing may be recorded.
    pub dry: bool,
    /// Whether a cached reading must not be used, because the run looks for deletions.
    pub fresh: bool,
    /// Maximum number of bytes of answers that are read.
    pub most_bytes: u64,
    /// Times without a contract. Work in them is counted separately.
    pub gaps: Gaps,
}

impl Ask {
    /// Work of these days, without limits.
    pub fn of(window: Window) -> Self {
        Self {
            window,
            dry: false,
            fresh: false,
            most_bytes: u64::MAX,
            gaps: Gaps::default(),
        }
    }
}

/// Times in which people had no contract at a project, from the end of one contract to the start of the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps(HashMap<Worker, Vec<(Timestamp, Timestamp)>>);

impl Gaps {
    /// Adds a time in which a person had no contract.
    pub fn add(&mut self, worker: Worker, from: Timestamp, to: Timestamp) {
        self.0.entry(worker).or_default().push((from, to));
    }

    /// Adds all times of `others`.
    pub fn extend(&mut self, others: &Self) {
        for (worker, times) in &others.0 {
            let own = self.0.entry(worker.clone()).or_default();
            for time in times {
                if !own.contains(time) {
                    own.push(*time);
                }
            }
        }
    }

    /// Whether this contains all times of `others` that begin before `now`.
    pub fn cover(&self, others: &Self, now: Timestamp) -> bool {
        others.0.iter().all(|(worker, times)| {
            let own = self.0.get(worker);
            let is_own = |time| own.is_some_and(|own| own.contains(time));
            let mut begun = times.iter().filter(|(from, _)| *from < now);
            begun.all(is_own)
        })
    }

    /// Whether the person had no contract at `at`.
    pub fn hold(&self, worker: &Worker, at: Timestamp) -> bool {
        let gaps = self.0.get(worker);
        gaps.is_some_and(|gaps| gaps.iter().any(|(from, to)| *from < at && at < *to))
    }
}

/// A project's totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Time before the request to the tool.
    pub read_at: Timestamp,
    /// One total for each person and day. An unreadable row is named and does not affect the others.
    pub days: Listing<DayTotal>,
    /// The workers and days to which the unreadable rows may belong; `None` if they may belong to any.
    pub doubts: Option<Vec<Doubt>>,
    /// Times of the work, if the tool reports them, so that the same minutes in two projects count once.
    pub spans: HashMap<(Worker, Date), Spans>,
    /// Work that is not reported.
    pub apart: Vec<Apart>,
    /// Reason why the tool can't report a measure at present, and the fix. The last reported values stay.
    pub frozen: Option<String>,
}

impl Totals {
    /// Totals with no other details.
    pub fn of(read_at: Timestamp, days: Listing<DayTotal>) -> Self {
        Self {
            read_at,
            days,
            doubts: None,
            spans: HashMap::new(),
            apart: Vec::new(),
            frozen: None,
        }
    }
}

/// One person's work on one project on one UTC day: the total of the whole day, not the growth. A measure that the tool
/// does not have is absent, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotal {
    /// The person who worked.
    pub worker: Worker,
    /// The UTC day.
    pub work_date: Date,
    /// Seconds of work.
    pub total_seconds: Option<i64>,
    /// Tasks finished.
    pub tasks_completed: Option<i64>,
    /// Labels made.
    pub labels_completed: Option<i64>,
    /// Number of pieces of the work that another account has changed since, or that were withdrawn. They are reported,
    /// and the operator should check them.
    pub disputed: u64,
    /// Whether a piece of the work could not be read, so that the total may be too low.
    pub in_part: bool,
}

/// A person who worked, by the id that the tool reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    /// OpenTrain's user id, which the tool has stored.
    Trainer(TrainerId),
    /// The tool's own id. The ledger has the trainer.
    Member(MemberId),
}

/// Worker and day of an unreadable row, as far as they are readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The worker; `None` if it may be any.
    pub worker: Option<Worker>,
    /// The UTC day; `None` if it may be any.
    pub day: Option<Date>,
}

/// Work in one person's name on one UTC day that is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The person in whose name it was done.
    pub worker: Worker,
    /// The UTC day.
    pub work_date: Date,
    /// The reason.
    pub why: NotOwn,
    /// Number of pieces of work.
    pub pieces: u64,
    /// Their seconds.
    pub seconds: i64,
}

/// Reason why work in a person's name is not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NotOwn {
    /// It was imported, or restored with its project.
    Imported,
    /// It was made from predictions.
    Predicted,
    /// Another account wrote it in the person's name.
    ByAnother,
    /// The person had no contract at the time.
    WithoutContract,
}

impl std::fmt::Display for NotOwn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Imported => "imported, or restored with its project",
            Self::Predicted => "made from predictions",
            Self::ByAnother => "written by another account in their name",
            Self::WithoutContract => "done while they had no contract",
        })
    }
}
