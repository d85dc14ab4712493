//! What was heard of a contract's budget.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::event::EventId;
use crate::model::ids::ContractId;
use crate::opentrain::Budget;
use crate::tool::NoticeLevel;

/// The newest words on one contract's budget, and what was made of them.
///
/// The newest event and the newest answer stand side by side: which of the two is the newer is decided
/// when it is asked ([`newest`](crate::notice::newest)), so that the order in which they came leaves no
/// trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetRow {
    /// Which contract.
    pub contract: ContractId,
    /// The newest event.
    #[serde(default)]
    pub event: Option<ByEvent>,
    /// The newest answer.
    #[serde(default)]
    pub answer: Option<ByAnswer>,
    /// When one of them last came, by our clock.
    pub at: Timestamp,
    /// How often the level changed.
    #[serde(default)]
    pub changes: u64,
    /// The change that the notices are up to date with.
    #[serde(default)]
    pub settled: u64,
    /// The level that was last posted; sinks with the level, so that a later crossing is posted again.
    #[serde(default)]
    pub posted: Option<NoticeLevel>,
    /// Somebody posts now.
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
    /// What it says.
    pub budget: Budget,
}

/// A budget that OpenTrain's API answered with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByAnswer {
    /// The moment before the question, by our clock.
    pub asked_at: Timestamp,
    /// What it says.
    pub budget: Budget,
}

/// A post under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posting {
    /// The level that is posted.
    pub level: NoticeLevel,
    /// Until when nobody else posts it.
    pub until: Timestamp,
}

impl Ledger {
    /// What was heard of a contract's budget.
    pub async fn budget(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
    ) -> Result<Option<BudgetRow>, LedgerError> {
        self.row(&budget_key(connection, contract)).await
    }

    /// What was heard of the budgets of a connection's contracts.
    pub async fn budgets(
        &self,
        connection: &ConnectionName,
    ) -> Result<Vec<BudgetRow>, LedgerError> {
        self.rows(&partition(connection), "BUDGET#").await
    }

    /// Brings what was heard to what `change` makes of it; `None` leaves it alone.
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
