//! An operator's statement that a removal is done although the tool does not prove it.

use std::time::Duration;

use jiff::Timestamp;

use super::lease::refuse_leased;
use super::{MOST_CONFLICTS, Provisioner};
use crate::ledger::audit;
use crate::ledger::{
    Access, AccessState, Attempt, Environment, LedgerError, Trainer, Written, entitlements,
};
use crate::model::clock::after;
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};

/// Maximum length of a settlement's reason in a document; the log has all of it.
const LONGEST_REASON: usize = 200;

/// Time for which a settlement counts: a message that is redriven later may be about an earlier removal.
const SETTLES_FOR: Duration = Duration::from_secs(60 * 60);

/// A settlement as an operator stated it.
pub(super) struct Settlement<'a> {
    pub(super) project: &'a ProjectId,
    pub(super) reason: &'a str,
    /// `None` if an earlier version recorded it.
    pub(super) at: Option<Timestamp>,
}

impl Settlement<'_> {
    /// Fails if it may be about an earlier removal than the one that is open now, such as after it was redriven.
    fn check(
        &self,
        trainer: &TrainerId,
        document: &Trainer,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let Some(at) = self.at else { return Ok(()) };
        let mut hires = document
            .hires
            .iter()
            .filter(|it| it.project == *self.project);
        let is_hired_since = hires.any(|it| it.start.as_ref().is_some_and(|it| it.merged_at > at));
        match is_hired_since || after(at, SETTLES_FOR) < now {
            true => Err(Failure::wrong(format!(
                "it was stated at {at:.0} that {trainer} has no access to project {}, which may have changed since: look \
                 in the tool again, and repeat `bridge settle`",
                self.project
            ))),
            false => Ok(()),
        }
    }
}

impl Provisioner {
    pub(super) async fn settle_removal(
        &self,
        trainer: &TrainerId,
        stated: &Settlement<'_>,
        attempt: &Attempt,
    ) -> Result<(), Failure> {
        let mut stored = self.ledger.document(trainer).await?;
        for _ in 0..MOST_CONFLICTS {
            let now = self.clock.now();
            refuse_leased(trainer, &stored.trainer, attempt, now)?;
            stated.check(trainer, &stored.trainer, now)?;
            let environment = self.environment_of(&stored.trainer).await?;
            let Settlement {
                project, reason, ..
            } = stated;
            let settled = self.settled(&stored.trainer, trainer, project, reason, &environment)?;
            let (settled, entries) = audit::recorded(&stored.trainer, settled, &environment);
            let put = self
                .ledger
                .put_recorded(trainer, &settled, stored.expect, entries);
            match put.await? {
                Written::Stored(_) => return Ok(()),
                Written::Conflict(now) => stored = *now,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{trainer}")).into())
    }

    /// The document with the removal as settled: the tool has not proven it, and both later looks are still to come. If
    /// access exists, or exists again, and needed an operator, this is recorded as done.
    ///
    /// # Errors
    /// An access that is due, or no removal that is open.
    pub(super) fn settled(
        &self,
        document: &Trainer,
        trainer: &TrainerId,
        project: &ProjectId,
        reason: &str,
        environment: &Environment,
    ) -> Result<Trainer, Failure> {
        let mut settled = document.clone();
        let is_noted = |access: &&mut Access| {
            let is_settled = matches!(access.state, AccessState::Granted | AccessState::Removed);
            is_settled && access.trouble.is_some()
        };
        if let Some(noted) = settled.access.get_mut(project).filter(is_noted) {
            noted.trouble = None;
            return Ok(settled);
        }
        let entitlements = entitlements(document, environment, &self.policy);
        let mut here = document.hires.iter().zip(entitlements);
        let entitling =
            here.find(|(hire, entitlement)| hire.project == *project && entitlement.protects());
        if let Some((hire, _)) = entitling {
            return Err(Failure::wrong(format!(
                "contract {contract} entitles {trainer} to access to project {project}: end it first with `bridge end {contract}`",
                contract = hire.contract
            )));
        }
        let waits = |access: &&Access| access.may_be_in();
        let known = document.access.get(project).filter(waits).ok_or_else(|| {
            Failure::wrong(format!(
                "no removal of {trainer} from project {project} is open: `bridge status` shows those that are"
            ))
        })?;
        let access = Access {
            earlier: known.earlier,
            settled: Some(reason.chars().take(LONGEST_REASON).collect()),
            ..Access::new(project, AccessState::Removed, self.clock.now())
        };
        settled.access.insert(project.clone(), access);
        Ok(settled)
    }
}
