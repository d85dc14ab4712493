//! Predicts the grants and revocations that follow from a difference. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::difference::{Difference, LinkWord};
use super::findings::{AccessChange, Change};
use super::guard::Guard;
use super::snapshot::Snapshot;
use crate::ledger::{Access, AccessState, Policy, Trainer};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::TrainerId;
use crate::provision::merge;
use crate::provision::plan::{Step, add_checks, plan, stale_emails};
use crate::tool::Scope;

/// A wake-up that is this late was lost.
const WAKE_UP_LOST: Duration = Duration::from_secs(20 * 60);

/// Input of the prediction, in addition to the snapshot and the difference.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The operator's choices.
    pub policy: Policy,
    /// Scope of a membership in the tool.
    pub scope: Scope,
    /// Limits of the removals that follow from absences.
    pub guard: Guard,
    /// The connection whose hold an operator lifts.
    pub forced: Option<ConnectionName>,
    /// Only trainers with a hire through this connection are processed.
    pub only: Option<ConnectionName>,
    /// Trainers with access through the other connections, if only one connection is processed.
    pub elsewhere: Elsewhere,
    /// Whether due work is left to its wake-up, unless the wake-up was lost.
    pub leave_due: bool,
    /// The present moment.
    pub now: Timestamp,
}

/// People who have access through other connections.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    /// All these people.
    pub(super) people: BTreeSet<TrainerId>,
    /// People who would lose access by the absences that looks have found in the other connections' lists, without
    /// those that a connection's own count holds. First looks are included, because all absences may be confirmed at
    /// the same time.
    pub(super) losing: BTreeSet<TrainerId>,
}

/// Result of a prediction.
#[derive(Debug, Clone, Default)]
pub struct Prediction {
    /// Trainers to converge, and whether their invitations are checked.
    pub converge: BTreeMap<TrainerId, bool>,
    /// Changes of access that would follow.
    pub access: Vec<AccessChange>,
}

/// Applies the difference to the snapshot and plans the access of all trainers again, by the rules of merge and
/// convergence.
pub fn predict(snapshot: &Snapshot, difference: &Difference, ground: &Ground) -> Prediction {
    let (after, touched) = overlay(snapshot, difference, ground.now);
    let mut prediction = Prediction::default();
    for (id, trainer) in &after.trainers {
        let steps = steps(&after, trainer, ground);
        let is_waiting = !steps.is_empty() || trainer.due.is_some();
        let waits = || is_waiting && !is_left_to_wake_up(trainer, ground);
        if !in_scope(trainer, ground) || !(touched.contains(id) || waits()) {
            continue;
        }
        let recheck = steps.iter().any(|step| matches!(step, Step::Check(_)));
        prediction.converge.insert(id.clone(), recheck);
        prediction
            .access
            .extend(steps.iter().map(|step| change(id, step)));
    }
    prediction
}

/// The ledger after the difference, and the trainers whose hires would change.
pub(super) fn overlay(
    snapshot: &Snapshot,
    difference: &Difference,
    now: Timestamp,
) -> (Snapshot, BTreeSet<TrainerId>) {
    let mut after = snapshot.clone();
    for (connection, install, asked_at) in &difference.installs {
        let known = after.environment.installs.get(connection).cloned();
        let new = merge::install(known, install, *asked_at, now);
        after
            .environment
            .installs
            .extend(new.map(|new| (connection.clone(), new)));
    }
    for LinkWord {
        connection, link, ..
    } in &difference.links
    {
        let at = (connection.clone(), link.id.clone());
        let links = &mut after.environment.links;
        let new = link.merged_onto(links.get(&at).cloned());
        links.extend(new.map(|new| (at, new)));
    }
    for connection in &difference.refused {
        if let Some(install) = after.environment.installs.get_mut(connection) {
            install.refused = true;
        }
    }
    let mut touched = BTreeSet::new();
    for (id, facts) in difference.facts_by_trainer() {
        let trainer = after.trainers.entry(id.clone()).or_default();
        let new = merge::trainer(trainer, &facts, &after.environment, now).trainer;
        if new != *trainer {
            *trainer = new;
            touched.insert(id);
        }
    }
    (after, touched)
}

fn steps(after: &Snapshot, trainer: &Trainer, ground: &Ground) -> Vec<Step> {
    let entitlements = after.entitlements(trainer, &ground.policy);
    let mut steps = plan(trainer, &entitlements, ground.scope);
    steps.extend(stale_emails(trainer, &entitlements, &after.environment));
    add_checks(&mut steps, trainer, &entitlements);
    steps
}

fn in_scope(trainer: &Trainer, ground: &Ground) -> bool {
    let only = ground.only.as_ref();
    only.is_none_or(|only| trainer.hires.iter().any(|hire| hire.connection == *only))
}

/// Whether the due work still has a wake-up. A wake-up that is long overdue was lost.
fn is_left_to_wake_up(trainer: &Trainer, ground: &Ground) -> bool {
    let due = trainer.due.filter(|_| ground.leave_due);
    // A wake-up that seems later than the longest delay was sent while the clock was wrong.
    let comes = |at: Timestamp| {
        ground.now < after(at, WAKE_UP_LOST) && at <= after(ground.now, WAKE_UP_LOST)
    };
    due.is_some_and(|due| comes(due.at))
}

/// Whether the trainer has access whose revocation has not begun.
pub(super) fn has_access(access: &Access) -> bool {
    access.may_be_in() && access.state != AccessState::Removing
}

/// Whether the trainer has access that would be revoked.
pub(super) fn removes_access(state: &Snapshot, trainer: &Trainer, ground: &Ground) -> bool {
    let has = |step: &Step| trainer.access.get(step.project()).is_some_and(has_access);
    let entitlements = state.entitlements(trainer, &ground.policy);
    let steps = plan(trainer, &entitlements, ground.scope);
    steps
        .iter()
        .any(|step| matches!(step, Step::Remove(_)) && has(step))
}

fn change(trainer: &TrainerId, step: &Step) -> AccessChange {
    let change = match step {
        Step::Remove(_) => Change::Remove,
        Step::Release(_) => Change::Release,
        Step::Grant(_) => Change::Grant,
        Step::Check(_) => Change::Check,
        Step::Keep(_) => Change::Keep,
    };
    AccessChange {
        trainer: trainer.clone(),
        project: step.project().clone(),
        change,
    }
}
