//! People who were members of the tool before the bridge first granted them access.
//!
//! With `ON_END_OF_EARLIER_MEMBER=keep` the membership is looked up before the first grant, and the end of the last hire
//! leaves it. What ties the person to a project ends all the same.

use super::apply::membership;
use super::lease::Plan;
use super::{Failure, OnEndOfEarlierMember, Provisioner};
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::{Access, AccessState, Earlier, Trainer};
use crate::tool::{Membership, Scope, Standing as InTool};

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
            // One seat for all projects: the first hire has looked.
            let others = trainer.access.values().filter(|it| it.project != *project);
            let mut known = others
                .filter(|it| it.state != AccessState::AwaitingEmail && it.earlier != Earlier::Open);
            if let Some(access) = known.next() {
                return Ok(access.earlier);
            }
        }
        let person = Membership {
            let_in: false,
            ..membership(id, trainer, plan, project)
        };
        let seen = self.tool.access(project, &person).await?;
        let is_member = seen.is_some_and(|it| !matches!(it.standing, InTool::Invited(_)));
        if is_member {
            tracing::info!(trainer.id = %id, project.id = %project, "was a member before the hire: the membership stays when the hire ends");
        }
        Ok(match is_member {
            true => Earlier::Yes,
            false => Earlier::No,
        })
    }

    /// Whether the person's membership stays when their hires end.
    pub(super) fn stays(&self, trainer: &Trainer, project: &ProjectId) -> bool {
        let access = trainer.access.get(project);
        self.policy.on_end_of_earlier_member == OnEndOfEarlierMember::Keep
            && access.is_some_and(|it| it.earlier == Earlier::Yes)
    }
}
