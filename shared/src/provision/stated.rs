//! Carries an operator's statement out, by the rules that events go by.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::begin::MOST_CONFLICTS;
use super::converge::Request;
use super::fact::{ContractFact, HirePlace};
use super::standing::standings;
use super::verify::{LOOKS, erase_emails};
use super::{Failure, Provisioner, Verdict, merge};
use crate::connection::ConnectionName;
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::{
    Access, AccessState, Attempt, Cause, HireStatus, InstallStatus, LedgerError, Source, Trainer,
    Written,
};
use crate::person::Participant;
use crate::queue::{StatedContract, Statement};

impl Provisioner {
    /// Processes an operator's statement. What could not be recorded is a dead letter, which an operator sees; what no
    /// longer fits the ledger is logged.
    pub(super) async fn stated_message(
        &self,
        statement: &Statement,
        attempt: &Attempt,
    ) -> Result<Verdict, Failure> {
        match self.carry_out(statement, attempt).await {
            Ok(()) => Ok(Verdict::Done),
            Err(failure) if failure.is_of_store || failure.cause == Cause::Transient => {
                Err(failure)
            }
            Err(failure) if failure.cause == Cause::Wrong => {
                tracing::error!(reason = %failure, "an operator's statement no longer fits the ledger and was not recorded");
                Ok(Verdict::Done)
            }
            Err(failure) => Ok(Verdict::Dead(failure.reason)),
        }
    }

    /// Records a statement, and makes the tool match. Repeating it changes nothing.
    ///
    /// # Errors
    /// A failure of a store; a removal that is not open any longer, or that another attempt works on.
    pub(super) async fn carry_out(
        &self,
        statement: &Statement,
        attempt: &Attempt,
    ) -> Result<(), Failure> {
        match statement {
            Statement::End {
                trainer,
                contracts,
                at,
            } => self.end_contracts(trainer, contracts, *at, attempt).await,
            Statement::Settle {
                trainer,
                project,
                reason,
            } => {
                self.settle_removal(trainer, project, attempt).await?;
                tracing::warn!(trainer.id = %trainer, project.id = %project, reason, "an operator settled the access");
                self.send_converge([trainer.clone()]).await
            }
            Statement::Disconnect { connection, at } => self.revoke(connection, *at).await,
        }
    }

    /// Whether the ledger has what a statement says.
    pub(super) async fn is_recorded(&self, statement: &Statement) -> Result<bool, Failure> {
        Ok(match statement {
            Statement::End {
                trainer, contracts, ..
            } => {
                let document = self.ledger.trainer(trainer).await?;
                let environment = self.ledger.environment_of(&document).await?;
                let mut hires = document.hires.iter();
                !hires.any(|hire| {
                    let is_stated = |it: &StatedContract| {
                        it.contract == hire.contract && it.connection == hire.connection
                    };
                    contracts.iter().any(is_stated) && environment.end_of(&document, hire).is_none()
                })
            }
            Statement::Settle {
                trainer, project, ..
            } => {
                let document = self.ledger.trainer(trainer).await?;
                let access = document.access.get(project);
                access.is_none_or(|it| {
                    let is_there = it.state == AccessState::Granted && it.trouble.is_none();
                    is_there || !it.may_be_in()
                })
            }
            Statement::Disconnect { connection, .. } => {
                let install = self.ledger.install(connection).await?;
                install.is_some_and(|it| it.status == InstallStatus::Revoked)
            }
        })
    }

    async fn end_contracts(
        &self,
        trainer: &TrainerId,
        contracts: &[StatedContract],
        at: Timestamp,
        attempt: &Attempt,
    ) -> Result<(), Failure> {
        let facts: Vec<_> = contracts
            .iter()
            .map(|it| stated_end(trainer, it, at))
            .collect();
        let request = Request {
            facts: &facts,
            ..Request::default()
        };
        self.converge(trainer, &request, attempt).await?;
        for it in contracts {
            tracing::info!(trainer.id = %trainer, contract.id = %it.contract, project.id = %it.project, "an operator ended the contract");
        }
        Ok(())
    }

    async fn settle_removal(
        &self,
        trainer: &TrainerId,
        project: &ProjectId,
        attempt: &Attempt,
    ) -> Result<(), Failure> {
        let mut stored = self.ledger.document(trainer).await?;
        for _ in 0..MOST_CONFLICTS {
            let now = self.clock.now();
            if let Some(lease) = &stored.trainer.lease
                && lease.holds_off(attempt, now)
            {
                let after = lease.until.duration_since(now).try_into().ok();
                return Err(Failure {
                    after,
                    ..Failure::transient(format!(
                        "a worker changes the access of {trainer} now: call this again after {}",
                        lease.until
                    ))
                });
            }
            let settled = self.settled(&stored.trainer, trainer, project).await?;
            let put = self.ledger.put_document(trainer, &settled, stored.expect);
            match put.await? {
                Written::Stored(_) => return Ok(()),
                Written::Conflict(now) => stored = *now,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{trainer}")).into())
    }

    /// The document with the removal as done; or, of access that is there, with what an operator had to do as done.
    ///
    /// # Errors
    /// An access that is due, or no removal that is open.
    pub(super) async fn settled(
        &self,
        document: &Trainer,
        trainer: &TrainerId,
        project: &ProjectId,
    ) -> Result<Trainer, Failure> {
        let mut settled = document.clone();
        let is_noted =
            |access: &&mut Access| access.state == AccessState::Granted && access.trouble.is_some();
        if let Some(noted) = settled.access.get_mut(project).filter(is_noted) {
            noted.trouble = None;
            return Ok(settled);
        }
        let environment = self.ledger.environment_of(document).await?;
        let environment = self.permitted(environment).await?;
        let standings = standings(document, &environment, &self.policy);
        let mut here = document.hires.iter().zip(standings);
        if here.any(|(hire, standing)| hire.project == *project && standing.protects()) {
            return Err(Failure::wrong(format!(
                "a contract entitles {trainer} to access to project {project}: end it first (`bridge end`)"
            )));
        }
        let waits = |access: &&Access| access.may_be_in();
        let known = document.access.get(project).filter(waits).ok_or_else(|| {
            Failure::wrong(format!(
                "no removal of {trainer} from project {project} is open: `bridge status` shows those that are"
            ))
        })?;
        let access = Access {
            looks: LOOKS,
            earlier: known.earlier,
            ..Access::new(project, AccessState::Removed, self.clock.now())
        };
        settled.access.insert(project.clone(), access);
        erase_emails(&mut settled);
        Ok(settled)
    }

    async fn revoke(&self, connection: &ConnectionName, at: Timestamp) -> Result<(), Failure> {
        let gone = |old| merge::revoked(old, None, at);
        self.ledger.update_install(connection, gone).await?;
        tracing::warn!(connection = %connection, "an operator stated that the install is gone: reporting stops");
        // Open invitations are withdrawn; access goes or stays as the policy says.
        let trainers = self.trainers_through(connection).await?;
        self.send_converge(trainers).await
    }

    /// Everyone who was hired through a connection.
    pub(super) async fn trainers_through(
        &self,
        connection: &ConnectionName,
    ) -> Result<BTreeSet<TrainerId>, Failure> {
        let links = self.ledger.links(connection).await?;
        let links = links.into_iter().map(|link| link.id).collect();
        Ok(self.ledger.trainers_of_links(connection, &links).await?)
    }
}

fn stated_end(trainer: &TrainerId, stated: &StatedContract, at: Timestamp) -> ContractFact {
    ContractFact {
        connection: stated.connection.clone(),
        contract: stated.contract.clone(),
        place: Some(HirePlace {
            link: stated.link.clone(),
            project: stated.project.clone(),
            managed: stated.managed,
        }),
        participant: Participant::unknown(trainer.clone()),
        first_day: None,
        last_day: None,
        status: HireStatus::Ended,
        source: Source::Operator { at },
    }
}
