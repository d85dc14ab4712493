//! Milestones: the funding of a contract.

use jiff::Timestamp;
use serde::Serialize;

/// Status of a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MilestoneStatus {
    /// Created.
    NotFunded,
    /// Its amount is held for the trainer.
    ActiveFunded,
    /// Its amount was paid out.
    Paid,
}

impl MilestoneStatus {
    pub(crate) const NAMES: [&'static str; 3] = ["NOT_FUNDED", "ACTIVE_FUNDED", "PAID"];

    /// Whether its volume counts for the budget: funded or completed.
    pub(crate) fn is_funded(self) -> bool {
        self != Self::NotFunded
    }
}

/// A milestone, as it is part of a budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its amount.
    #[serde(serialize_with = "super::budget::number")]
    pub amount_usd: f64,
    /// Its volume; `None` if the job does not count work.
    pub volume: Option<f64>,
    /// Its status.
    pub status: MilestoneStatus,
    #[serde(skip)]
    pub(crate) terms: Terms,
}

/// The members that only the Public API shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Terms {
    pub(crate) description: String,
    /// 1 for the first milestone of a contract.
    pub(crate) number: usize,
    pub(crate) due_date: Option<String>,
    pub(crate) created_at: Timestamp,
    /// The trainer asked for the payout.
    pub(crate) payout_requested: bool,
    pub(crate) invoice_id: Option<String>,
}

/// A milestone to add.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NewMilestone {
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    pub(crate) amount_usd: f64,
    pub(crate) volume: Option<f64>,
    pub(crate) due_date: Option<String>,
}
