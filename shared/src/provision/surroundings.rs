//! Facts about a document's hires that follow from connections: whether a hire may use the project, and ends that
//! another connection stated.

use crate::ledger::{ContractEnd, Environment, Hire, Source, Stamp, Trainer};

/// Marks new hires that give no access, because the project belongs to another organisation. The mark is removed once
/// the hire's organisation may use the project.
pub(super) fn bar(new: &mut Trainer, old: &Trainer, environment: &Environment) {
    for hire in &mut new.hires {
        hire.barred = !environment.is_allowed(hire)
            && (hire.barred || !old.hires.iter().any(|it| it.is_same_as(hire)));
    }
}

/// Stores an end that another connection stated as an orphaned hire's own end: the hire's token may be accepted again,
/// but the contract has ended. It is stored as an API answer, because event ids of two installs are not compared.
pub(super) fn keep_ends(document: &mut Trainer, environment: &Environment) {
    let kept = |hire: &Hire| {
        let end = environment.end_of(document, hire)?;
        let own = document.ends.get(&hire.key());
        let is_known = own.is_some_and(|own| hire.is_ended_by(own))
            || environment.same_organization(&end.stamp.connection, &hire.connection);
        let stamp = Stamp {
            source: Source::Api {
                asked_at: end.stamp.merged_at,
            },
            connection: hire.connection.clone(),
            install: None,
            merged_at: end.stamp.merged_at,
        };
        let last_day = Some(end.last_day_of_work());
        (!is_known).then(|| (hire.key(), ContractEnd { stamp, last_day }))
    };
    let kept: Vec<_> = document.hires.iter().filter_map(kept).collect();
    document.ends.extend(kept);
}
