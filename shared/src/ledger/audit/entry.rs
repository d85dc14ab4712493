//! One change of access or one action of an operator, as stored in a row.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::AuditEvent;
use crate::model::ConnectionName;
use crate::model::event::EventId;
use crate::model::failure::Trouble;
use crate::model::ids::{ContractId, ProjectId, TrainerId};
use crate::tool::Proof;

/// One change of access, or one action of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What happened.
    pub event: AuditEvent,
    /// When it happened.
    pub at: Timestamp,
    /// The trainer that an operator's action is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trainer: Option<TrainerId>,
    /// The project in the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The fact that access follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseOf>,
    /// How a removal was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proven>,
    /// What failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Who acted; none for the bridge itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// What an operator's action names, such as a link or an endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl Entry {
    /// An entry with nothing but its event and time.
    pub fn new(event: AuditEvent, at: Timestamp) -> Self {
        Self {
            event,
            at,
            trainer: None,
            project: None,
            cause: None,
            proof: None,
            trouble: None,
            actor: None,
            target: None,
        }
    }
}

/// How a fact became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StatedBy {
    /// By an event.
    Event,
    /// By a list of OpenTrain's API.
    Reconcile,
    /// By an operator.
    Operator,
    /// By the removal of the link.
    LinkRemoved,
    /// By the revocation of the install.
    InstallRevoked,
}

/// The fact that a change of access follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CauseOf {
    /// How it became known.
    pub by: StatedBy,
    /// The event that stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The connection.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// When the fact became true, as far as is known.
    pub at: Timestamp,
}

/// Proof of a removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proven {
    /// What was read back; none for proofs that were recorded before the bridge kept audit rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<Proof>,
    /// When it was proven.
    pub at: Timestamp,
    /// Seconds from the cause to the proof, where the cause is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Actor {
    /// A user of this machine.
    User {
        /// The user's id, from the operating system.
        uid: u32,
        /// The login name of that id, where the machine has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login: Option<String>,
    },
    /// An identity of AWS.
    Aws {
        /// Its ARN, as `sts:GetCallerIdentity` returns it.
        arn: String,
    },
    /// A customer, in a browser.
    Customer {
        /// The connection.
        connection: ConnectionName,
        /// The customer's organisation, if OpenTrain names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization: Option<String>,
    },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { uid, login } => match login {
                Some(login) => write!(f, "{login} (uid {uid})"),
                None => write!(f, "uid {uid}"),
            },
            Self::Aws { arn } => f.write_str(arn),
            Self::Customer {
                connection,
                organization,
            } => {
                let organization = organization.as_deref().unwrap_or("unknown organisation");
                write!(f, "customer {organization} ({connection})")
            }
        }
    }
}
