//! What can be ordered, and what is answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::connection::ConnectionName;
use shared::ids::{InstallId, LinkId};
use shared::progress::Progress;
use shared::provision::{EndRequest, SettleRequest};
use shared::reconcile::Wish;
use shared::usage;

/// Something to be done. A new kind is a variant here and an arm in [`Jobs::carry_out`](super::Jobs::carry_out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Compare the ledger with OpenTrain, and repair it.
    Reconcile(Wish),
    /// Report work.
    Usage(usage::Options),
    /// End contracts whose end OpenTrain will not state.
    End(EndRequest),
    /// Record that a removal is done.
    Settle(SettleRequest),
    /// State that a customer's install is gone.
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
    /// State that a link was deleted.
    Unlink {
        /// The connection.
        connection: ConnectionName,
        /// The link.
        link: LinkId,
    },
}

impl Order {
    /// Whether carrying it out puts work into the queue: only then is the queue worked off for it.
    pub(super) fn leaves_work(&self) -> bool {
        match self {
            Self::Reconcile(wish) => !wish.dry_run,
            Self::End(request) => !request.dry_run,
            Self::Settle(_) | Self::Disconnect { .. } | Self::Unlink { .. } => true,
            Self::Reconnect { .. } | Self::Usage(_) => false,
        }
    }

    /// Whether it only looks: nothing is written anywhere.
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
    /// So far it is.
    Progress(Progress),
    /// It came to its end, with this outcome: of the order's own type, which also says whether all went well.
    Done(Value),
    /// It could not be done: why, and what to do.
    Failed(String),
    /// It was called wrongly: what is wrong.
    Misused(String),
}
