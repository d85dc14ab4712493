//! Results of later looks at an access in the tool: a removal that does not last, a grant that is gone.

use jiff::Timestamp;

use super::{MOST_CONFLICTS, Provisioner, due};
use crate::ledger::audit::{self, AuditEvent, Entry};
use crate::ledger::{Access, AccessState, Environment, LOOKS, LedgerError, Trainer, Written};
use crate::model::clock::after;
use crate::model::failure::Failure;
use crate::model::ids::TrainerId;
use crate::telemetry::Metric;

/// Time from a removal to the first look at it.
const FIRST_LOOK: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// Time from a removal to the second look at it.
const SECOND_LOOK: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Maximum time that e-mails are kept for the looks.
const EMAILS_KEPT: std::time::Duration = std::time::Duration::from_secs(35 * 24 * 3600);

/// Why access that was removed needs an operator.
pub(crate) const THERE_AGAIN: &str = "access that was removed is there again: another person or program grants it, and the bridge leaves it alone; remove it in the tool unless it is wanted, then `bridge settle` it";

/// An access that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct LookedAt {
    /// The trainer.
    pub trainer: TrainerId,
    /// The access as the ledger had it before the look.
    pub access: Access,
    /// Whether the tool shows the trainer as a member or with an open invitation; `None` if it could not be asked.
    pub found: Option<bool>,
}

/// Consequence of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// All is as the ledger has it, or the ledger has changed since.
    AsRecorded,
    /// The trainer has to be converged: access is removed or granted again.
    Converge,
    /// Access that was removed twice is there again: another person or program grants it.
    GrantedAgain,
}

impl Access {
    /// When the next look at the removed access is due; none if no look is to come.
    pub fn next_look_at(&self) -> Option<Timestamp> {
        let wait = match self.looks {
            0 => FIRST_LOOK,
            _ => SECOND_LOOK,
        };
        self.awaits_look().then(|| after(self.at, wait))
    }

    /// [`next_look_at`](Self::next_look_at), if it is the first look.
    pub fn first_look_at(&self) -> Option<Timestamp> {
        self.next_look_at().filter(|_| self.looks == 0)
    }

    /// Whether a look at the removed access is due.
    pub fn look_is_due(&self, now: Timestamp) -> bool {
        let next = self.next_look_at();
        next.is_some_and(|at| at <= now || self.is_of_the_future(now))
    }

    /// Whether the access has had its state for this long.
    fn is_as_old_as(&self, age: std::time::Duration, now: Timestamp) -> bool {
        after(self.at, age) <= now || self.is_of_the_future(now)
    }

    /// Whether its time is in the future, because a clock was wrong. It then counts as long past.
    fn is_of_the_future(&self, now: Timestamp) -> bool {
        self.at > now
    }
}

impl Provisioner {
    /// Records what a look showed. `environment` gives the causes for the audit record.
    pub(crate) async fn looked_at(
        &self,
        look: &LookedAt,
        environment: &Environment,
    ) -> Result<Seen, Failure> {
        let mut stored = self.ledger.document(&look.trainer).await?;
        for _ in 0..MOST_CONFLICTS {
            let now = self.clock.now();
            let (after, seen) = noted(&stored.trainer, look, now);
            if after == stored.trainer {
                return Ok(seen);
            }
            let mut entries = Vec::from_iter(entry_of(look, seen, &after, now));
            let (after, more) = audit::recorded(&stored.trainer, after, environment);
            entries.extend(more);
            let put = self
                .ledger
                .put_recorded(&look.trainer, &after, stored.expect, entries);
            match put.await? {
                Written::Stored(_) => {
                    log(look, seen);
                    return Ok(seen);
                }
                Written::Conflict(now) => stored = *now,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{}", look.trainer)).into())
    }
}

/// Audit entry about a look.
fn entry_of(look: &LookedAt, seen: Seen, after: &Trainer, now: Timestamp) -> Option<Entry> {
    let project = &look.access.project;
    let looks = after.access.get(project).map(|it| it.looks);
    let event = match (seen, look.access.state, look.found) {
        (Seen::Converge, AccessState::Granted, _) => AuditEvent::Lost,
        (Seen::Converge, _, _) | (Seen::GrantedAgain, _, _) => AuditEvent::ThereAgain,
        (Seen::AsRecorded, AccessState::Removed, Some(false))
            if looks > Some(look.access.looks) =>
        {
            AuditEvent::StillGone
        }
        (Seen::AsRecorded, _, _) => return None,
    };
    Some(Entry {
        project: Some(project.clone()),
        ..Entry::new(event, now)
    })
}

/// The document after a look. The look does not count if the access has changed since it was planned.
fn noted(document: &Trainer, look: &LookedAt, now: Timestamp) -> (Trainer, Seen) {
    let mut trainer = document.clone();
    let project = &look.access.project;
    let Some(access) = trainer.access.get_mut(project) else {
        return (trainer, Seen::AsRecorded);
    };
    if (access.state, access.at) != (look.access.state, look.access.at) {
        return (trainer, Seen::AsRecorded);
    }
    let seen = match (access.state, look.found) {
        (AccessState::Granted, Some(false)) => {
            access.state = AccessState::Granting;
            Seen::Converge
        }
        (AccessState::Removed, Some(true)) if access.looks == 0 || access.by_absence => {
            *access = Access {
                looks: 1,
                earlier: access.earlier,
                invited: access.invited.clone(),
                ..Access::new(project, AccessState::Removing, now)
            };
            Seen::Converge
        }
        (AccessState::Removed, Some(true)) => {
            access.looks = LOOKS;
            access.trouble = Some(Failure::operator(THERE_AGAIN).trouble());
            Seen::GrantedAgain
        }
        (AccessState::Removed, Some(false)) => {
            access.looks = access.looks.saturating_add(1);
            Seen::AsRecorded
        }
        (AccessState::Removed, None) if access.is_as_old_as(EMAILS_KEPT, now) => {
            access.looks = LOOKS;
            Seen::AsRecorded
        }
        _ => Seen::AsRecorded,
    };
    if seen == Seen::Converge {
        trainer.due = Some(trainer.due.unwrap_or_else(|| due::begun(None, now, now)));
    }
    erase_emails(&mut trainer);
    (trainer, seen)
}

/// Erases the e-mails when nothing needs them: no work is due, the person has no access, and no look is to come.
pub(super) fn erase_emails(trainer: &mut Trainer) {
    let needs = |access: &Access| access.may_be_in() || access.awaits_look();
    if trainer.due.is_none() && !trainer.access.values().any(needs) {
        trainer.member.emails.clear();
        for access in trainer.access.values_mut() {
            access.invited = None;
        }
    }
}

fn log(look: &LookedAt, seen: Seen) {
    let (trainer, project) = (&look.trainer, &look.access.project);
    match (seen, look.access.state) {
        (Seen::Converge, AccessState::Granted) => {
            tracing::warn!(trainer.id = %trainer, project.id = %project, "access that was granted is gone in the tool: it is granted again if it is due");
        }
        (Seen::Converge, _) => {
            tracing::warn!(trainer.id = %trainer, project.id = %project, "access that was removed is there again: it is removed again");
        }
        (Seen::GrantedAgain, _) => {
            Metric::OperatorNeeded.count();
            tracing::error!(trainer.id = %trainer, project.id = %project, "{THERE_AGAIN}");
        }
        (Seen::AsRecorded, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_in_the_future_is_looked_at_now() {
        let now = Timestamp::UNIX_EPOCH;
        let removed = Access::new(
            &"streets".into(),
            AccessState::Removed,
            after(now, SECOND_LOOK),
        );
        assert!(removed.look_is_due(now));
        let just_now = Access::new(&"streets".into(), AccessState::Removed, now);
        assert!(!just_now.look_is_due(now));
    }
}
