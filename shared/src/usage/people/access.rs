//! The projects that a person could work in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ledger::{AccessState, Earlier, Trainer};
use crate::model::ids::ProjectId;

/// The projects to which a person has access, with the time of the grant.
pub(in crate::usage) fn granted(trainer: &Trainer) -> BTreeMap<ProjectId, Timestamp> {
    let access = trainer.access.values();
    let granted = access.filter(|it| it.state == AccessState::Granted);
    granted.map(|it| (it.project.clone(), it.at)).collect()
}

/// The projects to which a person has or had access, or an invitation. A grant that has never succeeded is none.
pub(super) fn entered(trainer: &Trainer) -> BTreeSet<ProjectId> {
    use AccessState::{Granted, Invited, Kept, Released, Removed};
    let access = trainer.access.values();
    let entered = access.filter(|it| {
        let is_in = matches!(it.state, Granted | Invited | Kept | Released);
        let was_in = it.state == Removed && it.earlier != Earlier::Open;
        is_in || was_in || it.granted_by.is_some() || it.invited.is_some()
    });
    entered.map(|it| it.project.clone()).collect()
}
