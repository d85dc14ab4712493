//! Days and projects in a report, in addition to the accepted totals.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ledger::{DeletionHold, Hired, Measures, WhyLost};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, ProjectId, TrainerId};
use crate::model::json::UnreadableElement;
use crate::tool::NotOwn;

/// Work in a person's name on one day that is not reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotReported {
    /// The person in whose name it is.
    pub worker: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// Reason why it is not reported.
    pub why: NotOwn,
    /// Number of pieces of work.
    pub pieces: u64,
    /// Their seconds.
    pub seconds: i64,
}

/// A person's total on a day on which none of their contracts was live on the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unattributed {
    /// The person.
    pub worker: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
}

/// A reported day that the tool no longer shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MissingDay {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// Time of the first reading without the day.
    pub since: Timestamp,
}

/// A day that belongs to a contract, while OpenTrain has it for another contract from which it can't be withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stuck {
    /// Worker, and the contract that the day belongs to.
    #[serde(flatten)]
    pub of: Hired,
    /// The contract for which OpenTrain has it.
    pub held_by: ContractId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
}

/// A measure that the tool can't report at present. The last reported values stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Frozen {
    /// The project in the tool.
    pub project: ProjectId,
    /// What happened and what to do.
    pub reason: String,
}

/// Days of a contract that can no longer be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The days, with the tool's measures if they could still be read.
    pub days: BTreeMap<Date, Measures>,
    /// The reason.
    pub why: WhyLost,
    /// Whether this run found them, and not an earlier one. A report of an earlier version only has new ones.
    #[serde(default = "yes")]
    pub is_new: bool,
}

fn yes() -> bool {
    true
}

/// A project from which many reported days are gone at once. They stay reported until an operator confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldProject {
    /// The project in the tool.
    pub project: ProjectId,
    /// Start of the hold, and the amount of work.
    #[serde(flatten)]
    pub hold: DeletionHold,
}

/// An impossible total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldBack {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The UTC day.
    pub day: Date,
    /// The tool's measures.
    pub measures: Measures,
    /// Reason why it is impossible.
    pub because: Odd,
}

/// A day whose work was changed afterwards: another account has changed it, or it was withdrawn. A tool does not check
/// who states how long work took, and who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Disputed {
    /// The contract that the day belongs to.
    pub contract: ContractId,
    /// The person who did it, according to the tool.
    pub worker: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The UTC day.
    pub day: Date,
    /// Number of pieces of the work.
    pub pieces: u64,
}

/// Reason why a total is impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// The day has not begun.
    Future,
    /// The day was not requested.
    OutsideWindow,
    /// A count is below zero.
    Negative,
    /// More seconds than a day has.
    TooLong,
}

/// An entry that OpenTrain refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The UTC day.
    pub day: Date,
    /// The measures that were sent.
    pub measures: Measures,
    /// OpenTrain's message and the request's id.
    pub reason: String,
}

/// A hire for which nothing could be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// Number of entries that wait.
    pub entries: usize,
    /// What happened and what to do.
    pub reason: String,
}

/// A project whose totals could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// The project in the tool.
    pub project: ProjectId,
    /// Number of hires that wait for it.
    pub hires: u64,
    /// What happened and what to do.
    pub reason: String,
}

/// A project with unreadable rows in its totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReadInPart {
    /// The project in the tool.
    pub project: ProjectId,
    /// The first of the rows, each with its fault.
    pub rows: Vec<UnreadableElement>,
    /// Number of unreadable rows.
    pub count: usize,
}

/// A connection that was abandoned for this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// The connection.
    pub connection: ConnectionName,
    /// Number of hires that wait for it.
    pub hires: u64,
    /// What happened and what to do.
    pub reason: String,
}
