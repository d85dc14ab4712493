//! What became of a run, as a value.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::connection::{ConnectionName, StoreError};
use crate::http::UnreadableElement;
use crate::ids::{ContractId, ProjectId, TrainerId};
use crate::ledger::{Hired, LedgerError, Measures};

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The first UTC day that it covered.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Nothing was written: `sent` is what would be.
    pub dry_run: bool,
    /// What OpenTrain accepted.
    pub sent: Vec<Sent>,
    /// Entries that OpenTrain holds already.
    pub unchanged: u64,
    /// What was left out, and how often; none of it is a fault.
    pub skipped: BTreeMap<Skip, u64>,
    /// Numbers of the tool that can't be true: they never left us.
    pub held_back: Vec<HeldBack>,
    /// How the tool comes by its figures, where that has to be known to read them.
    #[serde(default)]
    pub figures: Option<String>,
    /// Work that somebody else has written to; its figures are reported, and worth a look.
    #[serde(default)]
    pub disputed: Vec<Disputed>,
    /// Entries that OpenTrain refused; the others of the same hire got through.
    pub refused: Vec<Refused>,
    /// Hires that nothing could be reported for.
    pub failed: Vec<Failed>,
    /// Projects whose totals could not be read.
    pub unread: Vec<Unread>,
    /// Projects whose totals hold rows that could not be read; the other rows are reported.
    #[serde(default)]
    pub read_in_part: Vec<ReadInPart>,
    /// Connections that were given up for this run.
    pub stopped: Vec<Stopped>,
    /// What went wrong on our own side, and how often.
    pub troubles: BTreeMap<String, u64>,
}

/// Accepted totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Whose work, on what.
    #[serde(flatten)]
    pub of: Hired,
    /// By UTC day.
    pub days: BTreeMap<Date, Measures>,
}

/// Why something was left out. The comment says what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// Totals of a hired person on a day on which no contract of theirs was live on the project.
    Unattributed,
    /// Totals of somebody who was never hired for the project.
    Stranger,
    /// Totals that hold no measure.
    NothingMeasured,
    /// Totals that go without seconds, since the tool measures no time.
    NoTimeSource,
    /// Projects of which the tool keeps no totals.
    NoTotals,
    /// Projects that are not in this tool, and whose people OpenTrain lets in itself.
    NotInThisTool,
    /// Hires whose link was removed: OpenTrain takes no usage for them any more.
    LinkRemoved,
    /// Hires of an install that was revoked: reporting has stopped.
    InstallRevoked,
    /// Hires of a connection that is not set up here any more.
    NotServed,
}

/// A total that can't be true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldBack {
    /// Whose work, on what.
    #[serde(flatten)]
    pub of: Hired,
    /// The UTC day.
    pub day: Date,
    /// What the tool says.
    pub measures: Measures,
    /// Why it can't be true.
    pub because: Odd,
}

/// A day of which somebody else has written to the work: the tool takes anybody's word on whose work it is
/// and on how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disputed {
    /// The contract that the day belongs to.
    pub contract: ContractId,
    /// Whose work it is, as the tool has it.
    pub worker: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// How many pieces of the work.
    pub pieces: u64,
}

/// Why a total can't be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// The day has not begun.
    Future,
    /// The day was not asked for.
    OutsideWindow,
    /// A count is below zero.
    Negative,
    /// More seconds than a day has.
    TooLong,
}

/// An entry that OpenTrain refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Whose work, on what.
    #[serde(flatten)]
    pub of: Hired,
    /// The UTC day.
    pub day: Date,
    /// What was sent.
    pub measures: Measures,
    /// OpenTrain's words and the request's id.
    pub reason: String,
}

/// A hire that nothing could be reported for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Whose work, on what.
    #[serde(flatten)]
    pub of: Hired,
    /// How many entries wait.
    pub entries: usize,
    /// What happened and what to do.
    pub reason: String,
}

/// A project whose totals could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// Which project.
    pub project: ProjectId,
    /// How many hires wait for it.
    pub hires: u64,
    /// What happened and what to do.
    pub reason: String,
}

/// A project whose totals hold rows that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadInPart {
    /// The project in the tool.
    pub project: ProjectId,
    /// The first of the rows: which, and what is wrong with each.
    pub rows: Vec<UnreadableElement>,
    /// How many there are.
    pub count: usize,
}

/// A connection that was given up for this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Which connection.
    pub connection: ConnectionName,
    /// How many hires wait for it.
    pub hires: u64,
    /// What happened and what to do.
    pub reason: String,
}

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// No connection has that name.
    #[error("there is no connection `{0}` here: look at `bridge status` for those that there are")]
    UnknownConnection(ConnectionName),
    /// The day has not begun in UTC.
    #[error("{0} is in the future: it is {1} in UTC")]
    FutureDay(Date, Date),
    /// The connections could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Report {
    /// A run of which nothing is known yet.
    pub(super) fn new(from: Date, to: Date, dry_run: bool) -> Self {
        Self {
            from,
            to,
            dry_run,
            sent: Vec::new(),
            unchanged: 0,
            skipped: BTreeMap::new(),
            held_back: Vec::new(),
            figures: None,
            disputed: Vec::new(),
            refused: Vec::new(),
            failed: Vec::new(),
            unread: Vec::new(),
            read_in_part: Vec::new(),
            stopped: Vec::new(),
            troubles: BTreeMap::new(),
        }
    }

    /// How many entries were accepted.
    pub fn entries(&self) -> usize {
        self.sent.iter().map(|sent| sent.days.len()).sum()
    }

    /// Whether all that there was to report is with OpenTrain: only then has a scheduled run done its work.
    pub fn is_whole(&self) -> bool {
        self.held_back.is_empty()
            && self.refused.is_empty()
            && self.failed.is_empty()
            && self.unread.is_empty()
            && self.read_in_part.is_empty()
            && self.stopped.is_empty()
            && self.troubles.is_empty()
    }

    /// Nothing less than all is a success.
    ///
    /// # Errors
    /// What was not accepted, in one line.
    pub fn all_done(&self) -> Result<(), String> {
        match self.is_whole() {
            true => Ok(()),
            false => Err(format!(
                "not all work is reported: {}. What was accepted stays accepted; the next run sends the rest again",
                self.shortfall()
            )),
        }
    }

    /// What is missing, in one line.
    pub fn shortfall(&self) -> String {
        let parts = [
            (self.refused.len(), "entries refused by OpenTrain"),
            (self.held_back.len(), "totals held back"),
            (self.failed.len(), "hires not reported"),
            (self.unread.len(), "projects not read"),
            (
                self.read_in_part.len(),
                "projects with rows that can't be read",
            ),
            (self.stopped.len(), "connections given up"),
            (self.troubles.len(), "troubles of our own"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        parts.join(", ")
    }

    /// In an order that doesn't depend on who was faster.
    pub(super) fn sorted(mut self) -> Self {
        self.sent.sort_by(|a, b| a.of.cmp(&b.of));
        self.held_back
            .sort_by(|a, b| (&a.of, a.day).cmp(&(&b.of, b.day)));
        self.disputed
            .sort_by(|a, b| (&a.contract, a.day).cmp(&(&b.contract, b.day)));
        self.refused
            .sort_by(|a, b| (&a.of, a.day).cmp(&(&b.of, b.day)));
        self.failed.sort_by(|a, b| a.of.cmp(&b.of));
        self.unread.sort_by(|a, b| a.project.cmp(&b.project));
        self.read_in_part.sort_by(|a, b| a.project.cmp(&b.project));
        self.stopped.sort_by(|a, b| a.connection.cmp(&b.connection));
        self
    }
}

impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Future => "the day has not begun in UTC",
            Self::OutsideWindow => "the day was not asked for",
            Self::Negative => "a count is below zero",
            Self::TooLong => "a day has 86,400 seconds",
        })
    }
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unattributed => "totals on days without a live contract",
            Self::Stranger => "totals of people who were not hired for the project",
            Self::NothingMeasured => "totals without any measure",
            Self::NoTimeSource => "totals without seconds: the tool measures no time",
            Self::NoTotals => "projects of which the tool keeps no totals",
            Self::NotInThisTool => "projects that OpenTrain provisions elsewhere",
            Self::LinkRemoved => "hires whose link was removed",
            Self::InstallRevoked => {
                "hires of a revoked install: reporting has stopped; connect again to go on"
            }
            Self::NotServed => "hires of a connection that is not set up here",
        })
    }
}
