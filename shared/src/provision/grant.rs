//! Granting access: by which address, and how an invitation continues.

use super::Provisioner;
use super::apply::note;
use super::identity::{live_address, person};
use super::lease::Plan;
use super::recorded::invitation;
use crate::ledger::{Access, AccessState, Trainer};
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::person::Email;
use crate::tool::{MembershipStatus, Scope};

/// Why access that is granted needs an operator: the tool can't change an account's address.
const KEEPS_ADDRESS: &str = "the work e-mail has changed, and the tool's API can't change it: change the account's e-mail in the tool, then `bridge settle` this access";

impl Provisioner {
    pub(super) async fn grant(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        self.admit_organization(trainer, plan, project).await?;
        let address = live_address(trainer, &plan.environment, &plan.entitlements, project);
        let Some(email) = address else {
            if let Some(failure) = plan.unread_addresses.get(project) {
                return Err(failure.clone());
            }
            tracing::info!(trainer.id = %id, project.id = %project, "access waits for a work e-mail");
            self.record(trainer, project, AccessState::AwaitingEmail, None);
            return Ok(());
        };
        self.note_earlier(id, trainer, plan, project).await?;
        let keeps_address = self.keeps_address(trainer, project, &email).await?;
        if keeps_address {
            self.withdraw_earlier(id, trainer, plan, project, &email)
                .await?;
        }
        let person = person(id, trainer, &plan.environment, project, email.clone());
        let granted = self.tool.grant(project, &person).await?;
        note(trainer, plan, project, &granted);
        if let Some(access) = trainer.access.get_mut(project) {
            access.granted_by = Some(email.digest());
        }
        match granted.status {
            MembershipStatus::Active => {
                let note = granted.note.map(Failure::operator);
                self.record(trainer, project, AccessState::Granted, note.as_ref());
            }
            MembershipStatus::Invited(link) => {
                end_membership(trainer, project);
                return self.invite(id, trainer, project, &email, link).await;
            }
            MembershipStatus::Unclaimed(todo) => {
                let todo = Failure::operator(todo);
                self.record(trainer, project, AccessState::Invited, Some(&todo));
            }
        }
        if keeps_address && let Some(access) = trainer.access.get_mut(project) {
            access.trouble = Some(Failure::operator(KEEPS_ADDRESS).trouble());
            tracing::error!(trainer.id = %id, project.id = %project, "{KEEPS_ADDRESS}");
        }
        log(id, trainer, project);
        Ok(())
    }

    /// Whether the account keeps the address of the earlier grant: the work e-mail has changed, and the tool can't
    /// change an account's address.
    async fn keeps_address(
        &self,
        trainer: &Trainer,
        project: &ProjectId,
        email: &Email,
    ) -> Result<bool, Failure> {
        let known = trainer.access.get(project);
        let by = known.and_then(|access| access.granted_by.as_ref());
        let has_changed = by.is_some_and(|by| *by != email.digest());
        Ok(has_changed && !self.tool.capabilities().await?.updates_email)
    }

    /// Withdraws an invitation that was sent to another address and was not accepted.
    async fn withdraw_earlier(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
        email: &Email,
    ) -> Result<(), Failure> {
        let known = trainer.access.get(project);
        let invited = known.and_then(|access| access.invited.as_ref());
        if invited.is_none_or(|invited| invited == email) {
            return Ok(());
        }
        if self.tool.capabilities().await?.scope == Scope::Organization {
            let mut invitations = trainer.access.values();
            // One invitation opens all projects, and another project's grant has renewed it.
            let is_to_it = |it: &Access| {
                it.state == AccessState::Invited && it.invited.as_ref() == Some(email)
            };
            if invitations.any(is_to_it) {
                return Ok(());
            }
        }
        let person = plan.membership(id, trainer, project);
        if let Some(granted) = self.tool.access(project, &person).await? {
            note(trainer, plan, project, &granted);
            if !matches!(granted.status, MembershipStatus::Invited(_)) {
                return Ok(());
            }
        }
        let person = plan.membership(id, trainer, project);
        let removed = self.tool.remove(project, &person).await;
        self.proven(trainer, project, removed)?;
        tracing::info!(trainer.id = %id, project.id = %project, "an invitation was withdrawn: the work e-mail has changed");
        Ok(())
    }

    /// Checks whether an invitation was accepted, and records that. Returns false if the tool no longer has it.
    pub(super) async fn is_still_there(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<bool, Failure> {
        let person = plan.membership(id, trainer, project);
        let seen = self.tool.access(project, &person).await?;
        let Some(granted) = seen else {
            tracing::info!(trainer.id = %id, project.id = %project, "an invitation is gone; a new one is sent");
            return Ok(false);
        };
        note(trainer, plan, project, &granted);
        match granted.status {
            MembershipStatus::Active => {
                tracing::info!(trainer.id = %id, project.id = %project, "an invitation was accepted");
                self.record(trainer, project, AccessState::Granted, None);
            }
            MembershipStatus::Invited(link) => {
                // A tool that does not show the link on reading has not withdrawn it.
                let known = invitation(trainer, project).map(|it| it.link.clone());
                let access = trainer.access.get(project);
                let sent_to = access.and_then(|access| access.invited.clone());
                let live = || live_address(trainer, &plan.environment, &plan.entitlements, project);
                let Some(email) = sent_to.or_else(live) else {
                    return Ok(true);
                };
                self.invite(id, trainer, project, &email, link.or(known))
                    .await?;
            }
            MembershipStatus::Unclaimed(todo) => {
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
}

/// Records that the person has no access yet: a new address needs a new invitation, and a failure must not look like
/// access.
fn end_membership(trainer: &mut Trainer, project: &ProjectId) {
    if let Some(access) = trainer.access.get_mut(project)
        && access.state == AccessState::Granted
    {
        access.state = AccessState::Granting;
    }
}

fn log(id: &TrainerId, trainer: &Trainer, project: &ProjectId) {
    let access = trainer.access.get(project);
    let invited = access.filter(|it| it.state == AccessState::Invited);
    let invited = invited.map(|_| true);
    tracing::info!(trainer.id = %id, project.id = %project, invited, "access granted");
}
