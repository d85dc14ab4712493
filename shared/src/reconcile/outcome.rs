//! Result of a reconcile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::alarms::Alarms;
use super::guard::Held;
use crate::ledger::{InstallStatus, Strangers};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, EndpointId, InstallId, LinkId, ProjectId, TrainerId};

/// Maximum number of problems in one line. The others are only counted.
const TOLD: usize = 3;

/// Result of a reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Start of the run.
    pub started_at: Timestamp,
    /// Duration in milliseconds.
    pub took_ms: u64,
    /// Whether it was a dry run: nothing was written, and the other fields are a prediction.
    pub dry_run: bool,
    /// Number of compared objects.
    pub checked: Checked,
    /// Differences between OpenTrain and the ledger.
    pub drift: Vec<Drift>,
    /// Changes of access that were made, or would be.
    pub access: Vec<AccessChange>,
    /// Notes for the operator that need no action.
    pub notes: Vec<Note>,
    /// Work that was not done.
    pub problems: Vec<Problem>,
    /// Removals that follow from absences and wait for an operator, by connection. All other work was done.
    pub held: Vec<Held>,
    /// Time from which a second look at missing entries counts.
    #[serde(default)]
    pub look_again_at: Option<Timestamp>,
    /// Members of the tool who belong to no hire, where a seat spans the organisation.
    #[serde(default)]
    pub strangers: Strangers,
    /// Conditions that need an operator beside holds and problems.
    #[serde(default, skip_serializing_if = "Alarms::is_empty")]
    pub alarms: Alarms,
}

/// Number of compared objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Installs that answered.
    pub connections: usize,
    /// Links whose contracts were listed.
    pub links: usize,
    /// Contracts that run, once for each of their links.
    pub contracts: usize,
    /// Trainers in the ledger.
    pub trainers: usize,
}

/// One difference between OpenTrain and the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The connection.
    pub connection: ConnectionName,
    /// The difference.
    #[serde(flatten)]
    pub what: What,
    /// Whether the ledger was updated.
    pub repaired: bool,
    /// The reason why the ledger was not updated on purpose, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
}

/// Why a difference is not repaired yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Waits {
    /// The guard holds it: an operator decides.
    Operator,
    /// It counts at the second look.
    SecondLook,
}

/// A difference, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    tag = "drift",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum What {
    /// Another install, or another status.
    Install {
        /// The install.
        install: InstallId,
        /// Its status.
        status: InstallStatus,
    },
    /// A link that the ledger did not know.
    LinkFound {
        /// The link.
        link: LinkId,
        /// Its project in the tool.
        project: Option<ProjectId>,
    },
    /// A link that is gone.
    LinkGone {
        /// The link.
        link: LinkId,
    },
    /// A contract that runs and that the ledger did not have as running.
    HireFound(HireRef),
    /// A contract that has ended and that the ledger did not have as ended.
    HireEnded(HireRef),
    /// A trainer's work e-mail has changed; OpenTrain sends no event for that.
    EmailChanged {
        /// The contract that shows it.
        contract: ContractId,
        /// The trainer.
        trainer: TrainerId,
    },
    /// An endpoint that failed deliveries had disabled. It is active again, and the failed deliveries were requested.
    EndpointDisabled {
        /// The endpoint.
        endpoint: EndpointId,
        /// Number of deliveries that OpenTrain will redeliver, if it states it.
        redelivered: Option<u64>,
    },
}

impl What {
    /// Name of the object that differs.
    pub fn about(&self) -> String {
        match self {
            Self::Install { install, .. } => format!("install {install}"),
            Self::LinkFound { link, .. } | Self::LinkGone { link } => format!("link {link}"),
            Self::HireFound(hire) | Self::HireEnded(hire) => format!("contract {}", hire.contract),
            Self::EmailChanged { contract, .. } => format!("contract {contract}"),
            Self::EndpointDisabled { endpoint, .. } => format!("webhook endpoint {endpoint}"),
        }
    }
}

/// Names a hire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HireRef {
    /// The contract.
    pub contract: ContractId,
    /// The link.
    pub link: LinkId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The trainer.
    pub trainer: TrainerId,
}

/// One change of one trainer's access, made in the trainer's queue group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessChange {
    /// The trainer.
    pub trainer: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The change.
    pub change: Change,
}

/// A change of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Access is revoked.
    Remove,
    /// Access is recorded as over; it covers the whole organisation and is still due for another project.
    Release,
    /// Access is granted.
    Grant,
    /// The bridge checks whether an invitation was accepted.
    Check,
    /// The bridge reads the access. It stays, and an open invitation is withdrawn.
    Keep,
}

/// A note for the operator that needs no action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// The connection, if the note concerns one.
    pub connection: Option<ConnectionName>,
    /// Name of the object.
    pub about: String,
    /// Text of the note.
    pub text: String,
}

/// Work that was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The connection, if the problem concerns one.
    pub connection: Option<ConnectionName>,
    /// Name of the object.
    pub about: String,
    /// The failure, and the action for the operator.
    pub reason: String,
}

impl Problem {
    /// The problem of a connection that cannot be read. Nothing of it was compared.
    pub(super) fn unread(reason: String) -> Self {
        Self {
            connection: None,
            about: "connections".into(),
            reason,
        }
    }

    /// The problem in one line.
    pub fn line(&self) -> String {
        let connection = self.connection.iter().map(|name| format!("{name}: "));
        let connection: String = connection.collect();
        format!("{connection}{}: {}", self.about, self.reason)
    }
}

impl Outcome {
    /// Time between the end of the run and a second look that counts.
    pub fn look_again_after(&self) -> Option<Duration> {
        let began = i64::try_from(self.took_ms).unwrap_or_default();
        let ended = self.started_at + SignedDuration::from_millis(began);
        let left = self.look_again_at?.duration_since(ended);
        Some(Duration::try_from(left).unwrap_or_default())
    }

    /// Fails unless all work was done.
    ///
    /// # Errors
    /// The work that was not done, in one line.
    pub fn all_done(&self) -> Result<(), String> {
        let held = self.held.iter().map(ToString::to_string);
        let all: Vec<_> = held
            .chain(self.problems.iter().map(Problem::line))
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        let told = &all[..all.len().min(TOLD)];
        let more = all.len() - told.len();
        let more = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        Err(format!("not all was reconciled: {}{more}", told.join("; ")))
    }
}
