//! Retries a trainer's due work before its time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Provisioner;
use crate::ledger::Trainer;
use crate::model::failure::Failure;
use crate::model::ids::TrainerId;
use crate::queue::Message;

/// Result of `bridge retry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Retried {
    pub trainer: TrainerId,
    /// Planned time of the next try; `None` if no work was due.
    pub planned: Option<Timestamp>,
    /// Number of tries so far.
    pub tries: u32,
}

impl Provisioner {
    /// Requests a convergence of the trainer now. It also checks open invitations. The planned wake-up stays: it finds
    /// nothing to do if this try succeeds.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; an unknown trainer.
    pub async fn retry_now(&self, trainer: &TrainerId) -> Result<Retried, Failure> {
        let document = self.known(trainer).await?;
        let message = Message::Converge {
            trainer: trainer.clone(),
            recheck: true,
            wake_up: None,
        };
        self.queue.send(message.encode()).await?;
        tracing::info!(trainer.id = %trainer, "an operator requested a retry");
        Ok(Retried {
            trainer: trainer.clone(),
            planned: document.due.map(|due| due.at),
            tries: document.due.map_or(0, |due| due.tries),
        })
    }

    /// A trainer's document.
    ///
    /// # Errors
    /// A failure of the ledger; an unknown trainer.
    pub async fn known(&self, trainer: &TrainerId) -> Result<Trainer, Failure> {
        let document = self.ledger.trainer(trainer).await?;
        check_known(trainer, &document)?;
        Ok(document)
    }
}

/// Fails if the ledger has no document of the trainer.
pub(super) fn check_known(id: &TrainerId, document: &Trainer) -> Result<(), Failure> {
    match *document == Trainer::default() {
        true => Err(Failure::wrong(format!(
            "the ledger has no trainer `{id}`: `bridge status` shows all trainers"
        ))),
        false => Ok(()),
    }
}
