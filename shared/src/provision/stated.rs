//! Carries out an operator's statement, by the rules for events.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::disconnect::Reconnected;
use super::fact::{ContractFact, HirePlace};
use super::request::Request;
use super::settlement::Settlement;
use super::{Provisioner, Verdict, merge};
use crate::ledger::{AccessState, Attempt, HireStatus, Install, InstallStatus, Link, Source};
use crate::model::ConnectionName;
use crate::model::failure::{Cause, Failure};
use crate::model::ids::{InstallId, LinkId, TrainerId};
use crate::model::person::Participant;
use crate::queue::{StatedContract, Statement};

impl Provisioner {
    /// Processes an operator's statement. A statement that could not be recorded becomes a dead letter, which an
    /// operator sees. A statement that no longer fits the ledger is logged.
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
    /// A failure of a store; a removal that is no longer open, or that another attempt works on.
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
                at,
            } => {
                let at = *at;
                let stated = Settlement {
                    project,
                    reason,
                    at,
                };
                self.settle_access(trainer, &stated, attempt).await
            }
            Statement::Disconnect {
                connection,
                install,
                at,
            } => self.revoke(connection, install.as_ref(), *at).await,
            Statement::Unlink {
                connection,
                link,
                at,
            } => self.remove_link(connection, link, *at).await,
            Statement::Reconnect {
                connection,
                install,
                organization,
                at,
            } => {
                let now = Reconnected {
                    install: install.as_ref(),
                    organization: organization.as_ref(),
                    at: *at,
                };
                self.record_reconnect(connection, &now).await
            }
        }
    }

    /// Whether the ledger contains a statement.
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
                    let is_over = it.state == AccessState::Granted || !it.may_be_in();
                    is_over && it.trouble.is_none()
                })
            }
            Statement::Disconnect { connection, .. } => {
                let install = self.ledger.install(connection).await?;
                install.is_some_and(|it| it.disconnected)
            }
            Statement::Unlink {
                connection, link, ..
            } => {
                let link = self.ledger.link(connection, link).await?;
                link.is_some_and(|it| it.is_deleted())
            }
            Statement::Reconnect {
                connection,
                install,
                ..
            } => {
                let known = self.ledger.install(connection).await?;
                known.is_some_and(|it| {
                    let is_same = install.is_none() || it.id == *install;
                    is_same && !it.disconnected && it.status == InstallStatus::Active
                })
            }
        })
    }

    async fn settle_access(
        &self,
        trainer: &TrainerId,
        stated: &Settlement<'_>,
        attempt: &Attempt,
    ) -> Result<(), Failure> {
        self.settle_removal(trainer, stated, attempt).await?;
        tracing::warn!(trainer.id = %trainer, project.id = %stated.project, reason = stated.reason, "an operator settled the access");
        self.send_converge([trainer.clone()]).await
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

    async fn revoke(
        &self,
        connection: &ConnectionName,
        install: Option<&InstallId>,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let known = self.ledger.install(connection).await?;
        if known.is_some_and(|it| is_later(&it, install, at)) {
            return Err(Failure::wrong(format!(
                "connection {connection} was connected again after this was stated: if that install is gone, too, repeat \
                 `bridge disconnect{}`",
                connection.flag()
            )));
        }
        let gone = |old| disconnected(old, install, at);
        self.ledger.update_install(connection, gone).await?;
        tracing::warn!(connection = %connection, "an operator stated that the install is gone: reporting stops");
        // Open invitations are withdrawn. The policy decides about access.
        let trainers = self.trainers_through(connection).await?;
        self.send_converge(trainers).await
    }

    /// Records that a link was deleted, and revokes the access that it alone gave.
    async fn remove_link(
        &self,
        connection: &ConnectionName,
        link: &LinkId,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let known = self.ledger.link(connection, link).await?;
        let gone = Link {
            removed: true,
            absent: false,
            at,
            ..known.unwrap_or_else(|| Link::unknown(link.clone(), at))
        };
        // First the fact, then the roster: a trainer who is hired meanwhile finds the link removed.
        self.ledger.record_link(connection, &gone).await?;
        self.converge_roster(connection, &BTreeSet::from([link.clone()]))
            .await
    }

    /// The trainers who were ever hired through a connection.
    pub(super) async fn trainers_through(
        &self,
        connection: &ConnectionName,
    ) -> Result<BTreeSet<TrainerId>, Failure> {
        let links = self.ledger.links(connection).await?;
        let links = links.into_iter().map(|link| link.id).collect();
        Ok(self.ledger.trainers_of_links(connection, &links).await?)
    }
}

/// Whether the install was made or recorded as active after an operator stated that `stated` is gone.
fn is_later(known: &Install, stated: Option<&InstallId>, at: Timestamp) -> bool {
    let is_another = matches!((&known.id, stated), (Some(known), Some(stated)) if known != stated);
    is_another || (known.at > at && known.status == InstallStatus::Active)
}

/// The install as an operator states it: gone, and OpenTrain is not asked about it until it is connected again.
fn disconnected(
    old: Option<Install>,
    stated: Option<&InstallId>,
    at: Timestamp,
) -> Option<Install> {
    if old.as_ref().is_some_and(|it| is_later(it, stated, at)) {
        return None;
    }
    let revoked = merge::revoked(old.clone(), None, at).or(old)?;
    (!revoked.disconnected).then_some(Install {
        disconnected: true,
        ..revoked
    })
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
