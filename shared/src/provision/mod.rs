//! From facts to access: merge what OpenTrain stated, then make the tool match.
//!
//! An event never means "add" or "remove". It is a fact that is merged into the trainer's document; then the trainer is
//! converged: plan, apply, record. The order, repetition and delay of events do not matter, and a crash between two
//! steps is healed by repeating them. A fact never waits for the tool.
//!
//! - [`fact`]: the facts of an event, with missing data read from the API
//! - [`merge`]: document + facts → document; pure
//! - [`entitlement`](crate::ledger::entitlement()): whether a hire entitles to access
//! - [`plan`]: document + entitlements → steps; pure
//! - `begin`, `converge`: read, plan, store, apply, record; `lease`: one attempt at a time; `due`: the work that is
//!   left
//! - `apply`: one step; the only writer in the tool
//! - `statement`, `disconnect`: operators' statements; `stated`: carries them out
//! - `forget`: erases personal data
//! - `handle`: one message of the queue → its verdict

mod addresses;
mod adopt;
mod apply;
mod begin;
mod consume;
mod converge;
mod delays;
mod disconnect;
mod due;
mod earlier;
mod event;
mod exclusive;
pub mod fact;
mod forget;
mod grant;
mod handle;
mod identity;
mod invite;
mod lease;
pub mod merge;
mod milestone;
pub mod plan;
mod recorded;
mod request;
mod retry;
mod settle;
mod settlement;
mod stated;
mod statement;
mod surroundings;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

pub use consume::{Processed, work_batch};
pub use delays::{DEADLINE, Delays};
pub use disconnect::Disconnected;
pub(crate) use exclusive::refusal;
pub use forget::{Forgotten, forget_again};
pub use handle::Verdict;
pub(crate) use identity::membership;
pub use retry::Retried;
pub use settle::Ack;
pub use statement::{EndRequest, EndedHire, SettleRequest, Settled};
pub(crate) use verify::{LookedAt, Seen, THERE_AGAIN};

use crate::connection::{Connection, Connections};
use crate::ledger::{Environment, Ledger, OnLinkRemoved, Policy, Trainer};
use crate::mail::Mailer;
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::model::failure::Failure;
use crate::notice::Notices;
use crate::queue::Queue;
use crate::tool::AnnotationTool;
use crate::usage::{LastUsage, Platform, Reporter, Settings};

/// Maximum number of conflicts with other writers of one document before the message is received again.
const MOST_CONFLICTS: usize = 16;

/// Grants access and revokes it.
#[derive(Clone)]
pub struct Provisioner {
    /// The ledger.
    pub ledger: Ledger,
    /// Queue for further work.
    pub queue: Arc<dyn Queue>,
    /// The annotation tool.
    pub tool: Arc<dyn AnnotationTool>,
    /// Connections that the bridge serves.
    pub connections: Connections,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The operator's choices about access.
    pub policy: Policy,
    /// Budget notices.
    pub notices: Notices,
    /// Delays of retries.
    pub delays: Delays,
    /// Mailer of invitations; `None` if the bridge does not mail them.
    pub mail: Option<Mailer>,
    /// Settings of the report before access is revoked.
    pub usage: LastUsage,
}

impl Provisioner {
    /// A reporter with this provisioner's ledger, tool, connections and settings.
    pub fn reporter(&self) -> Reporter {
        Reporter {
            ledger: self.ledger.clone(),
            tool: Arc::clone(&self.tool),
            connections: self.connections.clone(),
            api: Arc::new(Platform),
            notices: self.notices.clone(),
            clock: Arc::clone(&self.clock),
            settings: Settings {
                look_back_days: self.usage.look_back_days,
                confirm_after: self.policy.confirm_after,
            },
        }
    }

    /// The environment with the projects that its connections may use, and with the operator's policy.
    pub(crate) async fn permitted(&self, environment: Environment) -> Result<Environment, Failure> {
        let projects = self.connections.projects(environment.connections()).await?;
        Ok(Environment {
            projects,
            ends_with_links: self.policy.on_link_removed == OnLinkRemoved::Remove,
            ..environment
        })
    }

    /// Links, installs and projects that decide a trainer's access together with the document.
    pub(crate) async fn environment_of(&self, trainer: &Trainer) -> Result<Environment, Failure> {
        let environment = self.ledger.environment_of(trainer).await?;
        self.permitted(environment).await
    }

    /// The connection that a fact came through.
    pub(crate) async fn connection(
        &self,
        name: &ConnectionName,
    ) -> Result<Arc<Connection>, Failure> {
        self.connections.find(name).await?.ok_or_else(|| {
            Failure::operator(format!(
                "the connection `{name}` is no longer set up here: set it up again, and the work continues"
            ))
        })
    }
}
