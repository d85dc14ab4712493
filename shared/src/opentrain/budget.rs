//! What is funded and what is consumed: endpoint 8.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::contracts::MISSING;
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::ids::ContractId;
use crate::lenient;

vocabulary! {
    /// What is paid for.
    PaymentType {
        /// Hours; the volume's unit is the hour.
        PerHour = "PAY_PER_HOUR",
        /// Labels; the volume's unit is the label.
        PerLabel = "PAY_PER_LABEL",
        /// The whole; never depletes.
        FixedPrice = "FIXED_PRICE",
    }
}

vocabulary! {
    /// How far the funded work is consumed.
    BudgetState {
        /// Below 80 %, or nothing is funded, or the price is fixed.
        Ok = "OK",
        /// From 80 %.
        Low = "LOW",
        /// From 100 %.
        Depleted = "DEPLETED",
    }
}

/// What is funded and what is consumed. Amounts are for showing and for fractions, not for accounts:
/// that is why they are floats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// The contract.
    pub contract_id: ContractId,
    /// What is paid for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub payment_type: Option<PaymentType>,
    /// How far it is consumed.
    pub state: BudgetState,
    /// In hours or labels, by the payment type.
    #[serde(default, deserialize_with = "lenient::number")]
    pub funded_volume: Option<f64>,
    /// In US dollars.
    #[serde(default, deserialize_with = "lenient::number")]
    pub funded_amount_usd: Option<f64>,
    /// What was reported, in all units.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub consumed: Consumed,
    /// In the unit of the volume.
    #[serde(default, deserialize_with = "lenient::number")]
    pub consumed_volume: Option<f64>,
    /// Funded less consumed, never below zero.
    #[serde(default, deserialize_with = "lenient::number")]
    pub remaining_volume: Option<f64>,
    /// 0 when nothing is funded; above 1 when more was done than is funded.
    #[serde(default, deserialize_with = "lenient::number")]
    pub consumed_fraction: Option<f64>,
    /// The milestone that is being worked on.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub active_milestone: Option<Milestone>,
    /// When work was last reported.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_usage_at: Option<Timestamp>,
}

/// Reported work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Consumed {
    /// Seconds.
    #[serde(default, deserialize_with = "lenient::number")]
    pub seconds: Option<f64>,
    /// The same in hours.
    #[serde(default, deserialize_with = "lenient::number")]
    pub hours: Option<f64>,
    /// Labels.
    #[serde(default, deserialize_with = "lenient::number")]
    pub labels: Option<f64>,
    /// Tasks.
    #[serde(default, deserialize_with = "lenient::number")]
    pub tasks: Option<f64>,
}

/// A funded part of the work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// OpenTrain's id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// In US dollars.
    #[serde(default, deserialize_with = "lenient::number")]
    pub amount_usd: Option<f64>,
    /// In the unit of the volume.
    #[serde(default, deserialize_with = "lenient::number")]
    pub volume: Option<f64>,
    /// OpenTrain's word for where it stands; the words are not documented.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
}

static BUDGET: Call = Call::safe(Method::GET, Scope::ContractsRead, MISSING);

impl PlatformClient {
    /// The budget of a contract (endpoint 8); reading it emits nothing.
    pub async fn budget(&self, contract: &ContractId) -> Result<Budget, OpenTrainError> {
        self.ask(&BUDGET, &["contracts", contract.as_str(), "budget"])?
            .read()
            .await
    }
}
