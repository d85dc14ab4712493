//! Usage: cumulative totals per worker and day.

use jiff::civil::Date;
use serde::Serialize;

/// Stored usage of one worker on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageRow {
    /// The worker's OpenTrain id.
    pub worker: String,
    /// The UTC day.
    pub day: Date,
    /// Seconds worked, if they were ever reported.
    pub seconds: Option<u64>,
    /// Tasks completed.
    pub tasks: Option<u64>,
    /// Labels completed.
    pub labels: Option<u64>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Row {
    pub(crate) seconds: Option<u64>,
    pub(crate) tasks: Option<u64>,
    pub(crate) labels: Option<u64>,
}

impl Row {
    /// A total replaces the stored one; an omitted field keeps it.
    pub(crate) fn replace(&mut self, new: Self) {
        self.seconds = new.seconds.or(self.seconds);
        self.tasks = new.tasks.or(self.tasks);
        self.labels = new.labels.or(self.labels);
    }
}

/// One entry of a report in a valid format.
pub(crate) struct Entry {
    pub(crate) worker: Option<String>,
    pub(crate) day: Date,
    pub(crate) row: Row,
}
