//! Helpers for work and budgets.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::http::TIMEOUT;
use shared::ledger::{Policy, Source};
use shared::model::ConnectionName;
use shared::model::clock::SystemClock;
use shared::model::ids::ContractId;
use shared::notice::{BudgetUpdate, NoticeSettings, Notices};
use shared::opentrain::{Budget, UsageEntry};
use simulator::NoticeLevel;

use crate::common::events::event;
use crate::common::world::{World, adapter};

/// Funds `hours`. The event is in delivery.
pub(crate) fn fund(w: &World, contract: &str, hours: f64) {
    w.opentrain.fund(contract, hours, 100.0).unwrap();
}

/// Reports a total of `hours`, as a usage run does.
pub(crate) async fn report(w: &World, contract: &str, hours: i64) -> Budget {
    report_as(w, "default", contract, hours).await
}

pub(crate) async fn report_as(w: &World, connection: &str, contract: &str, hours: i64) -> Budget {
    let entry = UsageEntry {
        work_date: "2026-01-05".parse().unwrap(),
        total_seconds: Some(hours * 3600),
        tasks_completed: None,
        labels_completed: None,
        worker_opentrain_user_id: None,
        external_report_id: None,
    };
    let platform = &w.customers[connection].platform;
    let (contract, entries) = (ContractId::from(contract), [entry]);
    let answer = platform.report_usage(&contract, &entries).await;
    answer.unwrap().budget.unwrap()
}

/// Hires a trainer on a new job at `project`, with ten hours funded. Returns the contract.
pub(crate) async fn ten_hours(w: &World, project: &str, trainer: &str) -> String {
    let job = w.job(project).await;
    ten_hours_on(w, &job, trainer).await
}

/// The same on a linked job.
pub(crate) async fn ten_hours_on(w: &World, job: &str, trainer: &str) -> String {
    let contract = w.hire(job, &w.trainer(trainer));
    fund(w, &contract, 10.0);
    w.idle().await;
    contract
}

/// The notice in the tool: its level and its contracts.
pub(crate) fn shown(w: &World, project: &str) -> Option<(NoticeLevel, Vec<String>)> {
    let notice = w.tool.notice(project)?;
    Some((notice.level, notice.contract_ids))
}

pub(crate) fn warning(contracts: &[&String]) -> Option<(NoticeLevel, Vec<String>)> {
    level(NoticeLevel::Warning, contracts)
}

pub(crate) fn exhausted(contracts: &[&String]) -> Option<(NoticeLevel, Vec<String>)> {
    level(NoticeLevel::Exhausted, contracts)
}

fn level(level: NoticeLevel, contracts: &[&String]) -> Option<(NoticeLevel, Vec<String>)> {
    Some((level, contracts.iter().map(|it| (*it).clone()).collect()))
}

/// Notices with the bridge's own ledger and tool, as in a usage run.
pub(crate) fn notices(w: &World, settings: NoticeSettings) -> Notices {
    let tool = Arc::new(adapter(&w.tool, TIMEOUT));
    let ledger = w.bridge.ledger().clone();
    Notices::new(
        ledger,
        tool,
        Arc::new(SystemClock),
        Policy::default(),
        settings,
    )
}

pub(crate) fn default() -> ConnectionName {
    ConnectionName::default()
}

/// An answer of OpenTrain at this time.
pub(crate) fn answer(w: &World, budget: Budget) -> BudgetUpdate {
    let source = Source::Api {
        asked_at: w.opentrain.now(),
    };
    BudgetUpdate {
        contract: budget.contract_id.clone(),
        budget,
        source,
    }
}

/// A milestone event about one contract that the simulator would not emit.
pub(crate) fn milestone(
    kind: &str,
    id: u64,
    contract: &str,
    at: jiff::Timestamp,
    budget: Option<Value>,
) -> Value {
    let mut data = json!({ "contract": { "id": contract }, "milestone": { "id": "mst_by_hand" } });
    if let Some(budget) = budget {
        data["budget"] = budget;
    }
    let mut event = event(kind, id, Some("mst_by_hand"), data);
    event["createdAt"] = at.to_string().into();
    event
}
