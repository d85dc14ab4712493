//! From two documents to the entries about their difference. Pure.

use std::collections::BTreeSet;

use super::{AuditEvent, CauseOf, Entry, Proven, StatedBy};
use crate::ledger::{Access, AccessState, Environment, Hire, Source, Stamp, Trainer};
use crate::model::ids::ProjectId;

/// Longest text of a failure that a row keeps.
const LONGEST_REASON: usize = 300;

/// Marks the document's intents as recorded, and returns it with the entries about them. The attempt that stored these
/// intents never returned.
pub fn left_over(mut trainer: Trainer, environment: &Environment) -> (Trainer, Vec<Entry>) {
    let open = trainer.access.values().filter(|it| it.unrecorded);
    let asked = open.map(|it| {
        let event = intent(it).unwrap_or_else(|| event(it, it));
        entry(&trainer, it, event, environment)
    });
    let entries = asked.collect();
    for access in trainer.access.values_mut() {
        access.unrecorded = false;
    }
    (trainer, entries)
}

/// The document after a change, and the entries about what has changed.
pub fn recorded(
    before: &Trainer,
    after: Trainer,
    environment: &Environment,
) -> (Trainer, Vec<Entry>) {
    recorded_of(before, after, &BTreeSet::new(), environment)
}

/// The document after steps at the `tried` projects, and the entries about what has changed since the last row.
///
/// An intent that was stored without a row (`Access::unrecorded`) is recorded with what followed from it, so a change
/// costs one row. Access to other projects than the `tried` ones is left alone unless it has changed: an intent there
/// is another attempt's.
pub fn recorded_of(
    before: &Trainer,
    mut after: Trainer,
    tried: &BTreeSet<&ProjectId>,
    environment: &Environment,
) -> (Trainer, Vec<Entry>) {
    let mut entries = Vec::new();
    let is_concerned = |access: &Access| {
        let project = &access.project;
        tried.contains(project) || before.access.get(project) != Some(access)
    };
    for access in after.access.values().filter(|it| is_concerned(it)) {
        let known = before.access.get(&access.project);
        let about = |access: &Access, event| entry(&after, access, event, environment);
        let open = known.filter(|it| it.unrecorded);
        let asked = open.and_then(intent);
        if let Some(event) = asked {
            entries.extend(open.map(|it| about(it, event)));
        }
        let is_news = match known {
            None => true,
            Some(known) if known.unrecorded => asked != Some(event(access, known)),
            Some(known) => access.unrecorded && is_changed(known, access),
        };
        if is_news {
            let last = known.unwrap_or(access);
            entries.push(about(access, event(access, last)));
        }
    }
    for access in after.access.values_mut().filter(|it| is_concerned(it)) {
        access.unrecorded = false;
    }
    (after, entries)
}

/// A repeat that fails in the same way is no news, and neither is a grant that is repeated.
fn is_changed(known: &Access, access: &Access) -> bool {
    let kind = |it: &Access| (it.state, it.trouble.is_some(), it.settled.is_some());
    kind(known) != kind(access)
}

/// The change that was requested of the tool, as long as no answer is recorded.
fn intent(access: &Access) -> Option<AuditEvent> {
    match access.state {
        AccessState::Granting => Some(AuditEvent::GrantAsked),
        AccessState::Removing => Some(AuditEvent::RemovalAsked),
        _ => None,
    }
}

fn event(access: &Access, known: &Access) -> AuditEvent {
    let has_failed = access.trouble.is_some();
    match access.state {
        AccessState::AwaitingEmail => AuditEvent::AwaitsEmail,
        AccessState::Granting if has_failed => AuditEvent::GrantFailed,
        AccessState::Granting => AuditEvent::GrantAsked,
        AccessState::Granted if known.state == AccessState::Invited => AuditEvent::Confirmed,
        AccessState::Granted => AuditEvent::Granted,
        AccessState::Invited => AuditEvent::Invited,
        AccessState::Removing if has_failed => AuditEvent::Unconfirmed,
        AccessState::Removing => AuditEvent::RemovalAsked,
        AccessState::Released => AuditEvent::Released,
        AccessState::Removed if access.settled.is_some() => AuditEvent::RemovalSettled,
        AccessState::Removed => AuditEvent::RemovalProven,
        AccessState::Kept => AuditEvent::Kept,
    }
}

/// An entry about an access, with its cause and, for a removal, its proof.
pub(super) fn entry(
    trainer: &Trainer,
    access: &Access,
    event: AuditEvent,
    environment: &Environment,
) -> Entry {
    let removes = matches!(
        access.state,
        AccessState::Removing | AccessState::Released | AccessState::Removed | AccessState::Kept
    );
    let hires = trainer.hires.iter();
    let here = hires.filter(|hire| hire.project == access.project);
    let causes = here.filter_map(|hire| match removes {
        true => end(trainer, hire, environment),
        false => start(trainer, hire, environment),
    });
    let cause = causes.max_by_key(|it| it.at);
    let proof = (event == AuditEvent::RemovalProven).then(|| Proven {
        read_back: access.proof,
        at: access.at,
        delay_seconds: cause
            .as_ref()
            .map(|it| access.at.duration_since(it.at).as_secs()),
    });
    let failed = matches!(event, AuditEvent::GrantFailed | AuditEvent::Unconfirmed);
    let trouble = access.trouble.clone().filter(|_| failed);
    let trouble = trouble.map(|mut it| {
        it.reason = it.reason.chars().take(LONGEST_REASON).collect();
        it
    });
    Entry {
        project: Some(access.project.clone()),
        cause,
        proof,
        trouble,
        ..Entry::new(event, access.at)
    }
}

fn start(trainer: &Trainer, hire: &Hire, environment: &Environment) -> Option<CauseOf> {
    if environment.end_of(trainer, hire).is_some() {
        return None;
    }
    let start = hire.start.as_ref()?;
    Some(CauseOf {
        at: hire.started_at.unwrap_or_else(|| start.happened_at()),
        ..cause(hire, start)
    })
}

fn end(trainer: &Trainer, hire: &Hire, environment: &Environment) -> Option<CauseOf> {
    if let Some(end) = environment.end_of(trainer, hire) {
        return Some(cause(hire, &end.stamp));
    }
    let gone = |by, at| CauseOf {
        by,
        event: None,
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        at,
    };
    let link = environment.link(&hire.connection, &hire.link);
    if let Some(link) = link.filter(|link| link.removed) {
        return Some(gone(StatedBy::LinkRemoved, link.at));
    }
    let install = environment.installs.get(&hire.connection)?;
    let is_gone = environment.is_install_gone(hire);
    is_gone.then(|| gone(StatedBy::InstallRevoked, install.at))
}

fn cause(hire: &Hire, stamp: &Stamp) -> CauseOf {
    let by = match stamp.source {
        Source::Event { .. } => StatedBy::Event,
        Source::Api { .. } => StatedBy::Reconcile,
        Source::Operator { .. } => StatedBy::Operator,
    };
    CauseOf {
        by,
        event: stamp.event().cloned(),
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        at: stamp.happened_at(),
    }
}
