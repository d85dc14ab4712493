//! Parameters of the tools. Those that change something are below.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::states::ContractState;
use crate::status::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleArgs {
    /// A state, such as `granted`, `needs-you` or `removed`.
    #[schemars(with = "Option<String>")]
    pub(super) state: Option<State>,
    /// Id of a project in the tool.
    pub(super) project: Option<String>,
    /// Text in the reason of the failure.
    pub(super) cause: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainArgs {
    /// Id of a trainer, a contract, a delivery or an event.
    pub(super) id: String,
    /// Points of the timeline on the page, up to 100 [default: 50].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageArgs {
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ContractArgs {
    pub(super) trainer_id: Option<String>,
    pub(super) project_id: Option<String>,
    /// `live`, `orphaned`, `not-allowed`, `not-allowed-over`, `unconfirmed`, `managed`, `managed-over` or `over`.
    #[schemars(with = "Option<String>")]
    pub(super) state: Option<ContractState>,
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct BudgetArgs {
    pub(super) contract_id: Option<String>,
    pub(super) project_id: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryArgs {
    /// `accepted`, `quarantined`, `refused`, or the reason of a refusal.
    pub(super) outcome: Option<String>,
    /// Type of the event, such as `contract.started`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Only since this time, in RFC 3339.
    pub(super) since: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadLetterArgs {
    /// Text in the reason.
    pub(super) cause: Option<String>,
    /// Only this one, with its masked body.
    pub(super) id: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct AuditArgs {
    /// First day, as YYYY-MM-DD in UTC.
    pub(super) from: String,
    /// Last day.
    pub(super) to: String,
    pub(super) trainer_id: Option<String>,
    pub(super) project_id: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckArgs {
    /// Only findings of these parts, such as `tool` or `endpoints`.
    pub(super) only: Option<Vec<String>>,
    /// The connection [default: `default`, and the endpoints of all].
    pub(super) connection: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanArgs {
    /// Only this connection [default: all].
    pub(super) connection: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchArgs {
    /// Words, such as the text of a message or the name of a setting.
    pub(super) query: String,
    /// Sections, up to 20 [default: 5].
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ApplyArgs {
    /// From `plan_reconcile`.
    pub(super) plan_id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RedriveArgs {
    /// Ids of dead letters, up to 100.
    pub(super) ids: BTreeSet<String>,
    /// Only show what would be redriven [default: true].
    pub(super) dry_run: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DropArgs {
    /// Ids of dead letters, up to 100.
    pub(super) ids: BTreeSet<String>,
    /// Why they are deleted.
    pub(super) reason: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RetryArgs {
    pub(super) trainer_id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct LinkArgs {
    /// Id of OpenTrain's job.
    pub(super) job_id: String,
    /// Id of the project in the tool.
    pub(super) project_id: String,
    /// The connection [default: `default`].
    pub(super) connection: Option<String>,
    /// Only check whether it can be linked [default: true].
    pub(super) dry_run: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct UnlinkParams {
    pub(super) link_id: String,
    /// The connection [default: `default`].
    pub(super) connection: Option<String>,
    /// Only show who would lose access [default: true].
    pub(super) dry_run: Option<bool>,
    /// The number of people who lose access, as the dry run has shown it. Required without `dryRun`.
    pub(super) confirm_people: Option<usize>,
}
