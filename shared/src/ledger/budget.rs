//! Known state of a contract's budget.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::event::EventId;
use crate::model::ids::ContractId;
use crate::opentrain::Budget;
use crate::tool::NoticeLevel;

/// Newest reports of one contract's budget, and the notices that they caused.
///
/// The newest event and the newest API answer are stored separately. [`newest`](crate::notice::newest) decides which of
/// the two is newer, so that their order of arrival has no effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetRow {
    /// The contract.
    pub contract: ContractId,
    /// The newest event.
    #[serde(default)]
    pub event: Option<ByEvent>,
    /// The newest answer.
    #[serde(default)]
    pub answer: Option<ByAnswer>,
    /// Time of the last arrival of either, by our clock.
    pub at: Timestamp,
    /// Number of changes of the level.
    #[serde(default)]
    pub changes: u64,
    /// Number of the last change that the notices show.
    #[serde(default)]
    pub settled: u64,
    /// The level that was last posted. It falls with the level, so that a later rise is posted again.
    #[serde(default)]
    pub posted: Option<NoticeLevel>,
    /// A post that is in progress.
    #[serde(default)]
    pub posting: Option<Posting>,
}

/// A budget that came with an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByEvent {
    /// The event.
    pub id: EventId,
    /// When it happened, by OpenTrain's clock.
    pub created_at: Option<Timestamp>,
    /// The budget in the event.
    pub budget: Budget,
}

/// A budget in an answer of OpenTrain's API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByAnswer {
    /// The moment before the request, by our clock.
    pub asked_at: Timestamp,
    /// The budget in the answer.
    pub budget: Budget,
}

/// A post that is in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posting {
    /// The level that is posted.
    pub level: NoticeLevel,
    /// End of the lease: until then, no other worker posts it.
    pub until: Timestamp,
}

impl Ledger {
    /// Known state of a contract's budget.
    pub async fn budget(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
    ) -> Result<Option<BudgetRow>, LedgerError> {
        self.row(&budget_key(connection, contract)).await
    }

    /// Known budgets of a connection's contracts.
    pub async fn budgets(
        &self,
        connection: &ConnectionName,
    ) -> Result<Vec<BudgetRow>, LedgerError> {
        self.rows(&partition(connection), "BUDGET#").await
    }

    /// Replaces the row by the result of `change`; `None` leaves it unchanged.
    pub async fn update_budget(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
        change: impl Fn(Option<BudgetRow>) -> Option<BudgetRow> + Send + Sync,
    ) -> Result<bool, LedgerError> {
        self.update(&budget_key(connection, contract), change).await
    }
}

fn budget_key(connection: &ConnectionName, contract: &ContractId) -> Key {
    let sort = join("BUDGET", &[contract.as_str()]);
    Key::new(partition(connection), sort)
}

fn partition(connection: &ConnectionName) -> String {
    join("CONNECTION", &[connection.as_str()])
}
