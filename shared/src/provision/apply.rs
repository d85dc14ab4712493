//! Carries out one step: the only place that writes to the tool. It changes the working copy of the trainer's
//! document; `converge` writes that to the ledger.

use jiff::Timestamp;

use super::lease::Plan;
use super::plan::Step;
use super::standing::Standing;
use super::{Failure, Provisioner};
use crate::http::Sought;
use crate::ids::{ProjectId, TrainerId};
use crate::invitation::Invitation;
use crate::ledger::{Access, AccessState, KnownEmail, Trainer, Trouble};
use crate::person::Email;
use crate::tool::{Granted, Membership, Person, Standing as InTool};
use crate::usage::Reporter;

impl Provisioner {
    /// Carries out `step` and records its result, also when it failed.
    pub(super) async fn apply(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        step: &Step,
    ) -> Result<(), Failure> {
        let done = match step {
            Step::Remove(project) => self.remove(id, trainer, plan, project).await,
            Step::Release(project) => self.release(id, trainer, project).await,
            Step::Grant(project) => self.grant(id, trainer, plan, project).await,
            Step::Check(project) => match self.is_still_there(id, trainer, project).await {
                Ok(true) => Ok(()),
                Ok(false) => self.grant(id, trainer, plan, project).await,
                Err(failure) => Err(failure),
            },
        };
        let Err(failure) = done else { return Ok(()) };
        tracing::warn!(trainer.id = %id, project.id = %step.project(), cause = ?failure.cause, reason = %failure, "access could not be changed");
        self.record(trainer, step.project(), step.intent(), Some(&failure));
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
            let reporter = Reporter::of(self, self.usage.settings);
            reporter
                .last_reading(shared, id, trainer, environment, project)
                .await;
        }
        self.learn(id, trainer, project).await?;
        self.tool.remove(project, &membership(id, trainer)).await?;
        self.record(trainer, project, AccessState::Removed, None);
        tracing::info!(trainer.id = %id, project.id = %project, "access removed");
        Ok(())
    }

    async fn release(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        self.tool.release(project, &membership(id, trainer)).await?;
        self.record(trainer, project, AccessState::Removed, None);
        Ok(())
    }

    async fn grant(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let Some(email) = self.email(id, trainer, plan, project).await? else {
            tracing::info!(trainer.id = %id, project.id = %project, "access waits for a work e-mail");
            self.record(trainer, project, AccessState::AwaitingEmail, None);
            return Ok(());
        };
        let person = person(id, trainer, email.clone());
        let granted = self.tool.grant(project, &person).await?;
        remember(trainer, &granted);
        match granted.standing {
            InTool::Active => self.record(trainer, project, AccessState::Granted, None),
            InTool::Invited(link) => return self.invite(id, trainer, project, link).await,
            InTool::Unclaimed(todo) => {
                let todo = Failure::operator(todo);
                self.record(trainer, project, AccessState::Invited, Some(&todo));
            }
        }
        let state = trainer.access.get(project).map(|access| access.state);
        tracing::info!(trainer.id = %id, project.id = %project, ?state, "access granted");
        Ok(())
    }

    /// Looks whether an invitation was accepted, and records that; false when the tool no longer has it.
    async fn is_still_there(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        project: &ProjectId,
    ) -> Result<bool, Failure> {
        let seen = self.tool.access(project, &membership(id, trainer)).await?;
        let Some(granted) = seen else {
            tracing::info!(trainer.id = %id, project.id = %project, "an invitation is gone; a new one is sent");
            return Ok(false);
        };
        remember(trainer, &granted);
        match granted.standing {
            InTool::Active => {
                tracing::info!(trainer.id = %id, project.id = %project, "an invitation was accepted");
                self.record(trainer, project, AccessState::Granted, None);
            }
            InTool::Invited(link) => {
                // A tool that does not show the link on reading has not withdrawn it.
                let known = invitation(trainer, project).map(|it| it.link.clone());
                self.invite(id, trainer, project, link.or(known)).await?;
            }
            InTool::Unclaimed(todo) => {
                let todo = Failure::operator(todo);
                let known = trainer.access.get(project);
                let known = known.and_then(|access| access.trouble.as_ref());
                if known != Some(&todo.trouble()) {
                    self.record(trainer, project, AccessState::Invited, Some(&todo));
                }
            }
        }
        Ok(true)
    }

    /// The work e-mail that a connection with a live hire at the project sent, else what the participants
    /// endpoint returns now.
    async fn email(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<Option<Email>, Failure> {
        if let Some(email) = trainer.member.email() {
            return Ok(Some(email.clone()));
        }
        // The install of an orphaned hire does not answer.
        let live = trainer.hires.iter().zip(&plan.standings);
        let live = live.filter(|(hire, it)| **it == Standing::Live && hire.project == *project);
        let live: Vec<_> = live.map(|(hire, _)| hire.key()).collect();
        for key in live {
            let asked_at = self.clock.now();
            let platform = &self.connection(&key.connection).await?.platform;
            let participants = platform.participants(&key.contract).await?;
            let named = participants.find(|it| it.opentrain_user_id == *id);
            if let Sought::Unknown(unreadable) = &named {
                tracing::warn!(contract.id = %key.contract, trainer.id = %id, reason = %unreadable, "a participant could not be read: access waits for a readable work e-mail; report it to OpenTrain");
            }
            if let Some(email) = named.found().and_then(|it| it.work_email) {
                let known = KnownEmail {
                    email: email.clone(),
                    as_of: asked_at,
                };
                trainer.member.emails.insert(key.connection, known);
                return Ok(Some(email));
            }
        }
        Ok(None)
    }

    /// Reads the id of a person who may have accepted an invitation since the last look: once removed, they may be
    /// hidden from the bridge.
    async fn learn(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let member = &trainer.member;
        let unknown = member.accounts.is_empty() && !member.emails.is_empty();
        if unknown && trainer.access.values().any(Access::may_be_in) {
            let seen = self.tool.access(project, &membership(id, trainer)).await?;
            if let Some(granted) = seen {
                remember(trainer, &granted);
            }
        }
        Ok(())
    }

    /// Records the state of an access after a call of the tool.
    fn record(
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

/// Records the state of an access. A grant that is retried keeps its invitation.
pub(super) fn record(
    trainer: &mut Trainer,
    project: &ProjectId,
    state: AccessState,
    trouble: Option<Trouble>,
    now: Timestamp,
) {
    let kept = invitation(trainer, project).filter(|_| state == AccessState::Granting);
    let access = Access {
        project: project.clone(),
        state,
        at: now,
        trouble,
        invitation: kept.cloned(),
    };
    trainer.access.insert(project.clone(), access);
}

/// The invitation of an access, if it has one.
pub(super) fn invitation<'a>(trainer: &'a Trainer, project: &ProjectId) -> Option<&'a Invitation> {
    trainer.access.get(project)?.invitation.as_ref()
}

/// The tool's own id for the person is kept for good: some tools hide the e-mail of removed people, and reports of
/// work name people by their id.
fn remember(trainer: &mut Trainer, granted: &Granted) {
    if let Some(account) = &granted.member {
        trainer.member.use_account(account);
    }
}

fn membership(id: &TrainerId, trainer: &Trainer) -> Membership {
    Membership {
        trainer: id.clone(),
        member: trainer.member.account().cloned(),
        email: trainer.member.email().cloned(),
        let_in: trainer.access.values().any(Access::may_be_in),
    }
}

fn person(id: &TrainerId, trainer: &Trainer, email: Email) -> Person {
    let member = &trainer.member;
    Person {
        trainer: id.clone(),
        email,
        display_name: member.display_name.clone(),
        country: member.country.clone(),
        profile_url: member.profile_url.clone(),
        member: member.account().cloned(),
    }
}
