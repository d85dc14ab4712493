//! How the state of an access is recorded in a document. Pure.

use jiff::Timestamp;

use crate::ledger::{Access, AccessState, Earlier, Trainer};
use crate::model::failure::Trouble;
use crate::model::ids::ProjectId;
use crate::model::invitation::Invitation;

/// Records the state of an access. A retried grant keeps its invitation, and a repeated grant its time.
pub(super) fn record(
    trainer: &mut Trainer,
    project: &ProjectId,
    state: AccessState,
    trouble: Option<Trouble>,
    now: Timestamp,
) {
    let kept = invitation(trainer, project).filter(|_| state == AccessState::Granting);
    let known = trainer.access.get(project);
    let not_found = known.and_then(|access| access.not_found_since);
    let repeated = known.filter(|it| it.state == AccessState::Granted && it.state == state);
    let since = repeated.map_or(now, |access| access.at);
    let access = Access {
        invitation: kept.cloned(),
        granted_by: known
            .and_then(|access| access.granted_by.clone())
            .filter(|_| {
                use AccessState::{Granted, Granting, Invited, Released, Removing};
                matches!(state, Granting | Granted | Invited | Removing | Released)
            }),
        invited: known.and_then(|access| access.invited.clone()),
        not_found_since: not_found.filter(|_| state == AccessState::Removing),
        looks: known.map_or(0, |access| match access.state {
            AccessState::Removing => access.looks,
            _ => 0,
        }),
        trouble,
        earlier: known.map_or(Earlier::Open, |access| earlier(access, state)),
        ..Access::new(project, state, since)
    };
    trainer.access.insert(project.clone(), access);
}

/// Whether the person was a member before the first grant, after a change to `state`. A grant after an end looks again,
/// because the person may have left since. A person whose removal was not proven may still be a member by the earlier
/// grant, so they do not count as an earlier member.
fn earlier(known: &Access, state: AccessState) -> Earlier {
    let is_proven = !known.by_absence && known.settled.is_none();
    let was_granted = known.granted_by.is_some() || known.invited.is_some();
    match (known.state, state) {
        // No grant has succeeded, so no work can have been done.
        (AccessState::Removing, AccessState::Removed)
            if !was_granted && known.earlier == Earlier::No =>
        {
            Earlier::Open
        }
        (AccessState::Kept, AccessState::Granting) => Earlier::Open,
        (AccessState::Removed, AccessState::Granting) if is_proven => Earlier::Open,
        (AccessState::Removed, AccessState::Granting) => Earlier::No,
        _ => known.earlier,
    }
}

/// The invitation of an access, if it has one.
pub(super) fn invitation<'a>(trainer: &'a Trainer, project: &ProjectId) -> Option<&'a Invitation> {
    trainer.access.get(project)?.invitation.as_ref()
}
