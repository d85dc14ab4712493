//! Orders and answers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::ledger::audit::Entry;
use shared::model::ConnectionName;
use shared::model::ids::{EndpointId, InstallId, LinkId, TrainerId};
use shared::model::progress::Progress;
use shared::provision::{EndRequest, SettleRequest};
use shared::reconcile::Wish;
use shared::usage;

use super::onboarding::Onboard;
use crate::exit::Reason;

/// An order. A new kind is a variant here, an arm in `Jobs::execute`, and an entry of the audit record if it changes access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Compare the ledger with OpenTrain, and repair it.
    Reconcile(Wish),
    Usage(usage::Options),
    /// End contracts whose end OpenTrain will not report.
    End(EndRequest),
    /// Record that a removal is done.
    Settle(SettleRequest),
    /// Record that a customer's install is revoked.
    Disconnect {
        connection: ConnectionName,
    },
    /// Record the connection's current install.
    Reconnect {
        connection: ConnectionName,
        install: InstallId,
        /// `None` if OpenTrain did not name the customer's organisation.
        organization: Option<String>,
    },
    /// Return who would lose access if a link were deleted.
    Unlinking {
        connection: ConnectionName,
        link: LinkId,
    },
    /// Return who would lose access if a connection's install were gone.
    Disconnecting {
        connection: ConnectionName,
    },
    /// Retry a trainer's due work now.
    Retry {
        trainer: TrainerId,
    },
    /// Send dead letters to their groups again.
    Redrive {
        ids: BTreeSet<String>,
    },
    /// Delete dead letters.
    DropDead {
        ids: BTreeSet<String>,
        /// The operator's reason, for the log.
        reason: String,
        /// What the first of them are, for the audit record.
        #[serde(default)]
        about: Vec<String>,
    },
    /// Record that a link was deleted.
    Unlink {
        connection: ConnectionName,
        link: LinkId,
    },
    /// Erase a trainer's personal data.
    Forget {
        trainer: TrainerId,
    },
    /// Make, list or revoke links for customers.
    Onboard(Onboard),
    /// Return the version and the settings of the running bridge, as digests with this nonce.
    Settings {
        nonce: String,
    },
    /// Record that a webhook endpoint was enabled: its alert ends.
    Enabled {
        endpoint: EndpointId,
    },
    /// Record an action that a command does by itself. The actor is set by the side that executes the order.
    Record(Box<Entry>),
}

impl Order {
    /// Whether the order queues messages. Only then is the queue processed for it.
    pub(super) fn leaves_work(&self) -> bool {
        match self {
            Self::Reconcile(wish) => !wish.dry_run,
            Self::End(request) => !request.dry_run,
            Self::Settle(request) => !request.dry_run,
            Self::Disconnect { .. }
            | Self::Unlink { .. }
            | Self::Retry { .. }
            | Self::Redrive { .. } => true,
            Self::Reconnect { .. }
            | Self::Usage(_)
            | Self::Unlinking { .. }
            | Self::Disconnecting { .. }
            | Self::DropDead { .. }
            | Self::Forget { .. }
            | Self::Onboard(_)
            | Self::Settings { .. }
            | Self::Enabled { .. }
            | Self::Record(_) => false,
        }
    }

    /// Whether the order is read-only.
    pub(super) fn is_dry(&self) -> bool {
        match self {
            Self::Reconcile(wish) => wish.dry_run,
            Self::Usage(options) => options.dry_run,
            Self::End(request) => request.dry_run,
            Self::Settle(request) => request.dry_run,
            Self::Unlinking { .. } | Self::Disconnecting { .. } | Self::Settings { .. } => true,
            Self::Disconnect { .. }
            | Self::Reconnect { .. }
            | Self::Unlink { .. }
            | Self::Retry { .. }
            | Self::Redrive { .. }
            | Self::DropDead { .. }
            | Self::Forget { .. }
            | Self::Onboard(_)
            | Self::Enabled { .. }
            | Self::Record(_) => false,
        }
    }
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Progress(Progress),
    /// Result of the order, as JSON of the order's result type. It can contain partial failures.
    Done(Value),
    /// The order failed.
    Failed(Reason),
    /// Usage error.
    Usage(Reason),
}
