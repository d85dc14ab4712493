//! From facts to access: merge what OpenTrain stated, then make the tool match.
//!
//! An event never means "add" or "remove". It is a fact that is merged into the trainer's document; then the trainer is
//! converged: plan, apply, record. The order, repetition and delay of events do not matter, and a crash between two
//! steps is healed by repeating them. A fact never waits for the tool.
//!
//! - [`fact`]: the facts of an event, with what it lacks read from the API
//! - [`merge`]: document + facts → document; pure
//! - [`standing`](mod@standing): whether a hire entitles to access
//! - [`plan`]: document + standings → steps; pure
//! - `begin`, `converge`: read, plan, store, apply, record; `lease`: one attempt at a time; `due`: what is left
//! - `apply`: one step; the only writer in the tool
//! - `statement`, `disconnect`: what an operator states; `stated`: carries it out
//! - `handle`: one message of the queue → its verdict

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
mod failure;
mod grant;
mod handle;
mod identity;
mod invite;
mod lease;
pub mod merge;
mod milestone;
pub mod plan;
mod settle;
pub mod standing;
mod stated;
mod statement;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

pub use consume::{Processed, work_batch};
pub use delays::Delays;
pub use disconnect::Disconnected;
pub(crate) use exclusive::refusal;
pub use failure::Failure;
pub use handle::{DEADLINE, Verdict};
pub(crate) use identity::membership;
pub use settle::Ack;
pub use standing::{
    OnEndOfEarlierMember, OnInstallRevoked, OnLinkRemoved, Policy, Standing, Why, standing,
    standings,
};
pub use statement::{EndRequest, EndedHire, SettleRequest, Settled};
pub(crate) use verify::{LookedAt, Seen};

use crate::clock::Clock;
use crate::config::JobSettings;
use crate::connection::{Connection, ConnectionName, Connections};
use crate::invitation::Mailer;
use crate::ledger::{Environment, Ledger};
use crate::notice::Notices;
use crate::queue::Queue;
use crate::tool::AnnotationTool;
use crate::usage::{LOOK_BACK_DAYS, LastReadings};

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
    /// How the last work is reported before access is revoked.
    pub usage: LastUsage,
}

/// How work is reported, also the last of it before access is revoked.
#[derive(Clone)]
pub struct LastUsage {
    /// How many days before today are always read.
    pub look_back_days: u16,
    /// The last readings that are under way.
    pub last_readings: LastReadings,
}

impl Default for LastUsage {
    fn default() -> Self {
        Self {
            look_back_days: LOOK_BACK_DAYS,
            last_readings: LastReadings::default(),
        }
    }
}

impl LastUsage {
    /// By these settings.
    pub fn of(jobs: &JobSettings) -> Self {
        Self {
            look_back_days: jobs.usage.look_back_days,
            last_readings: LastReadings::default(),
        }
    }
}

impl Provisioner {
    /// The environment with the projects that its connections may use, and with what the operator chose.
    pub(crate) async fn permitted(&self, environment: Environment) -> Result<Environment, Failure> {
        let projects = self.connections.projects(environment.connections()).await?;
        Ok(Environment {
            projects,
            ends_with_links: self.policy.on_link_removed == OnLinkRemoved::Remove,
            ..environment
        })
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
