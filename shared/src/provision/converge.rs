//! Makes the tool match the ledger for one trainer.

use std::collections::BTreeMap;

use super::plan::plan;
use super::standing::{Standing, standing};
use super::{Failure, Provisioner};
use crate::ids::TrainerId;
use crate::ledger::{Cause, Hire, Install, Link, Trainer};

impl Provisioner {
    /// Reads what the ledger wants, plans, and applies every step, whatever becomes of the others. An error is
    /// what a retry may mend; what none can is noted on the trainer's access.
    ///
    /// Runs in the trainer's queue group: nobody else converges the same trainer meanwhile.
    pub(super) async fn converge(&self, id: &TrainerId) -> Result<(), Failure> {
        let trainer = self.ledger.trainer(id).await?;
        let standings = self.standings(&trainer.hires).await?;
        let mut failures = Vec::new();
        for step in plan(&trainer, &standings, self.tool.capabilities().scope) {
            failures.extend(self.apply(id, &trainer, &standings, &step).await.err());
        }
        if !standings.iter().any(|it| it.is_due()) {
            failures.extend(self.forget_email(id).await.err());
        }
        match Failure::worst(failures) {
            Some(failure) if failure.cause != Cause::Wrong => Err(failure),
            _ => Ok(()),
        }
    }

    /// The standings of `hires`, in their order. Links and installs are read, not remembered in each
    /// hire: their end is one row, and no fan-out can lose it.
    pub async fn standings(&self, hires: &[Hire]) -> Result<Vec<Standing>, Failure> {
        let mut links: BTreeMap<_, Option<Link>> = BTreeMap::new();
        let mut installs: BTreeMap<_, Option<Install>> = BTreeMap::new();
        let mut standings = Vec::with_capacity(hires.len());
        for hire in hires {
            let at = (hire.connection.clone(), hire.link.clone());
            if !links.contains_key(&at) {
                links.insert(at.clone(), self.ledger.link(&at.0, &at.1).await?);
            }
            if !installs.contains_key(&at.0) {
                installs.insert(at.0.clone(), self.ledger.install(&at.0).await?);
            }
            let (link, install) = (links[&at].as_ref(), installs[&at.0].as_ref());
            standings.push(standing(hire, link, install, self.policy));
        }
        Ok(standings)
    }

    /// The e-mail is kept no longer than access needs it.
    async fn forget_email(&self, id: &TrainerId) -> Result<(), Failure> {
        let Trainer { access, member, .. } = self.ledger.trainer(id).await?;
        if member.email.is_some() && !access.values().any(|access| access.may_be_in()) {
            let forget = |member| Some(crate::ledger::Member { email: None, ..member });
            self.ledger.update_member(id, forget).await?;
        }
        Ok(())
    }
}
