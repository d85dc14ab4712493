//! Budget notices: money never runs out in silence.
//!
//! The budget in an answer or an event is a *word*. The newest word on a contract is its level: fine,
//! low (80 %) or exhausted (100 %). A project shows one notice: the worst level of the contracts on it
//! whose hire is live, of all connections.
//!
//! - [`level`](level()): budget → level; pure
//! - `order`: which word is the newest; pure
//! - `text`: levels → notice; pure
//! - `settle`: makes the tool show it; the only writer there
//! - `post`: tells a chat channel of each crossing

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

pub use level::level;
pub use order::{hear, in_doubt, newest, stands_at};
pub use settings::NoticeSettings;
pub use text::{notice, volume};
pub use webhook::Webhook;

use crate::clock::Clock;
use crate::connection::{ConnectionName, Connections};
use crate::ids::{ContractId, ProjectId};
use crate::ledger::{BudgetRow, Cause, Hire, Ledger, Place, Source};
use crate::opentrain::Budget;
use crate::provision::{Failure, Policy};
use crate::tool::AnnotationTool;

/// What was heard of a contract's budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The contract.
    pub contract: ContractId,
    /// What is funded and what is consumed.
    pub budget: Budget,
    /// How we know; it decides which of two words is the newer.
    pub source: Source,
}

/// How many budgets are read at once.
const BUDGETS_AT_ONCE: usize = 8;

/// Places, by their project.
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

    /// The same, without hires at projects that these connections may not use.
    #[must_use]
    pub fn serving(self, connections: Connections) -> Self {
        Self {
            connections: Some(connections),
            ..self
        }
    }

    /// Takes a word on a contract's budget: records it if it is news, then brings the notices of the
    /// contract's projects up to date. The word is recorded before anything is shown: an error never
    /// loses it, and the same word may be told again.
    ///
    /// # Errors
    /// When the ledger or the tool failed and may do better later. What no retry mends (the tool knows
    /// no such project) is noted with the notice and logged.
    pub async fn heard(&self, connection: &ConnectionName, word: Word) -> Result<(), Failure> {
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

    /// Shows and posts what could not be shown or posted before, for all contracts of a connection; and
    /// looks again whether the contracts that are not fine are still, or again, worked on: a revoked
    /// install tells nobody, and a reconnected one neither.
    ///
    /// # Errors
    /// The worst failure, when all was tried.
    pub async fn catch_up(&self, connection: &ConnectionName) -> Result<(), Failure> {
        let rows = self.ledger.budgets(connection).await?;
        let mut failures = Vec::new();
        let mut places = Places::new();
        for row in &rows {
            failures.extend(self.follow(connection, row).await.err());
            if stands_at(row).is_some() {
                self.add_places(&mut places, connection, row).await?;
            }
        }
        failures.extend(unless_wrong(self.settle_all(&places).await).err());
        Failure::worst(failures).map_or(Ok(()), Err)
    }

    /// [`catch_up`](Self::catch_up) for every connection.
    ///
    /// # Errors
    /// The worst failure, when all was tried; or that the connections can't be listed, or one of them can't be read.
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
    /// A notice that cannot be changed now is left to [`catch_up`](Self::catch_up): access must not wait for a
    /// notice.
    ///
    /// # Errors
    /// When the ledger failed.
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
            // A budget that is fine is in no notice, or about to leave it by its own word.
            if budget.as_ref().and_then(stands_at).is_none() {
                continue;
            }
            let place = BTreeSet::from([place_of(hire)]);
            if let Err(failure) = self.settle(&hire.project, &place).await {
                tracing::warn!(project.id = %hire.project, reason = %failure, "a notice could not be changed; it is caught up with");
            }
        }
        Ok(())
    }

    /// Draws the consequences of what was heard; cheap when they were drawn before.
    async fn follow(&self, connection: &ConnectionName, row: &BudgetRow) -> Result<(), Failure> {
        let settled = self.settle_contract(connection, row).await;
        // Neither of the two waits for the other to work.
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

    /// Adds where a contract is or was worked on.
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

    /// Tries every project; the worst failure, when all was tried.
    async fn settle_all(&self, places: &Places) -> Result<(), Failure> {
        let mut failures = Vec::new();
        for (project, places) in places {
            failures.extend(self.settle(project, places).await.err());
        }
        Failure::worst(failures).map_or(Ok(()), Err)
    }
}

/// What no retry mends holds nothing up: it is noted with the notice, and tried again with the next word.
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
