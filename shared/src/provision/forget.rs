//! Erases a trainer's personal data. The proof of who had access stays, with ids.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lease::refuse_leased;
use super::retry::check_known;
use super::{MOST_CONFLICTS, Provisioner};
use crate::ledger::audit::{AuditEvent, Entry};
use crate::ledger::{
    Attempt, Entitlement, Environment, Hire, Ledger, LedgerError, Source, Trainer, Versioned,
    Written, entitlements,
};
use crate::model::failure::Failure;
use crate::model::ids::TrainerId;
use crate::opentrain::{ContractQuery, ContractStatus};

/// Replaces an operator's text that was erased.
const ERASED: &str = "(erased)";

/// Result of `bridge forget`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Forgotten {
    /// The trainer.
    pub trainer: TrainerId,
    /// Whether there was personal data.
    pub erased: bool,
}

impl Provisioner {
    /// Erases the personal data of a trainer whose contracts have all ended and who has no access.
    ///
    /// # Errors
    /// A failure of the ledger; an unknown trainer; an open contract, or access that may exist.
    pub async fn forget(&self, id: &TrainerId) -> Result<Forgotten, Failure> {
        let erased = erase(&self.ledger, id, self.clock.now(), &Check::Now(self)).await?;
        if erased {
            tracing::info!(trainer.id = %id, "the trainer's personal data was erased");
        }
        Ok(Forgotten {
            trainer: id.clone(),
            erased,
        })
    }

    async fn refuse_present(&self, id: &TrainerId, trainer: &Trainer) -> Result<(), Failure> {
        check_known(id, trainer)?;
        let environment = self.environment_of(trainer).await?;
        self.refuse_open(id, trainer, &environment)?;
        self.refuse_listed(id, trainer, &environment).await
    }

    fn refuse_open(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        environment: &Environment,
    ) -> Result<(), Failure> {
        let entitlements = entitlements(trainer, environment, &self.policy);
        let is_open = |entitlement: &Entitlement| {
            use Entitlement::{ManagedOver, NotAllowedOver, Over};
            !matches!(entitlement, Over(_) | ManagedOver | NotAllowedOver)
        };
        let hires = trainer.hires.iter().zip(&entitlements);
        let open = hires.filter(|(_, it)| is_open(it)).map(|(hire, _)| hire);
        let open: Vec<_> = open.map(|hire| hire.contract.to_string()).collect();
        if !open.is_empty() {
            return Err(Failure::wrong(format!(
                "{id} has open contracts ({}): end them at OpenTrain first",
                open.join(", ")
            )));
        }
        let mut access = trainer.access.values();
        if let Some(access) = access.find(|it| it.may_be_in()) {
            return Err(Failure::wrong(format!(
                "{id} may still have access to project {}: wait until the removal is proven; `bridge explain {id}` shows it",
                access.project
            )));
        }
        let stranger = Attempt {
            message: String::new(),
            receive: 0,
        };
        refuse_leased(id, trainer, &stranger, self.clock.now())
    }

    /// Refuses if OpenTrain still runs a contract that an operator has ended: the next reconcile would start it again,
    /// without the person's name.
    async fn refuse_listed(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        environment: &Environment,
    ) -> Result<(), Failure> {
        for hire in &trainer.hires {
            let end = environment.end_of(trainer, hire);
            let is_stated =
                end.is_some_and(|it| matches!(it.stamp.source, Source::Operator { .. }));
            if is_stated && self.is_listed(hire, environment).await? {
                return Err(Failure::wrong(format!(
                    "OpenTrain still runs contract {} of {id}, which an operator has ended here: end it at OpenTrain first",
                    hire.contract
                )));
            }
        }
        Ok(())
    }

    /// Whether OpenTrain lists the hire's contract as active. It lists nothing for an install that is gone.
    async fn is_listed(&self, hire: &Hire, environment: &Environment) -> Result<bool, Failure> {
        let Some(connection) = self.connections.find(&hire.connection).await? else {
            return Ok(false);
        };
        if environment.is_install_gone(hire) {
            return Ok(false);
        }
        let query = ContractQuery {
            link: Some(hire.link.clone()),
            status: Some(ContractStatus::Active),
            limit: None,
        };
        match connection.platform.contracts(&query).await {
            Ok(listed) => {
                let is_here = listed.contracts.iter().any(|it| it.id == hire.contract);
                Ok(is_here || !listed.is_complete())
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Erases in a restored ledger the personal data of a trainer who was forgotten at `at`, after the backup was made. The
/// trainer's contracts and access were checked at that time. The audit row has that time, too. Returns whether there
/// was personal data.
///
/// # Errors
/// A failure of the ledger; a hire that began after `at`.
pub async fn forget_again(ledger: &Ledger, id: &TrainerId, at: Timestamp) -> Result<bool, Failure> {
    erase(ledger, id, at, &Check::At(at)).await
}

/// Condition for erasing a trainer's personal data.
enum Check<'a> {
    /// All contracts have ended, and there is no access.
    Now(&'a Provisioner),
    /// No hire began after this time.
    At(Timestamp),
}

impl Check<'_> {
    async fn pass(&self, id: &TrainerId, trainer: &Trainer) -> Result<(), Failure> {
        match self {
            Self::Now(provisioner) => provisioner.refuse_present(id, trainer).await,
            Self::At(at) if is_hired_after(trainer, *at) => Err(Failure::wrong(format!(
                "{id} was hired again after the personal data was erased: `bridge forget {id}` when the new contract has ended"
            ))),
            Self::At(_) => Ok(()),
        }
    }
}

fn is_hired_after(trainer: &Trainer, at: Timestamp) -> bool {
    trainer.hires.iter().any(|hire| {
        let merged_at = hire.start.as_ref().map(|it| it.merged_at);
        hire.started_at.max(merged_at) > Some(at)
    })
}

/// Erases the personal data and records the erasure with the time `at`. Records it even if there is no personal data, so
/// that a late fact adds none. Returns whether there was any.
async fn erase(
    ledger: &Ledger,
    id: &TrainerId,
    at: Timestamp,
    check: &Check<'_>,
) -> Result<bool, Failure> {
    let mut stored = ledger.document(id).await?;
    for _ in 0..MOST_CONFLICTS {
        let Versioned { trainer, expect } = stored;
        check.pass(id, &trainer).await?;
        let erased = without_personal_data(trainer.clone(), at);
        let was_erased = trainer.member.erased_at().is_some();
        let mut marked = trainer;
        marked.member.as_of = Some(at);
        let was_there = marked != erased;
        if was_erased && !was_there {
            return Ok(false);
        }
        let entry = Entry::new(AuditEvent::Forgotten, at);
        let put = ledger.put_recorded(id, &erased, expect, vec![entry]);
        match put.await? {
            Written::Stored(_) => return Ok(was_there),
            Written::Conflict(now) => stored = *now,
        }
    }
    Err(LedgerError::Contended(format!("TRAINER#{id}")).into())
}

/// The document without personal data, which was erased at `at`.
pub(super) fn without_personal_data(mut trainer: Trainer, at: Timestamp) -> Trainer {
    trainer.member.erase(at);
    for access in trainer.access.values_mut() {
        access.invited = None;
        access.invitation = None;
        access.granted_by = None;
        if access.settled.is_some() {
            access.settled = Some(ERASED.to_owned());
        }
    }
    trainer
}
