//! The accesses that a run looks at in the tool, and the time of the next look.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Reconciler;
use super::snapshot::Snapshot;
use super::wish::Wish;
use crate::ledger::{Access, AccessState, Entitlement, Hire, Trainer};
use crate::model::clock::after;
use crate::model::ids::{ProjectId, TrainerId};
use crate::provision;
use crate::tool::{Membership, Scope};

/// Maximum number of granted accesses that one run looks at, if access is per project. Each run begins at a random
/// access.
const MOST_GRANTED: usize = 200;

/// An access to look at.
pub(super) struct Sought {
    pub(super) membership: Membership,
    pub(super) access: Access,
}

impl Sought {
    /// Result of a look in a project that the tool has deleted: it has no members.
    pub(super) fn without_project(&self) -> Option<bool> {
        (self.access.state == AccessState::Removed).then_some(false)
    }
}

impl Reconciler {
    /// Time of the next first look at a removed access. Looks that are due soon after each other are made by one run.
    pub(super) fn first_look(&self, snapshot: &Snapshot, scope: Scope) -> Option<Timestamp> {
        let policy = &self.provisioner.policy;
        let now = self.provisioner.clock.now();
        let due = snapshot.trainers.values().flat_map(|trainer| {
            let entitlements = snapshot.entitlements(trainer, policy);
            let sought = trainer.access.values();
            let sought = sought.filter(move |it| is_sought(trainer, &entitlements, it, scope));
            sought.filter_map(Access::first_look_at)
        });
        let next = due.filter(|due| *due > now).min()?;
        Some(next.max(after(now, policy.confirm_after / 2)))
    }

    /// The accesses to look at, by project. If a seat spans the organisation, all accesses are under one project.
    pub(super) fn sought(
        &self,
        snapshot: &Snapshot,
        wish: &Wish,
        scope: Scope,
        now: Timestamp,
    ) -> BTreeMap<ProjectId, Vec<Sought>> {
        let mut by_project: BTreeMap<ProjectId, Vec<Sought>> = BTreeMap::new();
        let turn = (scope == Scope::Project && !wish.force).then(|| granted_in_turn(snapshot));
        let has_turn = |id: &TrainerId, project: &ProjectId| {
            turn.as_ref().is_none_or(|it| it.contains(&(project, id)))
        };
        for (id, trainer) in &snapshot.trainers {
            let entitlements = snapshot.entitlements(trainer, &self.provisioner.policy);
            for access in trainer.access.values() {
                let is_granted = access.state == AccessState::Granted;
                let is_due = access.look_is_due(now) || is_granted && has_turn(id, &access.project);
                if !is_due || !is_sought(trainer, &entitlements, access, scope) {
                    continue;
                }
                let environment = &snapshot.environment;
                let project = &access.project;
                let membership =
                    provision::membership(id, trainer, environment, &entitlements, project);
                let sought = Sought {
                    membership,
                    access: access.clone(),
                };
                let one_for_all = match scope {
                    Scope::Organization => by_project.keys().next().cloned(),
                    Scope::Project => None,
                };
                let project = one_for_all.unwrap_or_else(|| access.project.clone());
                by_project.entry(project).or_default().push(sought);
            }
        }
        by_project
    }
}

/// Some of the granted accesses. In a tool without a list of members, each look is a call.
fn granted_in_turn(snapshot: &Snapshot) -> BTreeSet<(&ProjectId, &TrainerId)> {
    let accesses = snapshot.trainers.iter().flat_map(|(id, trainer)| {
        let granted = trainer.access.values();
        let granted = granted.filter(|it| it.state == AccessState::Granted);
        granted.map(move |it| (&it.project, id))
    });
    let mut accesses: Vec<_> = accesses.collect();
    // The people of a project stay together, because the guard counts by project.
    accesses.sort_unstable();
    let first = crate::model::chance::random::<u32>() as usize % accesses.len().max(1);
    accesses.rotate_left(first);
    accesses.into_iter().take(MOST_GRANTED).collect()
}

/// Whether an access is looked at. A granted access per project is, if a hire entitles to it and no operator is needed.
/// A removed access is, unless another hire gives the person access there.
fn is_sought(
    trainer: &Trainer,
    entitlements: &[Entitlement],
    access: &Access,
    scope: Scope,
) -> bool {
    let mut hires = trainer.hires.iter().zip(entitlements);
    if access.state == AccessState::Granted {
        let is_live = |(hire, entitlement): (&Hire, &Entitlement)| {
            hire.project == access.project && *entitlement == Entitlement::Live
        };
        // Access that needs an operator is shown already.
        return scope == Scope::Organization || access.trouble.is_none() && hires.any(is_live);
    }
    let is_given = hires.any(|(hire, entitlement)| {
        let here = scope == Scope::Organization || hire.project == access.project;
        here && (entitlement.protects() || *entitlement == Entitlement::Managed)
    });
    !is_given
}
