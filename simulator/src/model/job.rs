//! Jobs with their links and contracts.

use serde::Serialize;

use super::{install::DEFAULT_ORGANIZATION, payment::PaymentType};

/// A job to create.
#[derive(Clone, Debug)]
pub struct JobOptions {
    /// The title.
    pub title: String,
    /// Unit of payment; `None` if it is not decided.
    pub payment_type: Option<PaymentType>,
    /// The employer.
    pub organization: String,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            title: "Label street scenes".to_owned(),
            payment_type: Some(PaymentType::PayPerHour),
            organization: DEFAULT_ORGANIZATION.to_owned(),
        }
    }
}

/// A job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// Unit of payment.
    pub payment_type: Option<PaymentType>,
    /// The employer.
    pub organization: String,
    /// The links on it, of all installs, oldest first.
    pub link_ids: Vec<String>,
    /// The contracts on it, oldest first.
    pub contract_ids: Vec<String>,
}
