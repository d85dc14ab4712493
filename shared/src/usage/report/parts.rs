//! Days and projects that a report tells of beside what was sent.

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
    /// Why it is not reported.
    pub why: NotOwn,
    /// How many pieces of work.
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
    /// When the first reading without it was taken.
    pub since: Timestamp,
}

/// A day that belongs to a contract, while OpenTrain holds it for another one that it can't be taken back from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// The days, and what the tool shows of them where it could still be read.
    pub days: BTreeMap<Date, Measures>,
    /// Why.
    pub why: WhyLost,
    /// They were found in this run; others were named before. A report of an earlier version has new ones alone.
    #[serde(default = "yes")]
    pub is_new: bool,
}

fn yes() -> bool {
    true
}

/// A project of which many reported days are gone at once: they stay reported until an operator confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldBack {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// The UTC day.
    pub day: Date,
    /// What the tool says.
    pub measures: Measures,
    /// Why it can't be true.
    pub because: Odd,
}

/// A day whose work was changed afterwards: another account has written to it, or it was taken back. A tool does not check
/// who says how long work took, and who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Disputed {
    /// The contract that the day belongs to.
    pub contract: ContractId,
    /// The person who did it, by the tool's figures.
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Worker and contract.
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Worker and contract.
    #[serde(flatten)]
    pub of: Hired,
    /// How many entries wait.
    pub entries: usize,
    /// What happened and what to do.
    pub reason: String,
}

/// A project whose totals could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Which connection.
    pub connection: ConnectionName,
    /// How many hires wait for it.
    pub hires: u64,
    /// What happened and what to do.
    pub reason: String,
}
