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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The first UTC day that every hire was read of; open days before it were read too.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Whether it was a dry run: nothing was written, and `sent` is a prediction.
    pub dry_run: bool,
    /// Entries that OpenTrain accepted.
    pub sent: Vec<Sent>,
    /// Entries that OpenTrain holds already.
    pub unchanged: u64,
    /// State of the days of each contract.
    pub contracts: Vec<ContractDays>,
    /// Number of entries that were left out, by reason. None of them is a fault.
    pub skipped: BTreeMap<Skip, u64>,
    /// Numbers of the tool that cannot be true. They are not sent.
    pub held_back: Vec<HeldBack>,
    /// Explanation of the tool's figures, if they need one.
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
    /// Measures that the tool cannot report at present.
    pub frozen: Vec<Frozen>,
    /// Days that can no longer be reported: those of this run, and those that are kept since earlier ones.
    pub lost: Vec<Lost>,
    /// Open days that are too old to be read. The next run marks them as lost if its clock agrees.
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
    /// Connections that were abandoned for this run.
    pub stopped: Vec<Stopped>,
    /// The named contract or trainer, if it is unknown.
    #[serde(default)]
    pub unknown: Option<String>,
    /// Failures of the bridge's own store, and how often.
    pub troubles: BTreeMap<String, u64>,
}

/// Accepted totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// By UTC day.
    pub days: BTreeMap<Date, Measures>,
}

/// Reasons for leaving entries out. The comment of each states the unit of its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// Totals of a hired person on a day on which no contract of theirs was live on the project.
    Unattributed,
    /// Totals of a person who was never hired for the project.
    Stranger,
    /// Totals that hold no measure.
    NothingMeasured,
    /// Totals that go without seconds, since the tool measures no time.
    NoTimeSource,
    /// Projects of which the tool keeps no totals.
    NoTotals,
    /// Projects that are not in this tool. OpenTrain grants access to them itself.
    NotInThisTool,
    /// Hires whose link was removed: OpenTrain no longer accepts usage for them.
    LinkRemoved,
    /// Hires of an install that was revoked: reporting has stopped.
    InstallRevoked,
    /// Hires of a connection that is no longer set up here.
    NotServed,
    /// Hires that a newer report was sent for meanwhile.
    Overtaken,
}

/// State of the days of one contract after a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
