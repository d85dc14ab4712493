//! Statements of operators: a contract is over, an install is gone, a removal is done.
//!
//! If only this process writes to the ledger, it carries out a statement itself. On a stack it sends the statement to
//! the provisioner, as a message in the group of the statement's subject, and waits a while until it is recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Provisioner;
use super::identity::membership;
use crate::ledger::{AccessState, Attempt, Entitlement, Hire, Trainer, entitlements};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use crate::queue::{Message, StatedContract, Statement};
use crate::tool::MembershipStatus;

/// Maximum time that a command waits for the provisioner: enough for a cold start and a call to the tool.
const RECORDED_WITHIN: Duration = Duration::from_secs(20);

/// Period of its looks at the ledger meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Request of `bridge end`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndRequest {
    /// Id of a contract or a trainer. For a trainer, only orphaned hires end.
    pub id: String,
    /// Write nothing: show what would end.
    pub dry_run: bool,
}

/// A hire that `bridge end` ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Its entitlement before the end.
    pub standing: Entitlement,
    /// Whether the end is in the ledger. On a stack the provisioner may take longer than a command waits.
    #[serde(default)]
    pub recorded: bool,
}

/// Request of `bridge settle`: the trainer has no access to the project, as the operator has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettleRequest {
    /// The trainer.
    pub trainer: TrainerId,
    /// The project in the tool.
    pub project: ProjectId,
    /// Why, for the log.
    pub reason: String,
    /// Settle it even if the tool still shows the trainer as a member.
    #[serde(default)]
    pub even_if_member: bool,
    /// Write nothing: check whether it can be settled, and whether the tool shows the trainer.
    #[serde(default)]
    pub dry_run: bool,
}

/// Result of `bridge settle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    /// The tool still shows the trainer as a member, or an invitation may be open: nothing was settled.
    pub is_member: bool,
    /// The tool shows an invitation, not a membership.
    #[serde(default)]
    pub is_invited: bool,
    /// Whether the settlement is in the ledger.
    pub recorded: bool,
}

impl Provisioner {
    /// Ends contracts whose end OpenTrain will not state.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; an id without a running contract or orphaned access.
    pub async fn end(&self, request: &EndRequest) -> Result<Vec<EndedHire>, Failure> {
        let ending = self.ending(&request.id).await?;
        if ending.is_empty() {
            return Err(Failure::wrong(format!(
                "`{}` is no contract that runs and no trainer with orphaned access: `bridge status` shows both",
                request.id
            )));
        }
        let shown = ending
            .iter()
            .map(|(hire, entitlement)| shown(hire, *entitlement));
        let mut shown: Vec<_> = shown.collect();
        if !request.dry_run {
            let recorded = self.state(self.ends(&ending)).await?;
            shown.iter_mut().for_each(|it| it.recorded = recorded);
        }
        Ok(shown)
    }

    /// The hires that an id names: all running hires of a contract, or the orphaned hires of a trainer.
    async fn ending(&self, id: &str) -> Result<Vec<(Hire, Entitlement)>, Failure> {
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
            let environment = self.environment_of(&document).await?;
            let entitlements = entitlements(&document, &environment, &self.policy);
            let hires = || document.hires.iter().zip(&entitlements);
            for (hire, &entitlement) in hires() {
                let is_over = |it| matches!(it, Entitlement::Over(_) | Entitlement::ManagedOver);
                // An end belongs to the contract: it would also end a hire at another link that is not orphaned.
                let runs_elsewhere = || {
                    hires().any(|(other, &it)| {
                        other.contract == hire.contract
                            && it != Entitlement::Orphaned
                            && !is_over(it)
                    })
                };
                let is_named = match hire.contract == contract {
                    true => !is_over(entitlement),
                    false => {
                        trainer.as_str() == id
                            && entitlement == Entitlement::Orphaned
                            && !runs_elsewhere()
                    }
                };
                if is_named {
                    ending.push((hire.clone(), entitlement));
                }
            }
        }
        Ok(ending)
    }

    /// A statement for each trainer.
    fn ends(&self, ending: &[(Hire, Entitlement)]) -> Vec<Statement> {
        let mut by_trainer: BTreeMap<&TrainerId, Vec<StatedContract>> = BTreeMap::new();
        for (hire, _) in ending {
            by_trainer
                .entry(&hire.trainer)
                .or_default()
                .push(StatedContract {
                    connection: hire.connection.clone(),
                    contract: hire.contract.clone(),
                    link: hire.link.clone(),
                    project: hire.project.clone(),
                    managed: hire.managed,
                });
        }
        let at = self.clock.now();
        let ends = by_trainer
            .into_iter()
            .map(|(trainer, contracts)| Statement::End {
                trainer: trainer.clone(),
                contracts,
                at,
            });
        ends.collect()
    }

    /// Records that a removal which the tool does not prove is done. The tool is asked first: if it shows the trainer as
    /// a member, nothing is recorded unless the request allows it.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; an access that is due, or that another attempt changes now.
    pub async fn settle(&self, request: &SettleRequest) -> Result<Settled, Failure> {
        let (id, project) = (&request.trainer, &request.project);
        let document = self.ledger.trainer(id).await?;
        let environment = self.environment_of(&document).await?;
        let settled = self.settled(&document, id, project, &request.reason, &environment)?;
        let access = settled.access.get(project);
        let removes = access.is_some_and(|it| it.state == AccessState::Removed);
        if removes
            && !request.even_if_member
            && let Some(shown) = self.shown_in_tool(id, &document, project).await?
        {
            return Ok(Settled {
                is_member: true,
                is_invited: matches!(shown, MembershipStatus::Invited(_)),
                recorded: false,
            });
        }
        if request.dry_run {
            return Ok(Settled {
                is_member: false,
                is_invited: false,
                recorded: false,
            });
        }
        let statement = Statement::Settle {
            trainer: id.clone(),
            project: project.clone(),
            reason: request.reason.clone(),
            at: Some(self.clock.now()),
        };
        Ok(Settled {
            is_member: false,
            is_invited: false,
            recorded: self.state(vec![statement]).await?,
        })
    }

    /// How the tool shows the trainer: as a member, or with an invitation. A tool that does not answer shows nothing.
    async fn shown_in_tool(
        &self,
        id: &TrainerId,
        document: &Trainer,
        project: &ProjectId,
    ) -> Result<Option<MembershipStatus>, Failure> {
        let environment = self.environment_of(document).await?;
        let entitlements = entitlements(document, &environment, &self.policy);
        let membership = membership(id, document, &environment, &entitlements, project);
        let shown = self.tool.access(project, &membership).await;
        Ok(shown.ok().flatten().map(|access| access.status))
    }

    /// Records that a link was deleted at OpenTrain, as `project_link.removed` does. Returns whether this is in the
    /// ledger.
    ///
    /// # Errors
    /// A failure of the ledger or the queue.
    pub async fn unlink(
        &self,
        connection: &ConnectionName,
        link: &LinkId,
    ) -> Result<bool, Failure> {
        let statement = Statement::Unlink {
            connection: connection.clone(),
            link: link.clone(),
            at: self.clock.now(),
        };
        self.state(vec![statement]).await
    }

    /// Carries statements out, or has the provisioner do that. Returns whether all of them are recorded.
    pub(super) async fn state(&self, statements: Vec<Statement>) -> Result<bool, Failure> {
        if !self.ledger.is_shared() {
            let attempt = Attempt {
                message: format!("operator-{}", crate::model::chance::unique()),
                receive: 1,
            };
            for statement in &statements {
                self.carry_out(statement, &attempt).await?;
            }
            return Ok(true);
        }
        let messages = statements.iter().cloned();
        let messages = messages.map(|it| Message::Stated(it).encode());
        self.queue.send_all(messages.collect()).await?;
        let until = Instant::now() + RECORDED_WITHIN;
        let mut left = statements;
        loop {
            let mut unrecorded = Vec::new();
            for statement in left {
                if !self.is_recorded(&statement).await? {
                    unrecorded.push(statement);
                }
            }
            if unrecorded.is_empty() || Instant::now() >= until {
                return Ok(unrecorded.is_empty());
            }
            left = unrecorded;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn shown(hire: &Hire, standing: Entitlement) -> EndedHire {
    EndedHire {
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        link: hire.link.clone(),
        trainer: hire.trainer.clone(),
        project: hire.project.clone(),
        standing,
        recorded: false,
    }
}
