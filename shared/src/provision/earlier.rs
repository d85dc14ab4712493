//! People who were members of the tool before the bridge first granted them access.
//!
//! With `ON_END_OF_EARLIER_MEMBER=keep` the membership is looked up before the first grant, and stays after the end of
//! the last hire. The person's assignments in the project end all the same.
//!
//! A ledger that was lost, or restored from a copy, does not know to whom the bridge granted access before. So a member
//! is an earlier one only if this ledger witnessed the start of all of their hires. A hire that was found in a list, or
//! whose event arrived late, may be older than the ledger.

use super::Provisioner;
use super::lease::Plan;
use crate::ledger::{Access, Earlier, Hire, OnEndOfEarlierMember, Trainer};
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};
use crate::tool::{Membership, MembershipStatus, Scope};

impl Provisioner {
    /// Records before the first grant whether the person is a member already.
    pub(super) async fn note_earlier(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        let is_open = |access: &&Access| access.earlier == Earlier::Open;
        if trainer.access.get(project).filter(is_open).is_none() {
            return Ok(());
        }
        let earlier = match self.policy.on_end_of_earlier_member {
            OnEndOfEarlierMember::Remove => Earlier::No,
            OnEndOfEarlierMember::Keep => self.look_before(id, trainer, plan, project).await?,
        };
        if let Some(access) = trainer.access.get_mut(project) {
            access.earlier = earlier;
        }
        Ok(())
    }

    async fn look_before(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<Earlier, Failure> {
        if self.tool.capabilities().await?.scope == Scope::Organization {
            // There is one seat for all projects: it was looked up before the first grant.
            let others = trainer.access.values().filter(|it| it.project != *project);
            let mut known = others.filter(|it| it.may_be_in() && it.earlier != Earlier::Open);
            if let Some(access) = known.next() {
                return Ok(access.earlier);
            }
        }
        let person = Membership {
            let_in: false,
            ..plan.membership(id, trainer, project)
        };
        let seen = self.tool.access(project, &person).await?;
        let is_member = seen.is_some_and(|it| !matches!(it.status, MembershipStatus::Invited(_)))
            && self.is_witnessed(trainer, project).await?;
        if is_member {
            tracing::info!(trainer.id = %id, project.id = %project, "was a member before the hire: the membership stays when the hire ends");
        }
        Ok(match is_member {
            true => Earlier::Yes,
            false => Earlier::No,
        })
    }

    /// Whether the person's membership stays when their hires end.
    pub(super) async fn stays(
        &self,
        trainer: &Trainer,
        project: &ProjectId,
    ) -> Result<bool, Failure> {
        let access = trainer.access.get(project);
        let was_member = self.policy.on_end_of_earlier_member == OnEndOfEarlierMember::Keep
            && access.is_some_and(|it| it.earlier == Earlier::Yes);
        Ok(was_member && self.is_witnessed(trainer, project).await?)
    }

    /// Whether this ledger has known each hire that needs the membership since the hire's start.
    async fn is_witnessed(&self, trainer: &Trainer, project: &ProjectId) -> Result<bool, Failure> {
        let scope = self.tool.capabilities().await?.scope;
        let hires = trainer.hires.iter();
        let mut own = hires.filter(|hire| scope == Scope::Organization || hire.project == *project);
        Ok(own.all(Hire::is_witnessed))
    }
}
