//! A plan for one trainer, and the lease under which it is carried out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::plan::{Step, add_checks, plan, stale_emails};
use super::recorded::record;
use super::verify::erase_emails;
use super::{due, identity};
use crate::ledger::audit::{self, Entry};
use crate::ledger::{
    Access, AccessState, Attempt, Due, Earlier, Entitlement, Environment, Expect, LONGEST_LEASE,
    Lease, Policy, Stored, Trainer, Versioned, entitlements, mark_of,
};
use crate::model::clock::after;
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};
use crate::tool::{Membership, Scope};

/// A document, and the steps that make the tool match it.
pub(super) struct Plan {
    /// The document.
    pub(super) trainer: Trainer,
    /// The condition of its next write.
    pub(super) expect: Expect,
    /// The links and installs that the plan was made from.
    pub(super) environment: Environment,
    /// The entitlements of the trainer's hires, in their order.
    pub(super) entitlements: Vec<Entitlement>,
    /// Steps in the tool.
    pub(super) steps: Vec<Step>,
    /// The retry that is planned for later, if this attempt runs before it.
    pub(super) planned: Option<Due>,
    /// Why the address to grant access by could not be read from OpenTrain.
    pub(super) unread_addresses: BTreeMap<ProjectId, Failure>,
}

impl Plan {
    /// The plan for a document. `recheck`: invitations are looked at too.
    pub(super) fn of(
        document: Versioned,
        environment: Environment,
        policy: &Policy,
        recheck: bool,
    ) -> Self {
        let Versioned { trainer, expect } = document;
        let entitlements = entitlements(&trainer, &environment, policy);
        let mut steps = plan(&trainer, &entitlements, Scope::Project);
        steps.extend(stale_emails(&trainer, &entitlements, &environment));
        if recheck {
            add_checks(&mut steps, &trainer, &entitlements);
        }
        Self {
            trainer,
            expect,
            environment,
            entitlements,
            steps,
            planned: None,
            unread_addresses: BTreeMap::new(),
        }
    }

    /// Bases the next write on the plan's own last write.
    pub(super) fn continues(&mut self, stored: Stored) {
        self.expect = stored.expect;
        self.trainer.audit = stored.audit;
    }

    /// The trainer's membership in a project.
    pub(super) fn membership(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
    ) -> Membership {
        identity::membership(id, trainer, &self.environment, &self.entitlements, project)
    }

    /// If a seat spans the organisation, a project is only released while another one needs the seat. The recorded
    /// intents are the same.
    pub(super) fn set_scope(&mut self, scope: Scope) {
        if scope == Scope::Organization {
            let planned = plan(&self.trainer, &self.entitlements, scope);
            let release = |step: &mut Step| {
                let released = Step::Release(step.project().clone());
                if planned.contains(&released) {
                    *step = released;
                }
            };
            self.steps.iter_mut().for_each(release);
        }
    }

    /// Takes the lease and records the due work and the intents. Without steps, it clears the due work.
    pub(super) fn take_lease(&mut self, attempt: &Attempt, now: Timestamp) {
        if self.steps.is_empty() {
            self.trainer = self.settled(self.trainer.clone(), None);
            return;
        }
        let until = after(now, LONGEST_LEASE);
        let is_new = self.is_new();
        let due = due::begun(self.trainer.due, until, now);
        let due = match is_new {
            true => Due {
                since: now,
                tries: 0,
                ..due
            },
            false => due,
        };
        // A lease of another attempt shows that the attempt never returned.
        let lease = self.trainer.lease.as_ref();
        let crashed = u32::from(lease.is_some_and(|it| !it.is_held_by(attempt)));
        let planned = |it: &Due| it.at > now && crashed == 0 && !is_new;
        self.planned = self.trainer.due.filter(planned);
        self.trainer.due = Some(Due {
            tries: due.tries.saturating_add(crashed),
            ..due
        });
        if crashed > 0 {
            // A membership that exists now may have been made by that attempt.
            let open = self.trainer.access.values_mut();
            open.filter(|it| it.state == AccessState::Granting && it.earlier == Earlier::Open)
                .for_each(|it| it.earlier = Earlier::No);
        }
        self.trainer.lease = Some(Lease {
            message: attempt.message.clone(),
            receive: attempt.receive,
            until,
        });
        for step in &self.steps {
            if let Some(intent) = self.new_intent(step) {
                // The step has changed between grant and removal, so the old failure no longer applies.
                record(&mut self.trainer, step.project(), intent, None, now);
            }
        }
    }

    /// The intent of a step, unless it is recorded.
    fn new_intent(&self, step: &Step) -> Option<AccessState> {
        let known = self.trainer.access.get(step.project());
        let state = known.map(|it| it.state);
        let intent = step.intent(state);
        (state != Some(intent)).then_some(intent)
    }

    /// Whether all steps are new. The age of earlier due work does not apply to new steps.
    fn is_new(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.all(|step| self.new_intent(step).is_some())
    }

    /// Whether the last try of a step failed.
    pub(super) fn has_failed(&self, step: &Step) -> bool {
        let access = self.trainer.access.get(step.project());
        access.is_some_and(|access| access.trouble.is_some())
    }

    /// Time since which a step has been due. `None` for a new step beside steps that failed before, because the document
    /// has only their age.
    pub(super) fn due_since(&self, step: &Step) -> Option<Timestamp> {
        let is_old = |step| self.has_failed(step);
        let is_own = is_old(step) || !self.steps.iter().any(is_old);
        self.trainer.due.map(|due| due.since).filter(|_| is_own)
    }

    /// Leaves the trainer to the attempt that has the lease: it plans again once it finds the document changed. The
    /// wake-up that is returned does the work if that attempt never returns.
    pub(super) fn leave_to(&mut self, lease: &Lease, now: Timestamp) -> Due {
        self.steps.clear();
        let due = self.trainer.due;
        let due = due.unwrap_or_else(|| due::begun(None, lease.until, now));
        self.trainer.due = Some(due);
        Due {
            at: lease.until,
            ..due
        }
    }

    /// The document after the work: without the lease, with what is still due, and without e-mails that access no
    /// longer needs.
    pub(super) fn settled(&self, mut worked: Trainer, due: Option<Due>) -> Trainer {
        let lease = self.trainer.lease.as_ref();
        let by = lease.map_or(0, |lease| mark_of(&lease.message));
        worked.due = due.map(|due| Due { by, ..due });
        worked.lease = None;
        let is_due = self
            .entitlements
            .iter()
            .any(|entitlement| entitlement.protects());
        if !is_due {
            erase_emails(&mut worked);
        }
        worked
    }

    /// [`settled`](Self::settled), with the audit entries.
    pub(super) fn outcome(&self, worked: Trainer, due: Option<Due>) -> (Trainer, Vec<Entry>) {
        let settled = self.settled(worked, due);
        let tried = tried(&self.steps);
        audit::recorded_of(&self.trainer, settled, &tried, &self.environment)
    }
}

/// Fails while another attempt changes the trainer's access.
pub(super) fn refuse_leased(
    id: &TrainerId,
    trainer: &Trainer,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), Failure> {
    let lease = trainer.lease.as_ref();
    let Some(lease) = lease.filter(|lease| lease.holds_off(attempt, now)) else {
        return Ok(());
    };
    Err(Failure {
        after: lease.until.duration_since(now).try_into().ok(),
        ..Failure::transient(format!(
            "a worker changes the access of {id} now: repeat this after {}",
            lease.until
        ))
    })
}

/// The projects of some steps.
pub(super) fn tried(steps: &[Step]) -> BTreeSet<&ProjectId> {
    steps.iter().map(Step::project).collect()
}

/// The document of another attempt, with the results of this one in the tool. If that attempt took the lease over,
/// access that was granted or revoked is unconfirmed. Accounts and e-mails that were read are kept.
pub(super) fn rebase(
    stored: Versioned,
    worked: &Trainer,
    steps: &[Step],
    attempt: &Attempt,
) -> Versioned {
    let mut trainer = stored.trainer;
    let lease = trainer.lease.as_ref();
    let was_alone = lease.is_some_and(|lease| lease.is_held_by(attempt));
    for step in steps {
        let Some(access) = worked.access.get(step.project()) else {
            continue;
        };
        // Its row was not committed.
        let mut access = Access {
            unrecorded: true,
            ..access.clone()
        };
        // Another attempt has written here since the intent was stored: what it did may have come later.
        let stored = trainer.access.get(step.project()).map(|it| it.state);
        let was_alone = was_alone && stored == Some(step.intent(None));
        if !was_alone && access.state != AccessState::AwaitingEmail {
            access.state = match step.removes() {
                true => AccessState::Removing,
                false => AccessState::Granting,
            };
        }
        trainer.access.insert(step.project().clone(), access);
    }
    for account in &worked.member.accounts {
        if !trainer.member.accounts.contains(account) {
            let through = worked.member.through.get(account);
            let through = through.into_iter().flatten().cloned();
            trainer.member.use_account(account, through);
        }
    }
    for (connection, email) in &worked.member.emails {
        let emails = &mut trainer.member.emails;
        emails
            .entry(connection.clone())
            .or_insert_with(|| email.clone());
    }
    Versioned { trainer, ..stored }
}
