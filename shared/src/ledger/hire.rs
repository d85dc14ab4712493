//! A hire: one contract, seen through one project link.

use futures::future::try_join;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::connection::ConnectionName;
use crate::delivery::EventId;
use crate::ids::{ContractId, LinkId, ProjectId, TrainerId};

/// What OpenTrain has said of one contract at one link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hire {
    /// The install that it belongs to.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link that ties the contract's job to the project.
    pub link: LinkId,
    /// Who was hired.
    pub trainer: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// OpenTrain provisions this link's people itself (`MANAGED_ADAPTER`): we leave them alone.
    pub managed: bool,
    /// Whether the contract runs.
    pub status: HireStatus,
    /// The newest event that was merged.
    pub as_of: Option<EventId>,
    /// When the API was last asked, and said so: the moment before the question.
    pub seen_at: Option<Timestamp>,
    /// When something was last merged, by our clock.
    pub merged_at: Timestamp,
    /// The contract's first day, where OpenTrain said it; work before it is not this contract's.
    pub first_day: Option<Date>,
    /// When it became active, as far as we know.
    pub started_at: Option<Timestamp>,
    /// When it ended, as far as we know.
    pub ended_at: Option<Timestamp>,
}

/// Whether a contract runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HireStatus {
    /// It does: access is due.
    Active,
    /// It has ended: access has to go.
    Ended,
}

impl Ledger {
    /// Brings one hire from what it is to what `change` makes of it; `None` leaves it alone.
    ///
    /// Who was ever hired through a link is noted before: a link that is removed at this very moment
    /// finds the trainer on its roster, or we find the link removed. So is where the contract is worked
    /// on: a budget that is heard of at this very moment finds the project, or we find the budget.
    pub async fn update_hire(
        &self,
        hire: &Hire,
        change: impl Fn(Option<Hire>) -> Option<Hire> + Send + Sync,
    ) -> Result<bool, LedgerError> {
        let roster = Key::new(roster(&hire.connection, &hire.link), hire.trainer.as_str());
        // Side by side, so that they share one fsync.
        let rostered = self.insert(roster, &hire.trainer);
        try_join(rostered, self.note_workplace(hire)).await?;
        let ids = [
            hire.connection.as_str(),
            hire.contract.as_str(),
            hire.link.as_str(),
        ];
        let key = Key::new(
            join("TRAINER", &[hire.trainer.as_str()]),
            join("HIRE", &ids),
        );
        self.update(&key, change).await
    }

    /// Who was ever hired through a link, as of all hires merged before.
    pub async fn roster(
        &self,
        connection: &ConnectionName,
        link: &LinkId,
    ) -> Result<Vec<TrainerId>, LedgerError> {
        self.rows(&roster(connection, link), "").await
    }
}

fn roster(connection: &ConnectionName, link: &LinkId) -> String {
    join("ROSTER", &[connection.as_str(), link.as_str()])
}
