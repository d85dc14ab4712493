//! Makes the tool match the ledger for one trainer.

use super::plan::{checks, plan};
use super::standing::standings;
use super::{Failure, Provisioner};
use crate::ids::TrainerId;
use crate::ledger::{Cause, Member, Trainer};

impl Provisioner {
    /// Reads what the ledger wants, plans, and applies every step, whatever becomes of the others. An error is
    /// what a retry may mend; what none can is noted on the trainer's access.
    ///
    /// `recheck`: what the tool may have changed by itself is looked at too.
    ///
    /// Runs in the trainer's queue group: nobody else converges the same trainer meanwhile.
    pub(super) async fn converge(&self, id: &TrainerId, recheck: bool) -> Result<(), Failure> {
        let trainer = self.ledger.trainer(id).await?;
        let standings = standings(&self.ledger, self.policy, &trainer.hires).await?;
        let mut failures = Vec::new();
        let scope = self.tool.capabilities().await?.scope;
        let mut steps = plan(&trainer, &standings, scope);
        if recheck {
            steps.extend(checks(&trainer, &standings));
        }
        for step in steps {
            failures.extend(self.apply(id, &trainer, &standings, &step).await.err());
        }
        if !standings.iter().any(|it| it.is_due()) {
            failures.extend(self.forget_email(id).await.err());
        }
        // A notice never holds access up: what could not be shown is caught up with.
        failures.extend(self.notices.moved(&trainer.hires).await.err());
        match Failure::worst(failures) {
            Some(failure) if failure.cause != Cause::Wrong => Err(failure),
            _ => Ok(()),
        }
    }

    /// The e-mail is kept no longer than access needs it.
    async fn forget_email(&self, id: &TrainerId) -> Result<(), Failure> {
        let Trainer { access, member, .. } = self.ledger.trainer(id).await?;
        if member.email.is_some() && !access.values().any(|access| access.may_be_in()) {
            let forget = |member| {
                Some(Member {
                    email: None,
                    ..member
                })
            };
            self.ledger.update_member(id, forget).await?;
        }
        Ok(())
    }
}
