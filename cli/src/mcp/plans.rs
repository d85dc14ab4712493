//! Reconciles that were planned. A plan is applied by its id, as long as it still holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::ledger::audit::sha256;
use shared::model::ConnectionName;
use shared::reconcile::{Change, Outcome};

use crate::exit::CliError;

/// Time for which a plan may be applied.
const VALID: SignedDuration = SignedDuration::from_mins(15);

/// Maximum number of plans that are kept.
const MOST: usize = 20;

/// Maximum number of differences that are named.
const NAMED: usize = 10;

/// A planned reconcile.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) connection: Option<ConnectionName>,
    pub(super) expires_at: Timestamp,
    /// Hash of the outcome: the run is bound to it.
    pub(super) hash: String,
    /// Each difference and each change of access.
    lines: BTreeSet<String>,
    /// The answer, once the plan was applied.
    pub(super) applied: Option<Value>,
}

impl Plan {
    pub(super) fn of(
        outcome: &Outcome,
        connection: Option<ConnectionName>,
        now: Timestamp,
    ) -> Self {
        Self {
            connection,
            expires_at: now.saturating_add(VALID).unwrap_or(now),
            hash: outcome.plan(),
            lines: lines(outcome),
            applied: None,
        }
    }

    /// Fails if a later look finds something else, and names the difference.
    pub(super) fn holds(&self, now: &Outcome) -> Result<(), CliError> {
        let now = lines(now);
        let gone = self
            .lines
            .difference(&now)
            .map(|it| format!("no longer: {it}"));
        let new = now.difference(&self.lines).map(|it| format!("new: {it}"));
        let all: Vec<_> = gone.chain(new).collect();
        if all.is_empty() {
            return Ok(());
        }
        let more = match all.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        Err(CliError::Usage(format!(
            "the plan no longer holds, and nothing was changed. {}{more}. Call `plan_reconcile` again, and show the new plan to the operator",
            all[..all.len().min(NAMED)].join("; ")
        )))
    }
}

fn lines(outcome: &Outcome) -> BTreeSet<String> {
    let drift = outcome.drift.iter().map(|it| {
        let waits = it.waits.map_or("", |_| ", which waits");
        let kind = serde_json::to_value(&it.what).unwrap_or_default();
        let kind = kind["drift"].as_str().unwrap_or_default().to_owned();
        format!("{kind}: {} of {}{waits}", it.what.about(), it.connection)
    });
    let access = outcome.access.iter().map(|it| {
        let what = match it.change {
            Change::Remove => "revoke",
            Change::Release => "release",
            Change::Grant => "grant",
            Change::Check => "check the invitation of",
            Change::Keep => "keep",
        };
        format!("{what} {} on project {}", it.trainer, it.project)
    });
    let held = outcome.held.iter();
    let held = held.map(|it| format!("held: {} removals of {}", it.losing, it.connection));
    drift.chain(access).chain(held).collect()
}

/// The plans of one server.
#[derive(Debug, Default)]
pub(super) struct Plans(Mutex<BTreeMap<String, Plan>>);

impl Plans {
    /// Keeps a plan. Returns its id.
    pub(super) fn keep(&self, plan: Plan, now: Timestamp) -> String {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|_, it| it.expires_at > now);
        while plans.len() >= MOST {
            let oldest = plans.iter().min_by_key(|(_, it)| it.expires_at);
            let Some(id) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            plans.remove(&id);
        }
        let text = format!("{now} {:?} {:?}", plan.connection, plan.lines);
        let id = format!("plan_{}", &sha256(&text)[..16]);
        plans.insert(id.clone(), plan);
        id
    }

    /// Fails if the plan is unknown or has expired.
    pub(super) fn get(&self, id: &str, now: Timestamp) -> Result<Plan, CliError> {
        let plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = plans.get(id).filter(|it| it.expires_at > now);
        plan.cloned().ok_or_else(|| {
            CliError::Usage(format!(
                "there is no plan `{id}`, or it has expired: call `plan_reconcile`, and use its `planId`"
            ))
        })
    }

    /// Records the answer, so that applying the plan again changes nothing.
    pub(super) fn applied(&self, id: &str, answer: &Value) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get_mut(id) {
            plan.applied = Some(answer.clone());
        }
    }
}
