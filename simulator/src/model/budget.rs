//! Budgets, computed as the API page defines.

use serde::{Serialize, Serializer};

use super::{
    milestone::{Milestone, MilestoneStatus},
    payment::PaymentType,
};
use crate::kit::shape::{Shape, has, or_null};

/// Consumption of the funded work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BudgetState {
    /// Below 80 %, or nothing is counted or funded.
    Ok,
    /// From 80 %.
    Low,
    /// From 100 %.
    Depleted,
}

/// Reported work over all workers and days, and the time in OpenTrain's own tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Consumed {
    /// Seconds worked.
    pub seconds: u64,
    /// Hours worked.
    #[serde(serialize_with = "number")]
    pub hours: f64,
    /// Labels completed.
    pub labels: u64,
    /// Tasks completed.
    pub tasks: u64,
}

/// A contract's budget, in the API's format.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// The contract.
    pub contract_id: String,
    /// Unit of payment.
    pub payment_type: Option<PaymentType>,
    /// Consumption of the funded work.
    pub state: BudgetState,
    /// Funded hours or labels.
    #[serde(serialize_with = "number")]
    pub funded_volume: f64,
    /// Funded dollars.
    #[serde(serialize_with = "number")]
    pub funded_amount_usd: f64,
    /// Reported work.
    pub consumed: Consumed,
    /// Reported hours or labels, depending on the unit.
    #[serde(serialize_with = "number")]
    pub consumed_volume: f64,
    /// Funded minus consumed, at least 0.
    #[serde(serialize_with = "number")]
    pub remaining_volume: f64,
    /// Consumed divided by funded, with 4 decimals.
    #[serde(serialize_with = "number")]
    pub consumed_fraction: f64,
    /// The funded milestone that was added last.
    pub active_milestone: Option<Milestone>,
    /// Time of the last report.
    pub last_usage_at: Option<String>,
}

const CONSUMED: Shape = Shape::Object(&[
    has("seconds", Shape::Whole),
    has("hours", Shape::Number),
    has("labels", Shape::Whole),
    has("tasks", Shape::Whole),
]);
const ACTIVE_MILESTONE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("name", Shape::Text),
    has("amountUsd", Shape::Number),
    or_null("volume", Shape::Number),
    has("status", Shape::OneOf(&MilestoneStatus::NAMES)),
]);
pub(crate) const BUDGET: Shape = Shape::Named(
    "Budget",
    &[&[
        has("contractId", Shape::Text),
        or_null("paymentType", Shape::OneOf(&PaymentType::NAMES)),
        has("state", Shape::OneOf(&["OK", "LOW", "DEPLETED"])),
        has("fundedVolume", Shape::Number),
        has("fundedAmountUsd", Shape::Number),
        has("consumed", CONSUMED),
        has("consumedVolume", Shape::Number),
        has("remainingVolume", Shape::Number),
        has("consumedFraction", Shape::Number),
        or_null("activeMilestone", ACTIVE_MILESTONE),
        or_null("lastUsageAt", Shape::Time),
    ]],
);

/// Unit of a budget.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Hours,
    Labels,
}

impl Unit {
    /// `None` if the work is not counted, so that the budget never depletes.
    pub(crate) fn of(payment: Option<PaymentType>) -> Option<Self> {
        match payment? {
            PaymentType::PayPerHour => Some(Self::Hours),
            PaymentType::PayPerLabel => Some(Self::Labels),
            PaymentType::FixedPrice => None,
        }
    }

    /// The volume, and its fraction of `funded`.
    ///
    /// Hours are compared in seconds, so that 7.2 h of 9 h is exactly 0.8.
    pub(crate) fn measure(self, consumed: &Consumed, funded: f64) -> (f64, f64) {
        let (volume, fraction) = match self {
            Self::Hours => (consumed.hours, consumed.seconds as f64 / (funded * 3600.0)),
            Self::Labels => (consumed.labels as f64, consumed.labels as f64 / funded),
        };
        (volume, if funded > 0.0 { fraction } else { 0.0 })
    }
}

/// Whole numbers without a fraction part: `10`, as JavaScript writes it, not `10.0`.
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return serializer.serialize_i64(*value as i64);
    }
    serializer.serialize_f64(*value)
}
