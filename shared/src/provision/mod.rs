//! From facts to access: merge what OpenTrain said, then make the tool match.
//!
//! An event never means "add" or "remove". It is a fact that is merged into the ledger; then the trainer
//! is converged: read what the ledger wants, plan, apply. It does not matter how often, how late or in
//! which order events come, and a crash between two steps is healed by doing it again.
//!
//! - [`fact`]: what an event says, with what it leaves out asked of the API
//! - [`merge`]: old row + fact → new row; pure
//! - [`standing`](mod@standing): whether a hire calls for access
//! - [`plan`]: trainer + standings → steps; pure
//! - `converge`: read, plan, apply; the only writer in the tool
//! - `handle`: one message of the queue → what becomes of it

mod adopt;
mod apply;
mod consume;
mod converge;
mod event;
pub mod fact;
mod failure;
mod handle;
mod invite;
pub mod merge;
mod milestone;
pub mod plan;
mod settle;
pub mod standing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use consume::{Settled, work_batch};
pub use failure::Failure;
pub use handle::{DEADLINE, Delays, Verdict};
pub use settle::{Deletion, settle};
pub use standing::{OnInstallRevoked, OnLinkRemoved, Policy, Standing, Why, standings};

use crate::clock::Clock;
use crate::connection::{Connection, ConnectionName, Connections};
use crate::invitation::Mailer;
use crate::ledger::Ledger;
use crate::notice::Notices;
use crate::queue::Queue;
use crate::tool::AnnotationTool;

/// Gives access and takes it away.
#[derive(Clone)]
pub struct Provisioner {
    /// What we know.
    pub ledger: Ledger,
    /// Where further work goes.
    pub queue: Arc<dyn Queue>,
    /// Where access is given.
    pub tool: Arc<dyn AnnotationTool>,
    /// The installs that we serve.
    pub connections: Connections,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the operator chose.
    pub policy: Policy,
    /// Where budgets are shown.
    pub notices: Notices,
    /// How long a message waits that failed.
    pub delays: Delays,
    /// How invitations are mailed, if they are.
    pub mail: Option<Mailer>,
}

impl Provisioner {
    /// The connection that a fact came through.
    pub(crate) async fn connection(
        &self,
        name: &ConnectionName,
    ) -> Result<Arc<Connection>, Failure> {
        self.connections.find(name).await?.ok_or_else(|| {
            Failure::operator(format!(
                "the connection `{name}` is not set up here any more: set it up again, and the work goes on"
            ))
        })
    }
}
