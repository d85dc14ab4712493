//! The answer to `bridge explain`. Its fields are the JSON output.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::audit::Break;
use shared::model::ids::{ContractId, ProjectId, TrainerId};

/// Why a trainer has access, or not, and what happens next.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    /// The id that is explained.
    pub about: String,
    pub trainer: Option<TrainerId>,
    /// The masked name; only for a terminal.
    #[serde(skip)]
    pub name: Option<String>,
    /// The answer about the project that most needs attention.
    #[serde(flatten)]
    pub answer: Answer,
    /// The same for each project, if there are several.
    pub projects: Vec<Answer>,
    /// Whether a bridge runs on the database; none on a stack.
    pub bridge_runs: Option<bool>,
    /// Oldest first.
    pub timeline: Vec<Moment>,
    /// Where the trainer's audit record is broken: older entries are missing in the timeline.
    #[serde(serialize_with = "crate::audit::as_texts")]
    #[schemars(with = "Vec<String>")]
    pub broken: Vec<Break>,
}

/// Result for a project, in ascending order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// No access, as it should be.
    NotIn,
    /// Access.
    In,
    /// Not enough is known.
    Unknown,
    /// Something has to happen first.
    Waits,
    /// An operator has to act.
    Failed,
}

impl Verdict {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NotIn => "not in",
            Self::In => "in",
            Self::Unknown => "unknown",
            Self::Waits => "waits",
            Self::Failed => "failed",
        }
    }
}

/// Whether a trainer is in a project, and why.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub project: Option<ProjectId>,
    pub verdict: Verdict,
    /// A sentence.
    pub reason: String,
    pub next: Option<Next>,
    pub you_can: Vec<Can>,
}

impl Answer {
    pub(super) fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            project: None,
            verdict,
            reason: reason.into(),
            next: None,
            you_can: Vec::new(),
        }
    }

    pub(super) fn next(mut self, at: Option<Timestamp>, what: &str, because: &str) -> Self {
        self.next = Some(Next {
            at,
            what: what.to_owned(),
            because: because.to_owned(),
        });
        self
    }

    pub(super) fn you_can(mut self, command: impl Into<String>, effect: &str) -> Self {
        self.you_can.push(Can {
            command: command.into(),
            effect: effect.to_owned(),
        });
        self
    }
}

/// What the bridge does next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Next {
    /// Planned time; none if it depends on another party.
    pub at: Option<Timestamp>,
    pub what: String,
    pub because: String,
}

/// What an operator can do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Can {
    pub command: String,
    pub effect: String,
}

/// One point of the timeline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Moment {
    pub at: Timestamp,
    pub from: From,
    pub what: String,
    pub project: Option<ProjectId>,
    pub contract: Option<ContractId>,
    /// Name of the audit entry, or id of OpenTrain's event.
    pub event: Option<String>,
}

/// Where a point of the timeline comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum From {
    Opentrain,
    Operator,
    Audit,
    Bridge,
}
