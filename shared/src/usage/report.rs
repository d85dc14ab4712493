//! Result of a run, as a value.

mod parts;
mod sum;
mod words;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use parts::{
    Disputed, Failed, Frozen, HeldBack, HeldProject, Lost, MissingDay, NotReported, Odd,
    ReadInPart, Refused, Stopped, Stuck, Unattributed, Unread,
};
pub use words::UsageError;

pub use crate::ledger::WhyLost;
use crate::ledger::{Hired, Measures};
use crate::model::ids::ProjectId;

/// Result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The first UTC day that every hire was read of; open days before it were read too.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Nothing was written: `sent` is what would be.
    pub dry_run: bool,
    /// What OpenTrain accepted.
    pub sent: Vec<Sent>,
    /// Entries that OpenTrain holds already.
    pub unchanged: u64,
    /// How the days of each contract stand.
    pub contracts: Vec<ContractDays>,
    /// What was left out, and how often; none of it is a fault.
    pub skipped: BTreeMap<Skip, u64>,
    /// Numbers of the tool that can't be true: they never left us.
    pub held_back: Vec<HeldBack>,
    /// How the tool comes by its figures, where that has to be known to read them.
    pub figures: Option<String>,
    /// Work that was changed after it was done; its figures are reported, and worth a look.
    pub disputed: Vec<Disputed>,
    /// Work in people's names that is not theirs, and not reported.
    pub apart: Vec<NotReported>,
    /// Totals of hired people on days on which none of their contracts was live on the project.
    #[serde(default)]
    pub unattributed: Vec<Unattributed>,
    /// Reported days that the tool no longer shows; they become zero once that is confirmed.
    pub missing: Vec<MissingDay>,
    /// Days that belong to another contract than the one that OpenTrain holds them for.
    pub stuck: Vec<Stuck>,
    /// Measures that the tool can't tell at present.
    pub frozen: Vec<Frozen>,
    /// Days that can no longer be reported: those of this run, and those that are kept since earlier ones.
    pub lost: Vec<Lost>,
    /// Open days that are too old to be read: the next run names them as lost, if its clock agrees.
    #[serde(default)]
    pub waiting: u64,
    /// Projects of which many reported days are gone at once.
    pub held_projects: Vec<HeldProject>,
    /// Entries that OpenTrain refused; the others of the same hire got through.
    pub refused: Vec<Refused>,
    /// Hires that nothing could be reported for.
    pub failed: Vec<Failed>,
    /// Projects whose totals could not be read.
    pub unread: Vec<Unread>,
    /// Projects whose totals hold rows that could not be read; the other rows are reported.
    pub read_in_part: Vec<ReadInPart>,
    /// Projects that another run reports at the same time.
    pub busy: Vec<ProjectId>,
    /// Connections that were given up for this run.
    pub stopped: Vec<Stopped>,
    /// What was asked for by name and is not known, if anything.
    #[serde(default)]
    pub unknown: Option<String>,
    /// Failures of the bridge's own store, and how often.
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
    /// Hires that a newer report was sent for meanwhile.
    Overtaken,
}

/// How the days of one contract stand after a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractDays {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// Days of which OpenTrain holds work.
    pub reported: u64,
    /// Days that the run corrected.
    pub corrected: u64,
    /// Days that are read again.
    pub open: u64,
    /// Days of which a number was held back.
    pub held_back: u64,
    /// Days that can no longer be reported.
    pub lost: u64,
}
