//! Reported work: endpoint 9.

use jiff::civil::Date;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::contracts::MISSING;
use super::{Budget, OpenTrainError, PlatformClient, Scope};
use crate::ids::{ContractId, TrainerId};
use crate::lenient;

/// The most entries of one report.
pub const MAX_ENTRIES: usize = 100;

/// The total of one person's UTC day: it replaces what is stored for that (worker, day), and a field that
/// is left out keeps its stored value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageEntry {
    /// The UTC day; not in the future.
    pub work_date: Date,
    /// Seconds of work, at most 86 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_seconds: Option<i64>,
    /// Tasks finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks_completed: Option<i64>,
    /// Labels made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels_completed: Option<i64>,
    /// Who worked; the contract's hired trainer when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_opentrain_user_id: Option<TrainerId>,
    /// Our own name for the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_report_id: Option<String>,
}

/// OpenTrain took the report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UsageAccepted {
    /// How many entries it says it took.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub accepted: Option<u64>,
    /// What is left; absent when it isn't understood, since the report counts all the same.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub budget: Option<Budget>,
}

const NOBODY: &str =
    "The contract has no hired trainer: name the worker of each entry, or wait for the hire.";

/// Totals replace totals: a report that is sent twice counts once.
pub(super) static REPORT: Call =
    Call::safe(Method::POST, Scope::UsageWrite, MISSING).on_conflict(NOBODY);

impl PlatformClient {
    /// Reports 1 to [`MAX_ENTRIES`] whole-day totals, one per (worker, day) (endpoint 9). One bad entry
    /// fails the whole report with a 400.
    pub async fn report_usage(
        &self,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, OpenTrainError> {
        let request = self.ask(&REPORT, &["contracts", contract.as_str(), "usage"])?;
        request.body(json!({ "entries": entries })).read().await
    }
}
