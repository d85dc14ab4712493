//! Carries out one step: the only place that writes to the tool. It changes the working copy of the trainer's
//! document; `converge` writes that to the ledger.

use jiff::Timestamp;

use super::lease::Plan;
use super::plan::Step;
use super::standing::Standing;
use super::verify::LOOKS;
use super::{Failure, Provisioner};
use crate::clock::after;
use crate::connection::ConnectionName;
use crate::http::{Sought, for_removal};
use crate::ids::{ProjectId, TrainerId};
use crate::invitation::Invitation;
use crate::ledger::{Access, AccessState, Earlier, Environment, KnownEmail, Trainer, Trouble};
use crate::person::Email;
use crate::tool::{Granted, Membership, Person, Proof, Removed, Standing as InTool, ToolError};
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
            let reporter = Reporter::of(self);
            let reading = reporter.last_reading(shared, id, trainer, environment, project);
            for_removal(reading).await;
        }
        for_removal(self.learn(id, trainer, plan, project)).await?;
        let person = membership(id, trainer, plan, project);
        let stays = self.stays(trainer, project);
        let removed = match stays {
            true => self.tool.release(project, &person).await,
            false => self.tool.remove(project, &person).await,
        };
        let proof = self.proven(trainer, project, removed)?;
        if stays {
            self.record(trainer, project, AccessState::Kept, None);
            tracing::info!(trainer.id = %id, project.id = %project, "the hire is over, and its person stays a member: they were one before");
            return Ok(());
        }
        self.record(trainer, project, AccessState::Removed, None);
        if matches!(proof, Proof::NeverThere | Proof::ProjectDeleted)
            && let Some(access) = trainer.access.get_mut(project)
        {
            access.looks = LOOKS;
        }
        tracing::info!(trainer.id = %id, project.id = %project, ?proof, "access removed");
        Ok(())
    }

    async fn release(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let person = membership(id, trainer, plan, project);
        let released = self.tool.release(project, &person).await;
        self.proven(trainer, project, released)?;
        self.record(trainer, project, AccessState::Released, None);
        Ok(())
    }

    /// Remembers the address that access was granted by. Where a tool can't change an account's address, an operator
    /// has to.
    async fn note_email(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        project: &ProjectId,
        before: Option<String>,
        email: &Email,
    ) -> Result<(), Failure> {
        let now = email.digest();
        let has_changed = before.is_some_and(|before| before != now);
        let updates = !has_changed || self.tool.capabilities().await?.updates_email;
        if let Some(access) = trainer.access.get_mut(project) {
            access.granted_by = Some(now);
            if !updates {
                let todo = "the work e-mail has changed, and the tool's API can't change it: change the account's e-mail in the tool";
                access.trouble = Some(Failure::operator(todo).trouble());
                tracing::error!(trainer.id = %id, project.id = %project, "{todo}");
            }
        }
        Ok(())
    }

    /// Records access that is there, and withdraws an invitation that is open. A trainer who accepted in between is
    /// in, and stays.
    async fn keep(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let person = membership(id, trainer, plan, project);
        if let Some(granted) = self.tool.access(project, &person).await? {
            remember(trainer, &granted);
            if granted.standing == InTool::Active {
                self.record(trainer, project, AccessState::Granted, None);
                return Ok(());
            }
        }
        let person = membership(id, trainer, plan, project);
        let removed = self.tool.remove(project, &person).await;
        self.proven(trainer, project, removed)?;
        self.record(trainer, project, AccessState::Removed, None);
        tracing::info!(trainer.id = %id, project.id = %project, "an open grant was withdrawn: the customer's link or install is gone");
        Ok(())
    }

    async fn grant(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        self.admit_organization(trainer, plan, project).await?;
        let Some(email) = self.email(id, trainer, plan, project).await? else {
            tracing::info!(trainer.id = %id, project.id = %project, "access waits for a work e-mail");
            self.record(trainer, project, AccessState::AwaitingEmail, None);
            return Ok(());
        };
        self.note_earlier(id, trainer, plan, project).await?;
        let person = person(id, trainer, email.clone());
        let before = trainer.access.get(project);
        let before = before.and_then(|access| access.granted_by.clone());
        let granted = self.tool.grant(project, &person).await?;
        remember(trainer, &granted);
        match granted.standing {
            InTool::Active => {
                let note = granted.note.map(Failure::operator);
                self.record(trainer, project, AccessState::Granted, note.as_ref());
            }
            InTool::Invited(link) => return self.invite(id, trainer, plan, project, link).await,
            InTool::Unclaimed(todo) => {
                let todo = Failure::operator(todo);
                self.record(trainer, project, AccessState::Invited, Some(&todo));
            }
        }
        self.note_email(id, trainer, project, before, &email)
            .await?;
        let access = trainer.access.get(project);
        let invited = access.filter(|it| it.state == AccessState::Invited);
        let invited = invited.map(|_| true);
        tracing::info!(trainer.id = %id, project.id = %project, invited, "access granted");
        Ok(())
    }

    /// Looks whether an invitation was accepted, and records that; false when the tool no longer has it.
    async fn is_still_there(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<bool, Failure> {
        let seen = self
            .tool
            .access(project, &membership(id, trainer, plan, project))
            .await?;
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
                self.invite(id, trainer, plan, project, link.or(known))
                    .await?;
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

    /// The work e-mail that an organisation with a live hire at the project sent, else what the participants endpoint
    /// returns now.
    async fn email(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<Option<Email>, Failure> {
        // The install of an orphaned hire does not answer, and its organisation's address grants nothing.
        let live = trainer.hires.iter().zip(&plan.standings);
        let live = live.filter(|(hire, it)| **it == Standing::Live && hire.project == *project);
        let live: Vec<_> = live.map(|(hire, _)| hire.key()).collect();
        let is_of_live = |name: &ConnectionName| {
            let mut live = live.iter();
            live.any(|key| plan.environment.same_organization(&key.connection, name))
        };
        if let Some(email) = trainer.member.addresses(is_of_live).into_iter().next() {
            return Ok(Some(email));
        }
        for key in live {
            let asked_at = self.clock.now();
            let platform = &self.connection(&key.connection).await?.platform;
            let participants = platform.participants(&key.contract).await?;
            let named = participants.find(|it| it.opentrain_user_id == *id);
            if let Sought::Unknown(unreadable) = &named {
                tracing::warn!(contract.id = %key.contract, trainer.id = %id, reason = %unreadable, "a participant could not be read: access waits for a readable work e-mail; report it to OpenTrain");
            }
            if let Some(email) = named.found().and_then(|it| it.work_email) {
                let known = KnownEmail::new(email.clone(), asked_at);
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
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let member = &trainer.member;
        let unknown = member.accounts.is_empty() && !member.emails.is_empty();
        if unknown && trainer.access.values().any(Access::may_be_in) {
            let seen = self
                .tool
                .access(project, &membership(id, trainer, plan, project))
                .await?;
            if let Some(granted) = seen {
                remember(trainer, &granted);
            }
        }
        Ok(())
    }

    /// Succeeds when the tool proved that the person has no access. "Not found" of an unclear origin counts when it is
    /// found again later.
    fn proven(
        &self,
        trainer: &mut Trainer,
        project: &ProjectId,
        removed: Result<Removed, ToolError>,
    ) -> Result<Proof, Failure> {
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
            Err(ToolError::Wrong { reason }) => Err(Failure::operator(reason)),
            Err(error) => Err(error.into()),
        }
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
    let known = trainer.access.get(project);
    let not_found = known.and_then(|access| access.not_found_since);
    let access = Access {
        invitation: kept.cloned(),
        granted_by: known
            .and_then(|access| access.granted_by.clone())
            .filter(|_| {
                use AccessState::{Granted, Granting, Invited};
                matches!(state, Granting | Granted | Invited)
            }),
        not_found_since: not_found.filter(|_| state == AccessState::Removing),
        looks: known.map_or(0, |access| match access.state {
            AccessState::Removing => access.looks,
            _ => 0,
        }),
        trouble,
        earlier: known.map_or(Earlier::Open, |access| access.earlier),
        ..Access::new(project, state, now)
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

/// The other projects in which access stays: what is to be revoked has been recorded as such.
fn keeps(trainer: &Trainer, project: &ProjectId) -> Vec<ProjectId> {
    use AccessState::{Granted, Granting, Invited};
    let stays = |access: &&Access| {
        access.project != *project && matches!(access.state, Granting | Granted | Invited)
    };
    let kept = trainer.access.values().filter(stays);
    kept.map(|access| access.project.clone()).collect()
}

/// Whether the trainer had access that was removed, and has none but what is being granted.
fn returns(trainer: &Trainer) -> bool {
    let mut all = trainer.access.values();
    let was_in = all.any(|access| access.state == AccessState::Removed);
    let mut all = trainer.access.values();
    was_in && !all.any(|access| access.may_be_in() && access.state != AccessState::Granting)
}

pub(super) fn membership(
    id: &TrainerId,
    trainer: &Trainer,
    plan: &Plan,
    project: &ProjectId,
) -> Membership {
    Membership {
        trainer: id.clone(),
        accounts: trainer.member.accounts.iter().rev().cloned().collect(),
        emails: addresses_at(trainer, &plan.environment, project),
        let_in: trainer.access.values().any(Access::may_be_in),
        keeps: keeps(trainer, project),
    }
}

/// The work e-mails of the organisations that have, or had, the trainer work on the project, newest first.
pub(super) fn addresses_at(
    trainer: &Trainer,
    environment: &Environment,
    project: &ProjectId,
) -> Vec<Email> {
    let own = trainer.hires.iter().filter(|hire| hire.project == *project);
    let own: Vec<_> = own.map(|hire| &hire.connection).collect();
    let is_own = |name: &ConnectionName| {
        let mut own = own.iter();
        own.any(|own| environment.same_organization(own, name))
    };
    trainer.member.addresses(is_own)
}

fn person(id: &TrainerId, trainer: &Trainer, email: Email) -> Person {
    let member = &trainer.member;
    Person {
        trainer: id.clone(),
        email,
        display_name: member.display_name.clone(),
        country: member.country.clone(),
        profile_url: member.profile_url.clone(),
        accounts: member.accounts.iter().rev().cloned().collect(),
        returns: returns(trainer),
    }
}
