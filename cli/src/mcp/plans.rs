//! Reconciles that were planned. A plan is applied by its id, as long as it still holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::ledger::audit::sha256;

use crate::exit::CliError;
use crate::reconcile::plan::{Moved, Plan};

/// Time for which a plan may be applied.
const VALID: SignedDuration = SignedDuration::from_mins(15);

/// Maximum number of plans that are kept.
const MOST: usize = 20;

/// Maximum number of differences that are named.
const NAMED: usize = 10;

/// A planned reconcile.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) plan: Arc<Plan>,
    expires_at: Timestamp,
    /// The answer, once the plan was applied.
    pub(super) applied: Option<Value>,
}

/// The plans of one server, by id.
#[derive(Default)]
pub(super) struct Plans(Mutex<BTreeMap<String, Kept>>);

impl Plans {
    /// Keeps a plan. Returns its id, and until when it may be applied.
    pub(super) fn keep(&self, plan: Plan, now: Timestamp) -> (String, Timestamp) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|_, it| it.expires_at > now);
        while plans.len() >= MOST {
            let oldest = plans.iter().min_by_key(|(_, it)| it.expires_at);
            let Some(id) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            plans.remove(&id);
        }
        let id = sha256(&format!("{now} {:?} {}", plan.wish.connection, plan.hash));
        let id = format!("plan_{}", &id[..16]);
        let expires_at = now.saturating_add(VALID).unwrap_or(now);
        let kept = Kept {
            plan: Arc::new(plan),
            expires_at,
            applied: None,
        };
        plans.insert(id.clone(), kept);
        (id, expires_at)
    }

    /// Fails if the plan is unknown or has expired.
    pub(super) fn get(&self, id: &str, now: Timestamp) -> Result<Kept, CliError> {
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

/// The error for a plan that no longer holds. It names the difference.
pub(super) fn outdated(moved: Option<&Moved>) -> CliError {
    let gone = moved.iter().flat_map(|it| &it.gone);
    let gone = gone.map(|it| format!("no longer: {it}"));
    let new = moved.iter().flat_map(|it| &it.new);
    let new = new.map(|it| format!("new: {it}"));
    let all: Vec<_> = gone.chain(new).collect();
    let more = match all.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    CliError::Usage(format!(
        "the plan no longer holds, and nothing was changed. {}{more}. Call `plan_reconcile` again, and show the new plan to the operator",
        all[..all.len().min(NAMED)].join("; ")
    ))
}
