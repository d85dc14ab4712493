//! What an operator states: a contract is over, an install is gone, a removal is done.

use serde::{Deserialize, Serialize};

use super::begin::MOST_CONFLICTS;
use super::fact::{ContractFact, HirePlace};
use super::standing::{Standing, standings};
use super::verify::{LOOKS, erase_emails};
use super::{Failure, OnInstallRevoked, Provisioner, merge};
use crate::connection::ConnectionName;
use crate::ids::{ContractId, LinkId, ProjectId, TrainerId};
use crate::ledger::{
    Access, AccessState, Attempt, Hire, HireStatus, LedgerError, Source, Trainer, Written,
};
use crate::person::Participant;

/// What `bridge end` names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndRequest {
    /// A contract's or a trainer's id. Of a trainer only orphaned access ends.
    pub id: String,
    /// Write nothing: show what would end.
    pub dry_run: bool,
}

/// A hire that `bridge end` ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedHire {
    /// The connection.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link.
    pub link: LinkId,
    /// The trainer.
    pub trainer: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// How it stood before.
    pub standing: Standing,
}

/// What `bridge settle` states: the trainer has no access to the project, as the operator has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettleRequest {
    /// The trainer.
    pub trainer: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// Why, for the log.
    pub reason: String,
}

impl Provisioner {
    /// Ends contracts whose end OpenTrain will not state.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; an id that names nothing that runs.
    pub async fn end(&self, request: &EndRequest) -> Result<Vec<EndedHire>, Failure> {
        let ending = self.ending(&request.id).await?;
        if ending.is_empty() {
            return Err(Failure::wrong(format!(
                "`{}` is no contract that runs and no trainer with orphaned access: `bridge status` shows both",
                request.id
            )));
        }
        if request.dry_run {
            return Ok(ending.into_iter().map(|(_, shown)| shown).collect());
        }
        let mut trainers: Vec<TrainerId> = Vec::new();
        for (hire, shown) in &ending {
            let fact = self.stated_end(hire);
            self.merge(&shown.trainer, std::slice::from_ref(&fact))
                .await?;
            tracing::info!(trainer.id = %shown.trainer, contract.id = %shown.contract, project.id = %shown.project, "an operator ended the contract");
            trainers.push(shown.trainer.clone());
        }
        trainers.sort();
        trainers.dedup();
        self.send_converge(trainers).await?;
        Ok(ending.into_iter().map(|(_, shown)| shown).collect())
    }

    /// The hires that an id names: of a contract all that run, of a trainer those that are orphaned.
    async fn ending(&self, id: &str) -> Result<Vec<(Hire, EndedHire)>, Failure> {
        let contract = ContractId::from(id);
        let mut trainers = vec![TrainerId::from(id)];
        let known = self.ledger.connections().await?;
        for connection in &known {
            let rows = self.ledger.roster_of_contract(connection, &contract);
            trainers.extend(rows.await?.into_iter().map(|row| row.trainer));
        }
        trainers.sort();
        trainers.dedup();
        let mut ending = Vec::new();
        for trainer in trainers {
            let document = self.ledger.trainer(&trainer).await?;
            let environment = self.ledger.environment_of(&document).await?;
            let environment = self.permitted(environment).await?;
            let standings = standings(&document, &environment, &self.policy);
            for (hire, standing) in document.hires.iter().zip(standings) {
                let is_named = match hire.contract == contract {
                    true => !matches!(standing, Standing::Over(_) | Standing::ManagedOver),
                    false => trainer.as_str() == id && standing == Standing::Orphaned,
                };
                if is_named {
                    ending.push((hire.clone(), shown(hire, standing)));
                }
            }
        }
        Ok(ending)
    }

    fn stated_end(&self, hire: &Hire) -> ContractFact {
        ContractFact {
            connection: hire.connection.clone(),
            contract: hire.contract.clone(),
            place: Some(HirePlace {
                link: hire.link.clone(),
                project: hire.project.clone(),
                managed: hire.managed,
            }),
            participant: Participant::unknown(hire.trainer.clone()),
            first_day: None,
            last_day: None,
            status: HireStatus::Ended,
            source: Source::Operator {
                at: self.clock.now(),
            },
        }
    }

    /// Records that a removal which the tool does not prove is done.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; an access that is due, or that another attempt changes now.
    pub async fn settle(&self, request: &SettleRequest) -> Result<(), Failure> {
        let SettleRequest {
            trainer,
            project,
            reason,
        } = request;
        let mut stored = self.ledger.document(trainer).await?;
        for _ in 0..MOST_CONFLICTS {
            let settled = self.settled(&stored.trainer, request).await?;
            match self
                .ledger
                .put_document(trainer, &settled, stored.expect)
                .await?
            {
                Written::Stored(_) => {
                    tracing::warn!(trainer.id = %trainer, project.id = %project, reason, "an operator settled the removal");
                    return self.send_converge([trainer.clone()]).await;
                }
                Written::Conflict(now) => stored = *now,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{trainer}")).into())
    }

    async fn settled(
        &self,
        document: &Trainer,
        request: &SettleRequest,
    ) -> Result<Trainer, Failure> {
        let SettleRequest {
            trainer, project, ..
        } = request;
        let now = self.clock.now();
        let nobody = Attempt {
            message: "settle".into(),
            receive: 0,
        };
        if let Some(lease) = &document.lease
            && lease.holds_off(&nobody, now)
        {
            return Err(Failure::transient(format!(
                "a worker changes the access of {trainer} now: call this again after {}",
                lease.until
            )));
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
        let mut settled = document.clone();
        let access = Access {
            looks: LOOKS,
            earlier: known.earlier,
            ..Access::new(project, AccessState::Removed, now)
        };
        settled.access.insert(project.clone(), access);
        erase_emails(&mut settled);
        Ok(settled)
    }

    /// States that a connection's install is gone, as `install.revoked` does. Returns how many trainers keep orphaned
    /// access through it.
    ///
    /// # Errors
    /// A failure of the ledger or the queue.
    pub async fn disconnect(&self, connection: &ConnectionName) -> Result<usize, Failure> {
        let now = self.clock.now();
        let gone = |old| merge::revoked(old, None, now);
        self.ledger.update_install(connection, gone).await?;
        tracing::warn!(connection = %connection, "an operator stated that the install is gone: reporting stops");
        let links = self.ledger.links(connection).await?;
        let links = links.into_iter().map(|link| link.id).collect();
        let trainers = self.ledger.trainers_of_links(connection, &links).await?;
        let count = trainers.len();
        // Open invitations are withdrawn; access goes or stays as the policy says.
        self.send_converge(trainers).await?;
        match self.policy.on_install_revoked {
            OnInstallRevoked::Keep => Ok(count),
            OnInstallRevoked::Remove => Ok(0),
        }
    }
}

fn shown(hire: &Hire, standing: Standing) -> EndedHire {
    EndedHire {
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        link: hire.link.clone(),
        trainer: hire.trainer.clone(),
        project: hire.project.clone(),
        standing,
    }
}
