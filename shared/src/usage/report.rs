//! Result of a run.

mod gaps;
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
    /// The first UTC day that was read for every hire. Open days before it were read too.
    pub from: Date,
    /// The last UTC day.
    pub to: Date,
    /// Whether it was a dry run: nothing was written, and `sent` is a prediction.
    pub dry_run: bool,
    /// Entries that OpenTrain accepted.
    pub sent: Vec<Sent>,
    /// Number of entries that OpenTrain has already.
    pub unchanged: u64,
    /// State of the days of each contract.
    pub contracts: Vec<ContractDays>,
    /// Number of omitted entries, by reason. None of them is a fault.
    pub skipped: BTreeMap<Skip, u64>,
    /// Impossible numbers of the tool. They are not sent.
    pub held_back: Vec<HeldBack>,
    /// Explanation of the tool's figures, if they need one.
    pub figures: Option<String>,
    /// Work that was changed after it was done. It is reported, and the operator should check it.
    pub disputed: Vec<Disputed>,
    /// Work in people's names that is not their own, and is not reported.
    pub apart: Vec<NotReported>,
    /// Totals of hired people on days on which none of their contracts was live on the project.
    #[serde(default)]
    pub unattributed: Vec<Unattributed>,
    /// Reported days that the tool no longer shows; they become zero once that is confirmed.
    pub missing: Vec<MissingDay>,
    /// Days that OpenTrain has for another contract than the one that they belong to.
    pub stuck: Vec<Stuck>,
    /// Measures that the tool cannot report at present.
    pub frozen: Vec<Frozen>,
    /// Days that can no longer be reported, found by this run or by earlier ones.
    pub lost: Vec<Lost>,
    /// Open days that are too old to be read. The next run marks them as lost if its clock agrees.
    #[serde(default)]
    pub waiting: u64,
    /// Projects from which many reported days are gone at once.
    pub held_projects: Vec<HeldProject>,
    /// Entries that OpenTrain refused. The other entries of the same hires were accepted.
    pub refused: Vec<Refused>,
    /// Hires for which nothing could be reported.
    pub failed: Vec<Failed>,
    /// Projects whose totals could not be read.
    pub unread: Vec<Unread>,
    /// Projects with unreadable rows in their totals. The other rows are reported.
    pub read_in_part: Vec<ReadInPart>,
    /// Projects that another run reports at the same time.
    pub busy: Vec<ProjectId>,
    /// Connections that were abandoned for this run.
    pub stopped: Vec<Stopped>,
    /// The named contract or trainer, if it is unknown.
    #[serde(default)]
    pub unknown: Option<String>,
    /// Failures of the bridge's own store, with the number of each.
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

/// Reasons for omitting entries. The comment of each states the unit of its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// Totals of a hired person on a day on which none of the person's contracts was live on the project.
    Unattributed,
    /// Totals of a person who was never hired for the project.
    Stranger,
    /// Totals without any measure.
    NothingMeasured,
    /// Totals that are sent without seconds, because the tool measures no time.
    NoTimeSource,
    /// Projects of which the tool keeps no totals.
    NoTotals,
    /// Projects that are not in this tool. OpenTrain grants access to them itself.
    NotInThisTool,
    /// Hires whose link was removed: OpenTrain no longer accepts usage for them.
    LinkRemoved,
    /// Hires of a revoked install: reporting has stopped.
    InstallRevoked,
    /// Hires of a connection that is no longer set up here.
    NotServed,
    /// Hires for which a newer report was sent meanwhile.
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
    /// Days for which OpenTrain has work.
    pub reported: u64,
    /// Days that the run corrected.
    pub corrected: u64,
    /// Days that are read again.
    pub open: u64,
    /// Days with a number that was held back.
    pub held_back: u64,
    /// Days that can no longer be reported.
    pub lost: u64,
}
