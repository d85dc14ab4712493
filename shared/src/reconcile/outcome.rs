//! What became of a reconcile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::guard::Held;
use crate::ledger::{InstallStatus, Strangers};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, EndpointId, InstallId, LinkId, ProjectId, TrainerId};

/// How many problems one line tells of; the rest are counted.
const TOLD: usize = 3;

/// What became of a reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// Nothing was written: this is what would be.
    pub dry_run: bool,
    /// What was compared.
    pub checked: Checked,
    /// What OpenTrain says and the ledger did not.
    pub drift: Vec<Drift>,
    /// What was, or would be, done about people's access.
    pub access: Vec<AccessChange>,
    /// What is worth knowing; nothing has to be done about it.
    pub notes: Vec<Note>,
    /// What was not done.
    pub problems: Vec<Problem>,
    /// Removals that follow from absences and wait for an operator, by connection. All else was done.
    pub held: Vec<Held>,
    /// When a second look at something that is missing counts.
    #[serde(default)]
    pub look_again_at: Option<Timestamp>,
    /// Members of the tool who belong to no hire, where a seat spans the organisation.
    #[serde(default)]
    pub strangers: Strangers,
}

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Whose.
    pub connection: ConnectionName,
    /// Which.
    #[serde(flatten)]
    pub what: What,
    /// Whether it is recorded now.
    pub repaired: bool,
    /// What it waits for, if it was not recorded on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
}

/// What a difference waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waits {
    /// The guard holds it: an operator decides.
    Operator,
    /// It counts at the second look.
    SecondLook,
}

/// Which difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "drift",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum What {
    /// The install is another one, or stands otherwise.
    Install {
        /// Which.
        install: InstallId,
        /// Whether it lives.
        status: InstallStatus,
    },
    /// A link that the ledger did not know.
    LinkFound {
        /// Which.
        link: LinkId,
        /// Its project in the tool.
        project: Option<ProjectId>,
    },
    /// A link that is gone.
    LinkGone {
        /// Which.
        link: LinkId,
    },
    /// A contract that runs, and the ledger did not know so.
    HireFound(HireRef),
    /// A contract that has ended, and the ledger did not know so.
    HireEnded(HireRef),
    /// A trainer's work e-mail is another one; OpenTrain sends no event of that.
    EmailChanged {
        /// The contract that shows it.
        contract: ContractId,
        /// The trainer.
        trainer: TrainerId,
    },
    /// An endpoint that was disabled by failed deliveries: it is active again, and they are asked for.
    EndpointDisabled {
        /// Which.
        endpoint: EndpointId,
        /// How many deliveries come again, where OpenTrain says so.
        redelivered: Option<u64>,
    },
}

impl What {
    /// The thing that differs.
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
#[serde(rename_all = "camelCase")]
pub struct HireRef {
    /// The contract.
    pub contract: ContractId,
    /// The link.
    pub link: LinkId,
    /// The project in the tool.
    pub project: ProjectId,
    /// Who.
    pub trainer: TrainerId,
}

/// One thing to be done about one trainer's access, in the trainer's queue group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessChange {
    /// Who.
    pub trainer: TrainerId,
    /// Where.
    pub project: ProjectId,
    /// What.
    pub change: Change,
}

/// What is done about access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is taken away.
    Remove,
    /// It is noted as over; it spans the organisation, and is still due elsewhere.
    Release,
    /// It is given.
    Grant,
    /// The tool is asked whether an invitation was accepted.
    Check,
    /// The tool is asked whether access is there; it stays, and an open invitation is withdrawn.
    Keep,
}

/// Something worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Whose, where it is somebody's.
    pub connection: Option<ConnectionName>,
    /// What it is about.
    pub about: String,
    /// What to know.
    pub text: String,
}

/// Something that was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Whose, where it is somebody's.
    pub connection: Option<ConnectionName>,
    /// What it is about.
    pub about: String,
    /// What happened, and what to do.
    pub reason: String,
}

impl Problem {
    /// A connection that can't be read: nothing of it was compared.
    pub(super) fn unread(reason: String) -> Self {
        Self {
            connection: None,
            about: "connections".into(),
            reason,
        }
    }

    /// In one line.
    pub fn line(&self) -> String {
        let connection = self.connection.iter().map(|name| format!("{name}: "));
        let connection: String = connection.collect();
        format!("{connection}{}: {}", self.about, self.reason)
    }
}

impl Outcome {
    /// How long after the run a second look counts.
    pub fn look_again_after(&self) -> Option<Duration> {
        let began = i64::try_from(self.took_ms).unwrap_or_default();
        let ended = self.started_at + SignedDuration::from_millis(began);
        let left = self.look_again_at?.duration_since(ended);
        Some(Duration::try_from(left).unwrap_or_default())
    }

    /// Fails unless all of it was done.
    ///
    /// # Errors
    /// What was not done, in one line.
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
