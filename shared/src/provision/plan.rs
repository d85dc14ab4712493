//! Plans the steps from a trainer and the entitlements of the trainer's hires. Pure.

use super::identity::live_address;
use crate::ledger::{Access, AccessState, Entitlement, Environment, Hire, Trainer};
use crate::model::ids::ProjectId;
use crate::tool::Scope;

/// One step on a trainer's access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Remove the trainer from the project, and verify it by reading back.
    Remove(ProjectId),
    /// Record that access to the project is over. The access itself covers the whole organisation, and another hire
    /// still needs it.
    Release(ProjectId),
    /// Add the trainer to the project.
    Grant(ProjectId),
    /// Check whether the trainer has accepted the invitation or needs a new one.
    Check(ProjectId),
    /// Keep existing access and grant none: read it, and withdraw an invitation that is still open.
    Keep(ProjectId),
}

impl Step {
    /// Whether it revokes access.
    pub fn removes(&self) -> bool {
        matches!(self, Self::Remove(_) | Self::Release(_) | Self::Keep(_))
    }

    /// The state that is recorded before the tool is called, so that a crash in between leaves no member in the tool
    /// whom the ledger does not know. A grant that is repeated for a new work e-mail concerns a trainer who is already
    /// a member.
    pub fn intent(&self, known: Option<AccessState>) -> AccessState {
        match self {
            Self::Grant(_) if known == Some(AccessState::Granted) => AccessState::Granted,
            Self::Grant(_) => AccessState::Granting,
            Self::Check(_) => AccessState::Invited,
            Self::Remove(_) | Self::Release(_) | Self::Keep(_) => AccessState::Removing,
        }
    }

    /// The project of the step.
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Remove(project)
            | Self::Release(project)
            | Self::Grant(project)
            | Self::Check(project)
            | Self::Keep(project) => project,
        }
    }
}

/// The steps that make the tool match the ledger. Removals come first: access after a contract's end is worse than a
/// grant that waits.
///
/// `entitlements` are those of `trainer.hires`, in their order.
pub fn plan(trainer: &Trainer, entitlements: &[Entitlement], scope: Scope) -> Vec<Step> {
    let hires: Vec<_> = trainer
        .hires
        .iter()
        .zip(entitlements.iter().copied())
        .collect();
    // A seat in the organisation is shared by all projects: a hire at any of them protects it, for any customer, and so
    // does OpenTrain's own provisioning.
    let is_held = hires
        .iter()
        .any(|(_, it)| it.protects() || *it == Entitlement::Managed);
    let is_needed = needs_seat(entitlements);
    let is_released = |project: &ProjectId| state(trainer, project) == Some(AccessState::Released);
    let leave = |project: &ProjectId| match is_held {
        true if is_released(project) => None,
        true if scope == Scope::Organization => Some(Step::Release(project.clone())),
        _ => Some(Step::Remove(project.clone())),
    };
    let steps = trainer
        .projects()
        .into_iter()
        .filter_map(|project| match want(project, &hires) {
            Want::In => (!is_in(trainer, project)).then(|| Step::Grant(project.clone())),
            // A seat that another hire needs is not withdrawn, and was released from this project.
            Want::Kept if is_needed && is_released(project) => None,
            Want::Kept => is_open(trainer, project).then(|| Step::Keep(project.clone())),
            Want::Out if is_out(trainer, project) => None,
            Want::Out => leave(project),
            Want::Whatever => trainer
                .access
                .get(project)
                .filter(|it| it.may_be_in())
                .and_then(|_| leave(project)),
            Want::HandsOff => None,
        });
    let mut steps: Vec<_> = steps.collect();
    steps.sort_by_key(|step| matches!(step, Step::Grant(_)));
    steps
}

/// Whether a hire needs a seat in the organisation, even if the seat is only an open invitation.
pub(super) fn needs_seat(entitlements: &[Entitlement]) -> bool {
    let mut all = entitlements.iter();
    all.any(|it| matches!(it, Entitlement::Live | Entitlement::Managed))
}

/// Checks of the open invitations: tools send no event when an invitation is accepted, withdrawn or expires.
///
/// `entitlements` are those of `trainer.hires`, in their order.
pub fn checks(trainer: &Trainer, entitlements: &[Entitlement]) -> Vec<Step> {
    let hires: Vec<_> = trainer
        .hires
        .iter()
        .zip(entitlements.iter().copied())
        .collect();
    let invited = trainer.access.values().filter(|it| {
        it.state == AccessState::Invited && matches!(want(&it.project, &hires), Want::In)
    });
    invited.map(|it| Step::Check(it.project.clone())).collect()
}

/// Adds the checks of projects that have no other step.
pub(crate) fn add_checks(steps: &mut Vec<Step>, trainer: &Trainer, entitlements: &[Entitlement]) {
    let mut checks = checks(trainer, entitlements);
    checks.retain(|check| steps.iter().all(|it| it.project() != check.project()));
    steps.extend(checks);
}

/// Grants to repeat because the work e-mail has changed since.
pub(crate) fn stale_emails(
    trainer: &Trainer,
    entitlements: &[Entitlement],
    environment: &Environment,
) -> Vec<Step> {
    let is_live = |access: &&Access| {
        let mut hires = trainer.hires.iter().zip(entitlements);
        hires.any(|(hire, it)| *it == Entitlement::Live && hire.project == access.project)
    };
    let is_stale = |access: &&Access| {
        let Some(by) = &access.granted_by else {
            return false;
        };
        let address = || live_address(trainer, environment, entitlements, &access.project);
        matches!(access.state, AccessState::Granted | AccessState::Invited)
            && address().is_some_and(|now| now.digest() != *by)
    };
    let stale = trainer.access.values().filter(is_live).filter(is_stale);
    stale
        .map(|access| Step::Grant(access.project.clone()))
        .collect()
}

/// Access of one trainer to one project, according to the ledger.
enum Want {
    /// At least one hire entitles to access: two contracts, two links or two customers are counted.
    In,
    /// Hires protect existing access, but none entitles to new access.
    Kept,
    /// No hire entitles to access, but an earlier one did. The bridge calls the tool even if it never granted access:
    /// another person may have granted it, before the bridge was installed.
    Out,
    /// OpenTrain provisions the trainer there. Or the project was moved to another organisation, and the hire that
    /// access came through still runs.
    HandsOff,
    /// No known hire concerns the project.
    Whatever,
}

fn want(project: &ProjectId, hires: &[(&Hire, Entitlement)]) -> Want {
    let any = |fits: fn(Entitlement) -> bool| {
        hires
            .iter()
            .any(|(hire, entitlement)| hire.project == *project && fits(*entitlement))
    };
    if any(|it| it == Entitlement::Live) {
        Want::In
    } else if any(Entitlement::protects) {
        Want::Kept
    } else if any(|it| it == Entitlement::Managed) {
        Want::HandsOff
    } else if any(|it| matches!(it, Entitlement::Over(_))) {
        Want::Out
    } else if hires.iter().any(|(hire, entitlement)| {
        hire.project == *project && *entitlement == Entitlement::NotAllowed && !hire.barred
    }) {
        Want::HandsOff
    } else {
        Want::Whatever
    }
}

fn state(trainer: &Trainer, project: &ProjectId) -> Option<AccessState> {
    trainer.access.get(project).map(|access| access.state)
}

fn is_in(trainer: &Trainer, project: &ProjectId) -> bool {
    let state = state(trainer, project);
    matches!(state, Some(AccessState::Granted | AccessState::Invited))
}

/// Whether the membership is unknown, or an invitation is not accepted yet.
fn is_open(trainer: &Trainer, project: &ProjectId) -> bool {
    let access = trainer.access.get(project);
    access.is_some_and(|access| access.may_be_in() && access.state != AccessState::Granted)
}

/// Whether access was revoked after the last of the project's contracts ended. After a later end the tool is called
/// again, because another person may have granted access.
fn is_out(trainer: &Trainer, project: &ProjectId) -> bool {
    let Some(access) = trainer.access.get(project) else {
        return false;
    };
    let hires = trainer.hires.iter().filter(|hire| hire.project == *project);
    let mut ends = hires.filter_map(|hire| trainer.ends.get(&hire.key()));
    matches!(access.state, AccessState::Removed | AccessState::Kept)
        && ends.all(|end| end.stamp.merged_at <= access.at)
}
