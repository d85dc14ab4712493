//! Budget notices: a project in the tool shows when funded work runs low or is exhausted.
//!
//! The budget in an answer or an event is an *update* (`BudgetUpdate`). The newest update of a contract determines its
//! level: fine, low (80 %) or exhausted (100 %). A project shows one notice: the worst level of its contracts with a
//! live hire, of all connections.
//!
//! - [`level`](level()): budget → level; pure
//! - `order`: which update is the newest; pure
//! - `text`: levels → notice; pure
//! - `settle`: updates the tool; the only writer there
//! - `post`: posts each crossing to a chat channel
//!
//! [`Alerts`] posts problems that need an operator to the operator's channel.

mod alert;
mod level;
mod order;
mod post;
mod settings;
mod settle;
#[cfg(test)]
mod tests;
mod text;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

pub use alert::Alerts;
pub use level::level;
pub use order::{BudgetUpdate, current_level, hear, in_doubt, newest};
pub use settings::NoticeSettings;
pub use text::{notice, volume};
pub use webhook::Webhook;

use crate::connection::Connections;
use crate::ledger::{BudgetRow, Hire, Ledger, Place, Policy};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::model::failure::{Cause, Failure};
use crate::model::ids::ProjectId;
use crate::tool::AnnotationTool;

/// Maximum number of budgets that are read at once.
const BUDGETS_AT_ONCE: usize = 8;

/// Places, by project.
type Places = BTreeMap<ProjectId, BTreeSet<Place>>;

/// Shows notices. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    ledger: Ledger,
    tool: Arc<dyn AnnotationTool>,
    clock: Arc<dyn Clock>,
    policy: Policy,
    settings: Arc<NoticeSettings>,
    connections: Option<Connections>,
}

impl Notices {
    /// Notices on the projects of `tool`.
    pub fn new(
        ledger: Ledger,
        tool: Arc<dyn AnnotationTool>,
        clock: Arc<dyn Clock>,
        policy: Policy,
        settings: NoticeSettings,
    ) -> Self {
        Self {
            ledger,
            tool,
            clock,
            policy,
            settings: Arc::new(settings),
            connections: None,
        }
    }

    /// Excludes hires at projects that these connections may not use.
    #[must_use]
    pub fn serving(self, connections: Connections) -> Self {
        Self {
            connections: Some(connections),
            ..self
        }
    }

    /// Records an update of a contract's budget if it is newer, then updates the notices of the contract's projects.
    /// The
    /// update is recorded before anything is shown: an error never loses it, and the same update may be passed again.
    ///
    /// # Errors
    /// A temporary failure of the ledger or the tool. A permanent failure (the tool has no such project) is stored with
    /// the notice and logged.
    pub async fn heard(
        &self,
        connection: &ConnectionName,
        word: BudgetUpdate,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let hear = |old| order::hear(old, &word, now);
        let contract = &word.contract;
        self.ledger
            .update_budget(connection, contract, hear)
            .await?;
        match self.ledger.budget(connection, contract).await? {
            Some(row) => self.follow(connection, &row).await,
            None => Ok(()),
        }
    }

    /// Retries failed notices and posts of all contracts of a connection. Also checks whether contracts that are not
    /// fine still have live hires: there is no event for that when an install is revoked or reconnected.
    ///
    /// # Errors
    /// The worst failure, after all were tried.
    pub async fn catch_up(&self, connection: &ConnectionName) -> Result<(), Failure> {
        let rows = self.ledger.budgets(connection).await?;
        let mut failures = Vec::new();
        let mut places = Places::new();
        for row in &rows {
            failures.extend(self.follow(connection, row).await.err());
            if current_level(row).is_some() {
                self.add_places(&mut places, connection, row).await?;
            }
        }
        failures.extend(unless_wrong(self.settle_all(&places).await).err());
        Failure::worst(failures).map_or(Ok(()), Err)
    }

    /// Runs [`catch_up`](Self::catch_up) for every connection.
    ///
    /// # Errors
    /// The worst failure, after all were tried. Or the connections can't be listed, or one of them can't be read.
    pub async fn catch_up_all(&self, connections: &Connections) -> Result<(), Failure> {
        let mut failures = Vec::new();
        let listed = connections.list().await?;
        failures.extend(listed.faults.into_iter().map(Failure::operator));
        for connection in listed.connections {
            failures.extend(self.catch_up(&connection.name).await.err());
        }
        Failure::worst(failures).map_or(Ok(()), Err)
    }

    /// Updates the notices for hires that may have begun or ended: their contracts enter and leave the notices.
    ///
    /// A notice that cannot be changed now is left to [`catch_up`](Self::catch_up), because access must not wait for a
    /// notice.
    ///
    /// # Errors
    /// A failure of the ledger.
    pub async fn moved(&self, hires: &[Hire]) -> Result<(), Failure> {
        let budgets = hires
            .iter()
            .map(|hire| self.ledger.budget(&hire.connection, &hire.contract));
        let budgets: Vec<_> = budgets.collect();
        let budgets: Vec<_> = stream::iter(budgets)
            .buffered(BUDGETS_AT_ONCE)
            .try_collect()
            .await?;
        for (hire, budget) in hires.iter().zip(budgets) {
            // A budget that is fine is in no notice, or its own update is about to remove it.
            if budget.as_ref().and_then(current_level).is_none() {
                continue;
            }
            let place = BTreeSet::from([place_of(hire)]);
            if let Err(failure) = self.settle(&hire.project, &place).await {
                tracing::warn!(project.id = %hire.project, reason = %failure, "a notice could not be changed; it is retried");
            }
        }
        Ok(())
    }

    /// Updates notice and channel for a recorded budget. Does nothing that was done before.
    async fn follow(&self, connection: &ConnectionName, row: &BudgetRow) -> Result<(), Failure> {
        let settled = self.settle_contract(connection, row).await;
        // The post does not depend on the success of the notice.
        self.post(connection, row).await;
        unless_wrong(settled)
    }

    async fn settle_contract(
        &self,
        connection: &ConnectionName,
        row: &BudgetRow,
    ) -> Result<(), Failure> {
        if row.settled == row.changes {
            return Ok(());
        }
        let mut places = Places::new();
        self.add_places(&mut places, connection, row).await?;
        self.settle_all(&places).await?;
        let done = |now: Option<BudgetRow>| {
            let now = now.filter(|now| now.settled < row.changes)?;
            Some(BudgetRow {
                settled: row.changes,
                ..now
            })
        };
        self.ledger
            .update_budget(connection, &row.contract, done)
            .await?;
        Ok(())
    }

    /// Adds the projects on which a contract is or was worked.
    async fn add_places(
        &self,
        places: &mut Places,
        connection: &ConnectionName,
        row: &BudgetRow,
    ) -> Result<(), Failure> {
        let roster = self.ledger.roster_of_contract(connection, &row.contract);
        for at in roster.await? {
            let place = Place {
                connection: connection.clone(),
                contract: row.contract.clone(),
                link: at.link,
                trainer: at.trainer,
            };
            places.entry(at.project).or_default().insert(place);
        }
        Ok(())
    }

    /// Updates every project, and returns the worst failure.
    async fn settle_all(&self, places: &Places) -> Result<(), Failure> {
        let mut failures = Vec::new();
        for (project, places) in places {
            failures.extend(self.settle(project, places).await.err());
        }
        Failure::worst(failures).map_or(Ok(()), Err)
    }
}

/// A permanent failure does not block processing: it is stored with the notice and retried on the next update.
fn unless_wrong(settled: Result<(), Failure>) -> Result<(), Failure> {
    match settled {
        Err(failure) if failure.cause == Cause::Wrong => {
            tracing::error!(reason = %failure, "a notice can't be shown");
            Ok(())
        }
        settled => settled,
    }
}

fn place_of(hire: &Hire) -> Place {
    Place {
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        link: hire.link.clone(),
        trainer: hire.trainer.clone(),
    }
}
