//! Carries out one step: the only place that writes to the tool. It changes the working copy of the trainer's
//! document; `converge` writes that to the ledger.

use super::Provisioner;
use super::identity::remember;
use super::lease::Plan;
use super::plan::{Step, needs_seat};
use super::recorded::record;
use crate::http::for_removal;
use crate::ledger::{AccessState, LOOKS, Trainer};
use crate::model::clock::after;
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};
use crate::tool::{Granted, MembershipStatus, Proof, Removed, Scope, ToolError};

impl Provisioner {
    /// Carries out `step` and records its result, even if it failed.
    pub(super) async fn apply(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        step: &Step,
    ) -> Result<(), Failure> {
        let done = match step {
            Step::Remove(project) => self.remove(id, trainer, plan, project).await,
            Step::Release(project) => self.release(id, trainer, plan, project).await,
            Step::Grant(project) => self.grant(id, trainer, plan, project).await,
            Step::Check(project) => match self.is_still_there(id, trainer, plan, project).await {
                Ok(true) => Ok(()),
                Ok(false) => self.grant(id, trainer, plan, project).await,
                Err(failure) => Err(failure),
            },
            Step::Keep(project) => self.keep(id, trainer, plan, project).await,
        };
        let Err(failure) = done else { return Ok(()) };
        tracing::warn!(trainer.id = %id, project.id = %step.project(), cause = ?failure.cause, reason = %failure, "access could not be changed");
        let known = trainer.access.get(step.project()).map(|it| it.state);
        self.record(trainer, step.project(), step.intent(known), Some(&failure));
        Err(failure)
    }

    async fn remove(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        // The last totals are reported while the tool still shows them. Once: a retried removal does not wait for
        // them again, and the next usage run reports what was missed.
        let retried = trainer.due.is_some_and(|due| due.tries > 0);
        if !retried {
            let (shared, environment) = (&self.usage.last_readings, &plan.environment);
            let reporter = self.reporter();
            let reading = reporter.last_reading(shared, id, trainer, environment, project);
            for_removal(reading).await;
        }
        for_removal(self.learn(id, trainer, plan, project)).await;
        let person = plan.membership(id, trainer, project);
        let stays = self.stays(trainer, project).await?;
        let removed = match stays {
            true => self.tool.release(project, &person).await,
            false => self.tool.remove(project, &person).await,
        };
        let proof = self.proven(trainer, project, removed)?;
        if stays {
            self.record(trainer, project, AccessState::Kept, None);
            tracing::info!(trainer.id = %id, project.id = %project, "the hire has ended, and the trainer stays a member: the membership is older than the hire");
            return Ok(());
        }
        self.record_removal(trainer, project, proof);
        tracing::info!(trainer.id = %id, project.id = %project, ?proof, "access removed");
        Ok(())
    }

    /// Records access that is removed, and how that was proven.
    fn record_removal(&self, trainer: &mut Trainer, project: &ProjectId, proof: Proof) {
        self.record(trainer, project, AccessState::Removed, None);
        if let Some(access) = trainer.access.get_mut(project) {
            access.proof = Some(proof);
            access.by_absence = matches!(proof, Proof::TwiceNotFound | Proof::ProjectDeleted);
            if proof == Proof::NeverThere {
                access.looks = LOOKS;
            }
        }
    }

    async fn release(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let person = plan.membership(id, trainer, project);
        let released = self.tool.release(project, &person).await;
        self.proven(trainer, project, released)?;
        self.record(trainer, project, AccessState::Released, None);
        Ok(())
    }

    /// Records existing access, and withdraws an open invitation. An invitation to the organisation that another hire
    /// needs stays, and only the project is released. A trainer who has accepted in between keeps access.
    async fn keep(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let person = plan.membership(id, trainer, project);
        let seen = match self.tool.access(project, &person).await {
            // The removal looks again.
            Err(ToolError::NoProject { .. }) => None,
            seen => seen?,
        };
        if let Some(granted) = seen {
            note(trainer, plan, project, &granted);
            if granted.status == MembershipStatus::Active {
                self.record(trainer, project, AccessState::Granted, None);
                return Ok(());
            }
        }
        let scope = self.tool.capabilities().await?.scope;
        if scope == Scope::Organization && needs_seat(&plan.entitlements) {
            return self.release(id, trainer, plan, project).await;
        }
        let person = plan.membership(id, trainer, project);
        let removed = self.tool.remove(project, &person).await;
        let proof = self.proven(trainer, project, removed)?;
        self.record_removal(trainer, project, proof);
        tracing::info!(trainer.id = %id, project.id = %project, "an open grant was withdrawn: the customer's link or install is gone");
        Ok(())
    }

    /// Reads the id of a person who may have accepted an invitation since the last look, because the tool may hide
    /// removed people. The removal does not depend on it.
    async fn learn(&self, id: &TrainerId, trainer: &mut Trainer, plan: &Plan, project: &ProjectId) {
        let person = plan.membership(id, trainer, project);
        if !person.accounts.is_empty() || person.emails.is_empty() {
            return;
        }
        match self.tool.access(project, &person).await {
            Ok(Some(granted)) => note(trainer, plan, project, &granted),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(trainer.id = %id, project.id = %project, reason = %error, "the account could not be read before the removal");
            }
        }
    }

    /// Succeeds when the tool proved that the person has no access. "Not found" of unclear origin counts when it is
    /// answered again later.
    pub(super) fn proven(
        &self,
        trainer: &mut Trainer,
        project: &ProjectId,
        removed: Result<Removed, ToolError>,
    ) -> Result<Proof, Failure> {
        if !matches!(removed, Ok(Removed::NotFound(_)) | Err(_))
            && let Some(access) = trainer.access.get_mut(project)
        {
            access.not_found_since = None;
        }
        match removed {
            Ok(Removed::Proven(proof)) => Ok(proof),
            Ok(Removed::Unconfirmed(reason)) => Err(Failure::transient(reason)),
            Ok(Removed::NotFound(reason)) => {
                let now = self.clock.now();
                let Some(access) = trainer.access.get_mut(project) else {
                    return Err(Failure::transient(reason));
                };
                let since = *access.not_found_since.get_or_insert(now);
                match after(since.min(now), self.policy.confirm_after) <= now && since < now {
                    true => Ok(Proof::TwiceNotFound),
                    false => Err(Failure::transient(reason)),
                }
            }
            Err(ToolError::Wrong { reason } | ToolError::NoProject { reason }) => {
                Err(Failure::operator(reason))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Records the state of an access after a call of the tool.
    pub(super) fn record(
        &self,
        trainer: &mut Trainer,
        project: &ProjectId,
        state: AccessState,
        failure: Option<&Failure>,
    ) {
        let trouble = failure.map(Failure::trouble);
        record(trainer, project, state, trouble, self.clock.now());
    }
}

/// Records the account that the tool shows for the person, and that the person was found.
pub(super) fn note(trainer: &mut Trainer, plan: &Plan, project: &ProjectId, granted: &Granted) {
    if let Some(account) = &granted.member {
        remember(trainer, &plan.environment, project, account);
    }
    if let Some(access) = trainer.access.get_mut(project) {
        access.not_found_since = None;
    }
}
