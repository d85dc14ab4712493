//! Findings of a reconcile: differences, changes of access, notes and problems.

use serde::{Deserialize, Serialize};

use crate::ledger::InstallStatus;
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, EndpointId, InstallId, LinkId, ProjectId, TrainerId};

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
    /// Why the ledger was left unchanged on purpose; `None` if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
}

/// Reason why a difference is not repaired yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Waits {
    /// The guard holds it, and an operator has to decide.
    Operator,
    /// It only counts at the second look.
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
    /// A contract that runs, but not according to the ledger.
    HireFound(HireRef),
    /// A contract that has ended, but not according to the ledger.
    HireEnded(HireRef),
    /// A trainer's work e-mail has changed; OpenTrain sends no event for that.
    EmailChanged {
        /// The contract that shows it.
        contract: ContractId,
        /// The trainer.
        trainer: TrainerId,
    },
    /// An endpoint that OpenTrain had disabled after failed deliveries. It is active again, and the failed deliveries
    /// were requested.
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
    /// Access to the project ends. The seat in the organisation stays, because another project needs it.
    Release,
    /// Access is granted.
    Grant,
    /// The bridge checks whether an invitation was accepted.
    Check,
    /// The bridge reads the access. It stays, and an open invitation is withdrawn.
    Keep,
}

/// A note for the operator. A run with notes is complete.
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
