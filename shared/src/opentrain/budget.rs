//! Funded and consumed work: endpoint 8.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::contracts::MISSING;
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::model::ids::ContractId;
use crate::model::lenient;

vocabulary! {
    /// Unit of payment.
    PaymentType {
        /// Hours. The volume is in hours.
        PerHour = "PAY_PER_HOUR",
        /// Labels. The volume is in labels.
        PerLabel = "PAY_PER_LABEL",
        /// A fixed price for all work. Never depleted.
        FixedPrice = "FIXED_PRICE",
    }
}

vocabulary! {
    /// Consumption of the funded work.
    BudgetState {
        /// Below 80 %, or nothing is funded, or the price is fixed.
        Ok = "OK",
        /// From 80 %.
        Low = "LOW",
        /// From 100 %.
        Depleted = "DEPLETED",
    }
}

/// Funded and consumed work. Amounts are for display and fractions, not for accounting, so they are floats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// The contract.
    pub contract_id: ContractId,
    /// Unit of payment.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub payment_type: Option<PaymentType>,
    /// Consumption.
    pub state: BudgetState,
    /// Funded volume in hours or labels, depending on the payment type.
    #[serde(default, deserialize_with = "lenient::number")]
    pub funded_volume: Option<f64>,
    /// Funded amount in US dollars.
    #[serde(default, deserialize_with = "lenient::number")]
    pub funded_amount_usd: Option<f64>,
    /// Reported work, in all units.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub consumed: Consumed,
    /// Consumed volume.
    #[serde(default, deserialize_with = "lenient::number")]
    pub consumed_volume: Option<f64>,
    /// Funded minus consumed volume, at least zero.
    #[serde(default, deserialize_with = "lenient::number")]
    pub remaining_volume: Option<f64>,
    /// 0 if nothing is funded; above 1 if more is consumed than funded.
    #[serde(default, deserialize_with = "lenient::number")]
    pub consumed_fraction: Option<f64>,
    /// The milestone in progress.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub active_milestone: Option<Milestone>,
    /// Time of the last report of work.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_usage_at: Option<Timestamp>,
}

/// Reported work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Consumed {
    /// Seconds.
    #[serde(default, deserialize_with = "lenient::number")]
    pub seconds: Option<f64>,
    /// Hours.
    #[serde(default, deserialize_with = "lenient::number")]
    pub hours: Option<f64>,
    /// Labels.
    #[serde(default, deserialize_with = "lenient::number")]
    pub labels: Option<f64>,
    /// Tasks.
    #[serde(default, deserialize_with = "lenient::number")]
    pub tasks: Option<f64>,
}

/// A milestone: a funded part of the work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// OpenTrain's id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Name of the milestone.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// In US dollars.
    #[serde(default, deserialize_with = "lenient::number")]
    pub amount_usd: Option<f64>,
    /// In the unit of the volume.
    #[serde(default, deserialize_with = "lenient::number")]
    pub volume: Option<f64>,
    /// OpenTrain's status of the milestone. The values are not documented.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
}

static BUDGET: Call = Call::safe(Method::GET, Scope::ContractsRead, MISSING);

impl PlatformClient {
    /// Reads the budget of a contract (endpoint 8). Emits no event.
    pub async fn budget(&self, contract: &ContractId) -> Result<Budget, OpenTrainError> {
        self.ask(&BUDGET, &["contracts", contract.as_str(), "budget"])?
            .read()
            .await
    }
}
