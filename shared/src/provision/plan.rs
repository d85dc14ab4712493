//! Trainer + standings → steps. Pure: printable, and tested as a value.

use super::standing::Standing;
use crate::ids::ProjectId;
use crate::ledger::{AccessState, Hire, Trainer};
use crate::tool::Scope;

/// One thing to do about a trainer's access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Take the person out of the project, and read it back.
    Remove(ProjectId),
    /// Note that the project is over; the access itself spans the organisation, and another hire still
    /// needs it.
    Release(ProjectId),
    /// Let the person into the project.
    Grant(ProjectId),
    /// Look whether the person has accepted the invitation, or needs a new one.
    Check(ProjectId),
}

impl Step {
    /// Whether it revokes access.
    pub fn removes(&self) -> bool {
        matches!(self, Self::Remove(_) | Self::Release(_))
    }

    /// The state that is recorded before the tool is called, so that a crash in between leaves no member in the
    /// tool whom the ledger does not know.
    pub fn intent(&self) -> AccessState {
        match self {
            Self::Grant(_) => AccessState::Granting,
            Self::Check(_) => AccessState::Invited,
            Self::Remove(_) | Self::Release(_) => AccessState::Removing,
        }
    }

    /// The project it is about.
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Remove(project)
            | Self::Release(project)
            | Self::Grant(project)
            | Self::Check(project) => project,
        }
    }
}

/// What has to be done so that the tool matches the ledger: removals first, since a leaver who keeps
/// access is worse than a newcomer who waits.
///
/// `standings` are those of `trainer.hires`, in their order.
pub fn plan(trainer: &Trainer, standings: &[Standing], scope: Scope) -> Vec<Step> {
    let hires: Vec<_> = trainer
        .hires
        .iter()
        .zip(standings.iter().copied())
        .collect();
    // Access that spans the organisation is shared by all projects: whatever still calls for one of them
    // protects it, whichever customer it came through, and OpenTrain's own provisioning too.
    let shared = scope == Scope::Organization
        && hires
            .iter()
            .any(|(_, it)| it.is_due() || *it == Standing::Managed);
    let leave = |project: &ProjectId| match shared {
        true => Step::Release(project.clone()),
        false => Step::Remove(project.clone()),
    };
    let steps = trainer
        .projects()
        .into_iter()
        .filter_map(|project| match want(project, &hires) {
            Want::In => (!is_in(trainer, project)).then(|| Step::Grant(project.clone())),
            Want::Out if is_out(trainer, project) => None,
            Want::Out => Some(leave(project)),
            Want::Whatever => trainer
                .access
                .get(project)
                .filter(|it| it.may_be_in())
                .map(|_| leave(project)),
            Want::HandsOff => None,
        });
    let mut steps: Vec<_> = steps.collect();
    steps.sort_by_key(|step| matches!(step, Step::Grant(_)));
    steps
}

/// The invitations that are still due: nobody tells us when they are accepted, withdrawn or run out.
///
/// `standings` are those of `trainer.hires`, in their order.
pub fn checks(trainer: &Trainer, standings: &[Standing]) -> Vec<Step> {
    let hires: Vec<_> = trainer
        .hires
        .iter()
        .zip(standings.iter().copied())
        .collect();
    let invited = trainer.access.values().filter(|it| {
        it.state == AccessState::Invited && matches!(want(&it.project, &hires), Want::In)
    });
    invited.map(|it| Step::Check(it.project.clone())).collect()
}

/// What the ledger wants of one person in one project.
enum Want {
    /// At least one hire calls for access: two contracts, two links or two customers are counted.
    In,
    /// Hires called for it, and none does any more. We ask the tool even if we never let the person in:
    /// somebody else may have, before there was a bridge.
    Out,
    /// OpenTrain provisions the person there.
    HandsOff,
    /// No hire of ours speaks of it.
    Whatever,
}

fn want(project: &ProjectId, hires: &[(&Hire, Standing)]) -> Want {
    let any = |fits: fn(Standing) -> bool| {
        hires
            .iter()
            .any(|(hire, standing)| hire.project == *project && fits(*standing))
    };
    if any(Standing::is_due) {
        Want::In
    } else if any(|it| it == Standing::Managed) {
        Want::HandsOff
    } else if any(|it| matches!(it, Standing::Over(_))) {
        Want::Out
    } else if any(|it| it == Standing::Unconfirmed) {
        Want::HandsOff
    } else {
        Want::Whatever
    }
}

fn is_in(trainer: &Trainer, project: &ProjectId) -> bool {
    let state = trainer.access.get(project).map(|access| access.state);
    matches!(state, Some(AccessState::Granted | AccessState::Invited))
}

fn is_out(trainer: &Trainer, project: &ProjectId) -> bool {
    trainer
        .access
        .get(project)
        .is_some_and(|access| access.state == AccessState::Removed)
}
