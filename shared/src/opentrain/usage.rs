//! Reports of work: endpoint 9.

use jiff::civil::Date;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::contracts::MISSING;
use super::{Budget, OpenTrainError, PlatformClient, Scope};
use crate::model::ids::{ContractId, TrainerId};
use crate::model::lenient;

/// Maximum number of entries in a report.
pub const MAX_ENTRIES: usize = 100;

/// Total of one worker's UTC day. It replaces the stored total of that worker and day; an omitted field keeps its
/// stored value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageEntry {
    /// UTC day; not in the future.
    pub work_date: Date,
    /// Seconds of work, at most 86 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_seconds: Option<i64>,
    /// Finished tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks_completed: Option<i64>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels_completed: Option<i64>,
    /// The worker; by default the contract's trainer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_opentrain_user_id: Option<TrainerId>,
    /// The bridge's id of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_report_id: Option<String>,
}

/// An accepted report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UsageAccepted {
    /// Number of accepted entries, as reported by OpenTrain.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub accepted: Option<u64>,
    /// The remaining budget. `None` if it is unreadable; the report counts regardless.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub budget: Option<Budget>,
}

/// A report that OpenTrain did not accept, as far as is known.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ReportError {
    /// The answer to the last attempt.
    pub error: OpenTrainError,
    /// Whether an attempt got no answer, so that OpenTrain may have the report even if a later attempt was refused.
    pub may_count: bool,
}

impl From<OpenTrainError> for ReportError {
    fn from(error: OpenTrainError) -> Self {
        Self {
            may_count: error.is_unclear(),
            error,
        }
    }
}

const NO_WORKER: &str =
    "The contract has no hired trainer: name the worker of each entry, or wait for the hire.";

/// Totals replace totals: a repeated report counts once.
pub(super) static REPORT: Call =
    Call::safe(Method::POST, Scope::UsageWrite, MISSING).on_conflict(NO_WORKER);

impl PlatformClient {
    /// Reports 1 to [`MAX_ENTRIES`] whole-day totals, one per worker and day (endpoint 9). One invalid entry fails the
    /// whole report with a 400.
    pub async fn report_usage(
        &self,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, ReportError> {
        let request = self.ask(&REPORT, &["contracts", contract.as_str(), "usage"])?;
        let request = request.body(json!({ "entries": entries }));
        let outcome = request.send().await;
        let answer = outcome.result.map_err(ReportError::from);
        let answer = answer.map_err(|it| ReportError {
            may_count: it.may_count || outcome.repeated,
            ..it
        })?;
        Ok(request.parse(&answer)?)
    }
}
