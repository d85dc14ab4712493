//! Result of a run, as a value.

mod sum;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use words::UsageError;

use crate::connection::ConnectionName;
use crate::http::UnreadableElement;
use crate::ids::{ContractId, ProjectId, TrainerId};
use crate::ledger::{DeletionHold, Hired, Measures};
use crate::tool::NotOwn;

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
    /// Work that another account has written to; its figures are reported, and worth a look.
    pub disputed: Vec<Disputed>,
    /// Work in people's names that is not theirs, and not reported.
    pub apart: Vec<NotReported>,
    /// Reported days that the tool no longer shows; they become zero once that is confirmed.
    pub missing: Vec<MissingDay>,
    /// Days that belong to another contract than the one that OpenTrain holds them for.
    pub stuck: Vec<Stuck>,
    /// Measures that the tool can't tell at present.
    pub frozen: Vec<Frozen>,
    /// Days that can no longer be reported.
    pub lost: Vec<Lost>,
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

/// Work in a person's name on one day that is not reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotReported {
    /// In whose name.
    pub worker: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// Why it is not reported.
    pub why: NotOwn,
    /// How many pieces of work.
    pub pieces: u64,
    /// Their seconds.
    pub seconds: i64,
}

/// A reported day that the tool no longer shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingDay {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// When the first reading without it was taken.
    pub since: Timestamp,
}

/// A day that belongs to a contract, while OpenTrain holds it for another one that it can't be taken back from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stuck {
    /// Worker, and the contract that the day belongs to.
    #[serde(flatten)]
    pub of: Hired,
    /// The contract that OpenTrain holds it for.
    pub held_by: ContractId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
}

/// A measure that the tool can't tell at present: its last values stay reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Frozen {
    /// The project in the tool.
    pub project: ProjectId,
    /// What happened and what to do.
    pub reason: String,
}

/// Days of a contract that can no longer be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The days, and what the tool shows of them where it could still be read.
    pub days: BTreeMap<Date, Measures>,
    /// Why.
    pub why: WhyLost,
}

/// Why days can no longer be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyLost {
    /// They were open for longer than days are read.
    TooOld,
    /// The contract's last link was removed: OpenTrain takes no usage for it.
    LinkRemoved,
}

/// A project of which many reported days are gone at once: they stay reported until an operator confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldProject {
    /// The project in the tool.
    pub project: ProjectId,
    /// Since when, and how much.
    #[serde(flatten)]
    pub hold: DeletionHold,
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
