//! Work, as a tool reports it.

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
    /// Whether the day is one of these.
    pub fn holds(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether all days of another span are among these.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// The shortest span that holds both.
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

/// What a tool is asked about work.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The days.
    pub window: Window,
    /// Nothing may be recorded of it.
    pub dry: bool,
    /// A reading that was kept does not do: deletions are looked for.
    pub fresh: bool,
    /// The most bytes of answers that are read.
    pub most_bytes: u64,
    /// When people had no contract: what they did then is counted apart.
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

/// When people had no contract at a project, from the end of one contract to the start of the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps(HashMap<Worker, Vec<(Timestamp, Timestamp)>>);

impl Gaps {
    /// Adds a time in which a person had no contract.
    pub fn add(&mut self, worker: Worker, from: Timestamp, to: Timestamp) {
        self.0.entry(worker).or_default().push((from, to));
    }

    /// Adds all times of others.
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

    /// Whether all times of others that have begun by now are among these.
    pub fn cover(&self, others: &Self, now: Timestamp) -> bool {
        others.0.iter().all(|(worker, times)| {
            let own = self.0.get(worker);
            let is_own = |time| own.is_some_and(|own| own.contains(time));
            let mut begun = times.iter().filter(|(from, _)| *from < now);
            begun.all(is_own)
        })
    }

    /// Whether the person had no contract at that moment.
    pub fn hold(&self, worker: &Worker, at: Timestamp) -> bool {
        let gaps = self.0.get(worker);
        gaps.is_some_and(|gaps| gaps.iter().any(|(from, to)| *from < at && at < *to))
    }
}

/// A project's totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The moment before the tool was asked for them.
    pub read_at: Timestamp,
    /// One total for each person and day. A row that can't be read is named, and costs no other.
    pub days: Listing<DayTotal>,
    /// Whose rows those that can't be read may be, and of which days; none where they may be of any.
    pub doubts: Option<Vec<Doubt>>,
    /// Times of the work, if the tool reports them: the same minutes in two projects count once.
    pub spans: HashMap<(Worker, Date), Spans>,
    /// Work that is not reported.
    pub apart: Vec<Apart>,
    /// Why the tool can't report a measure at present, and the fix. Its last values stay reported.
    pub frozen: Option<String>,
}

impl Totals {
    /// Totals with nothing beside them.
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

/// One person's work on one project on one UTC day: the whole day's total, not what was added.
/// What the tool doesn't measure is absent, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotal {
    /// Who worked.
    pub worker: Worker,
    /// The UTC day.
    pub work_date: Date,
    /// Seconds of work.
    pub total_seconds: Option<i64>,
    /// Tasks finished.
    pub tasks_completed: Option<i64>,
    /// Labels made.
    pub labels_completed: Option<i64>,
    /// How many pieces of the work another account has written to since, or were taken back: the figures are
    /// reported, and worth a look.
    pub disputed: u64,
    /// A piece of the work could not be read: the total may be too low.
    pub in_part: bool,
}

/// Who worked, by the name that the tool knows them under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    /// OpenTrain's user id, which the tool has stored.
    Trainer(TrainerId),
    /// The tool's own id; whose it is stands in the ledger.
    Member(MemberId),
}

/// A row that can't be read, as far as it names its worker and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The worker; none where that is unknown, so that it may be any.
    pub worker: Option<Worker>,
    /// The UTC day; `None` if it is not known.
    pub day: Option<Date>,
}

/// Work in one person's name on one UTC day that is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// In whose name.
    pub worker: Worker,
    /// The UTC day.
    pub work_date: Date,
    /// Why it is not reported.
    pub why: NotOwn,
    /// How many pieces of work.
    pub pieces: u64,
    /// Their seconds.
    pub seconds: i64,
}

/// Why work in a person's name is not reported.
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
