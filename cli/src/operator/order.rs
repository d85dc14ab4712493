//! Orders and answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::model::ConnectionName;
use shared::model::ids::{InstallId, LinkId};
use shared::model::progress::Progress;
use shared::provision::{EndRequest, SettleRequest};
use shared::reconcile::Wish;
use shared::usage;

/// An order. A new kind is a variant here and an arm in [`Jobs::carry_out`](super::Jobs::carry_out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Compare the ledger with OpenTrain, and repair it.
    Reconcile(Wish),
    /// Report work.
    Usage(usage::Options),
    /// End contracts whose end OpenTrain will not report.
    End(EndRequest),
    /// Record that a removal is done.
    Settle(SettleRequest),
    /// Record that a customer's install is revoked.
    Disconnect {
        /// The connection.
        connection: ConnectionName,
    },
    /// State which install a customer's connection has now.
    Reconnect {
        /// The connection.
        connection: ConnectionName,
        /// The install.
        install: InstallId,
        /// The customer's organisation, where OpenTrain named it.
        organization: Option<String>,
    },
    /// Record that a link was deleted.
    Unlink {
        /// The connection.
        connection: ConnectionName,
        /// The link.
        link: LinkId,
    },
}

impl Order {
    /// Whether the order queues messages. Only then is the queue processed for it.
    pub(super) fn leaves_work(&self) -> bool {
        match self {
            Self::Reconcile(wish) => !wish.dry_run,
            Self::End(request) => !request.dry_run,
            Self::Settle(_) | Self::Disconnect { .. } | Self::Unlink { .. } => true,
            Self::Reconnect { .. } | Self::Usage(_) => false,
        }
    }

    /// Whether the order is read-only.
    pub(super) fn is_dry(&self) -> bool {
        match self {
            Self::Reconcile(wish) => wish.dry_run,
            Self::Usage(options) => options.dry_run,
            Self::End(request) => request.dry_run,
            Self::Settle(_)
            | Self::Disconnect { .. }
            | Self::Reconnect { .. }
            | Self::Unlink { .. } => false,
        }
    }
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Progress so far.
    Progress(Progress),
    /// The order was executed, with this result of the order's own type. The result also contains failures.
    Done(Value),
    /// The order failed: the reason, and what to do.
    Failed(String),
    /// Usage error: the reason.
    Misused(String),
}
