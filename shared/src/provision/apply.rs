//! Carries one step out: the only place that writes to the tool.

use super::plan::Step;
use super::standing::Standing;
use super::{Failure, Provisioner};
use crate::ids::{MemberId, ProjectId, TrainerId};
use crate::ledger::{Access, AccessState, Member, Trainer};
use crate::person::Email;
use crate::tool::{Membership, Person, Standing as InTool};
use crate::usage::{LOOK_BACK_DAYS, Reporter};

impl Provisioner {
    /// Carries `step` out and notes what became of it, also when it failed.
    pub(super) async fn apply(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        standings: &[Standing],
        step: &Step,
    ) -> Result<(), Failure> {
        let done = match step {
            Step::Remove(project) => self.remove(id, trainer, project).await,
            Step::Release(project) => self.release(id, trainer, project).await,
            Step::Grant(project) => self.grant(id, trainer, standings, project).await,
            Step::Check(project) => match self.still_there(id, trainer, project).await {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let anew = Step::Grant(project.clone());
                    return Box::pin(self.apply(id, trainer, standings, &anew)).await;
                }
                Err(failure) => Err(failure),
            },
        };
        let Err(failure) = done else { return Ok(()) };
        tracing::warn!(trainer.id = %id, project.id = %step.project(), cause = ?failure.cause, reason = %failure, "access could not be changed");
        let intent = match step {
            Step::Grant(_) => AccessState::Granting,
            Step::Check(_) => AccessState::Invited,
            Step::Remove(_) | Step::Release(_) => AccessState::Removing,
        };
        self.note(id, step.project(), intent, Some(&failure))
            .await?;
        Err(failure)
    }

    async fn remove(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        self.note(id, project, AccessState::Removing, None).await?;
        // The last totals go out while the tool still shows them. Once: a removal that is tried again does
        // not wait for them again, and the look-back catches up what was missed.
        let state = trainer.access.get(project).map(|access| access.state);
        if state != Some(AccessState::Removing) {
            let reporter = Reporter::of(self, LOOK_BACK_DAYS);
            reporter.last_read(id, &trainer.hires, project).await;
        }
        self.learn(id, trainer, project).await?;
        self.tool.remove(project, &membership(id, trainer)).await?;
        self.note(id, project, AccessState::Removed, None).await?;
        tracing::info!(trainer.id = %id, project.id = %project, "access removed");
        Ok(())
    }

    async fn release(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        self.tool.release(project, &membership(id, trainer)).await?;
        self.note(id, project, AccessState::Removed, None).await
    }

    async fn grant(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        standings: &[Standing],
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let Some(email) = self.email(id, trainer, standings, project).await? else {
            tracing::info!(trainer.id = %id, project.id = %project, "access waits for a work e-mail");
            return self
                .note(id, project, AccessState::AwaitingEmail, None)
                .await;
        };
        // The intent goes first: a crash between here and the tool's answer must not leave somebody in
        // the tool whom the ledger doesn't know of.
        self.note(id, project, AccessState::Granting, None).await?;
        let granted = self
            .tool
            .grant(project, &person(id, &trainer.member, email))
            .await?;
        self.remember(id, granted.member.as_ref()).await?;
        let (state, todo) = match granted.standing {
            InTool::Active => (AccessState::Granted, None),
            InTool::Invited(link) => return self.invite(id, project, link).await,
            InTool::Unclaimed(todo) => (AccessState::Invited, Some(Failure::operator(todo))),
        };
        self.note(id, project, state, todo.as_ref()).await?;
        tracing::info!(trainer.id = %id, project.id = %project, ?state, "access given");
        Ok(())
    }

    /// Looks whether an invitation was accepted, and notes that; false when the tool doesn't know of it
    /// any more.
    async fn still_there(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
    ) -> Result<bool, Failure> {
        let seen = self.tool.access(project, &membership(id, trainer)).await?;
        let Some(granted) = seen else {
            tracing::info!(trainer.id = %id, project.id = %project, "an invitation is gone; a new one is given");
            return Ok(false);
        };
        self.remember(id, granted.member.as_ref()).await?;
        match granted.standing {
            InTool::Active => {
                tracing::info!(trainer.id = %id, project.id = %project, "an invitation was accepted");
                self.note(id, project, AccessState::Granted, None).await?;
            }
            InTool::Invited(link) => {
                // A tool that shows no link to whoever looks has not taken it back.
                let known = trainer.access.get(project);
                let known = known.and_then(|it| it.invitation.as_ref());
                let link = link.or_else(|| known.map(|it| it.link.clone()));
                self.invite(id, project, link).await?;
            }
            InTool::Unclaimed(todo) => {
                let todo = Failure::operator(todo);
                let told = trainer
                    .access
                    .get(project)
                    .and_then(|it| it.trouble.as_ref());
                if told != Some(&todo.trouble()) {
                    self.note(id, project, AccessState::Invited, Some(&todo))
                        .await?;
                }
            }
        }
        Ok(true)
    }

    /// The work e-mail: the one we know, else what the participants endpoint says now.
    async fn email(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        standings: &[Standing],
        project: &ProjectId,
    ) -> Result<Option<Email>, Failure> {
        if trainer.member.email.is_some() {
            return Ok(trainer.member.email.clone());
        }
        // An orphaned hire's install can't be asked any more.
        let live = trainer.hires.iter().zip(standings);
        let live = live.filter(|(hire, it)| **it == Standing::Live && hire.project == *project);
        for (hire, _) in live {
            let platform = &self.connection(&hire.connection).await?.platform;
            let participants = platform.participants(&hire.contract).await?;
            let named = participants
                .into_iter()
                .find(|it| it.opentrain_user_id == *id);
            if let Some(email) = named.and_then(|it| it.work_email) {
                let keep = |member: Member| {
                    Some(Member {
                        email: Some(email.clone()),
                        ..member
                    })
                };
                self.ledger.update_member(id, keep).await?;
                return Ok(Some(email));
            }
        }
        Ok(None)
    }

    /// Learns the id of somebody who may have accepted an invitation since we last looked: once removed they
    /// may be hidden from us.
    async fn learn(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let unknown = trainer.member.member.is_none() && trainer.member.email.is_some();
        if unknown && trainer.access.values().any(Access::may_be_in) {
            let seen = self.tool.access(project, &membership(id, trainer)).await?;
            let member = seen.and_then(|granted| granted.member);
            self.remember(id, member.as_ref()).await?;
        }
        Ok(())
    }

    /// The tool's own id for the person, once it is known, is kept for good: some tools hide the e-mail of
    /// people who were removed, and reports of work name people by their id.
    async fn remember(&self, id: &TrainerId, member: Option<&MemberId>) -> Result<(), Failure> {
        let Some(member) = member else {
            return Ok(());
        };
        let known = |old: Member| {
            let new = Member {
                member: Some(member.clone()),
                ..old.clone()
            };
            (new != old).then_some(new)
        };
        self.ledger.update_member(id, known).await?;
        Ok(())
    }

    async fn note(
        &self,
        id: &TrainerId,
        project: &ProjectId,
        state: AccessState,
        failure: Option<&Failure>,
    ) -> Result<(), Failure> {
        let trouble = failure.map(Failure::trouble);
        let access = Access {
            project: project.clone(),
            state,
            at: self.clock.now(),
            trouble,
            invitation: None,
        };
        Ok(self.ledger.note_access(id, &access).await?)
    }
}

fn membership(id: &TrainerId, trainer: &Trainer) -> Membership {
    Membership {
        trainer: id.clone(),
        member: trainer.member.member.clone(),
        email: trainer.member.email.clone(),
        let_in: trainer.access.values().any(Access::may_be_in),
    }
}

fn person(id: &TrainerId, member: &Member, email: Email) -> Person {
    Person {
        trainer: id.clone(),
        email,
        display_name: member.display_name.clone(),
        country: member.country.clone(),
        profile_url: member.profile_url.clone(),
        member: member.member.clone(),
    }
}
