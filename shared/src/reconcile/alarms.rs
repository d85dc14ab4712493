//! Conditions that last too long and need an operator. Each run counts and logs them.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::guard::Held;
use super::predict::has_access;
use super::snapshot::Snapshot;
use crate::ledger::{Entitlement, Hire, Policy};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{EndpointId, ProjectId, TrainerId};
use crate::telemetry::Metric;

/// A hold that lasts longer is an alarm.
const HELD_FOR: Duration = Duration::from_secs(24 * 3600);

/// Orphaned access that lasts longer is an alarm.
const ORPHANED_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

/// Raises the alarm for holds that have lasted a day.
pub(super) fn holds(held: &[Held], now: Timestamp) {
    for held in held.iter().filter(|it| after(it.since, HELD_FOR) <= now) {
        Metric::RemovalsHeld.count();
        tracing::error!(connection = %held.connection, reason = %held, "removals have been held for over a day");
    }
}

/// Conditions of a reconcile that need an operator, in addition to holds and problems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Alarms {
    /// Webhook endpoints that are disabled while no other endpoint is active.
    pub disabled: BTreeSet<EndpointId>,
    /// Connections whose token OpenTrain has refused for an hour, or whose token belongs to another organisation.
    pub refused: BTreeSet<ConnectionName>,
    /// Access that has been orphaned for seven days.
    pub orphaned: BTreeSet<(TrainerId, ProjectId)>,
}

impl Alarms {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Raises the alarm for access that has been kept for seven days only because of orphaned hires.
pub(super) fn orphans(
    snapshot: &Snapshot,
    policy: &Policy,
    now: Timestamp,
) -> BTreeSet<(TrainerId, ProjectId)> {
    let mut orphaned = BTreeSet::new();
    for (id, trainer) in &snapshot.trainers {
        let entitlements = snapshot.entitlements(trainer, policy);
        let hires: Vec<_> = trainer.hires.iter().zip(entitlements).collect();
        let with_access = trainer.access.values().filter(|it| has_access(it));
        for access in with_access {
            if is_long_orphaned(snapshot, &hires, &access.project, now) {
                Metric::OrphanedAccess.count();
                tracing::error!(trainer.id = %id, project.id = %access.project, "access has been orphaned for over seven days: connect the customer again, or end it with `bridge end`");
                orphaned.insert((id.clone(), access.project.clone()));
            }
        }
    }
    orphaned
}

fn is_long_orphaned(
    snapshot: &Snapshot,
    hires: &[(&Hire, Entitlement)],
    project: &ProjectId,
    now: Timestamp,
) -> bool {
    let here = hires.iter().filter(|(hire, _)| hire.project == *project);
    let protecting: Vec<_> = here
        .filter(|(_, entitlement)| entitlement.protects())
        .collect();
    let is_long = |hire: &Hire| {
        let since = orphaned_since(snapshot, hire);
        since.is_some_and(|since| after(since, ORPHANED_FOR) <= now)
    };
    !protecting.is_empty()
        && protecting
            .iter()
            .all(|(hire, entitlement)| *entitlement == Entitlement::Orphaned && is_long(hire))
}

/// Time since which the hire's link or install has been gone, if it is known.
fn orphaned_since(snapshot: &Snapshot, hire: &Hire) -> Option<Timestamp> {
    let environment = &snapshot.environment;
    let link = environment.link(&hire.connection, &hire.link);
    let removed = link.filter(|link| link.removed).map(|link| link.at);
    let install = environment.installs.get(&hire.connection);
    removed.or_else(|| install.map(|install| install.at))
}
