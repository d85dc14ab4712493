//! What an operator states of a connection: it is gone, or it is connected again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::standing::{Standing, standings};
use super::{Failure, OnInstallRevoked, Provisioner};
use crate::connection::ConnectionName;
use crate::ids::TrainerId;
use crate::ledger::{AccessState, InstallStatus};
use crate::queue::Statement;

/// Result of `bridge disconnect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disconnected {
    /// The trainers who keep orphaned access through the connection.
    pub kept: BTreeSet<TrainerId>,
    /// Whether it is in the ledger.
    pub recorded: bool,
}

impl Provisioner {
    /// States that a connection's install is gone, as `install.revoked` does.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; a connection that is neither set up nor in the ledger.
    pub async fn disconnect(&self, connection: &ConnectionName) -> Result<Disconnected, Failure> {
        if self.connections.find(connection).await?.is_none() {
            let known = self.ledger.connections().await?;
            if !known.contains(connection) {
                return Err(self.unknown(connection, known).await);
            }
        }
        let statement = Statement::Disconnect {
            connection: connection.clone(),
            at: self.clock.now(),
        };
        let recorded = self.state(vec![statement]).await?;
        let kept = self.keeping(connection).await?;
        Ok(Disconnected { kept, recorded })
    }

    /// The error for a connection that is neither set up nor among those that the ledger knows.
    pub(crate) async fn unknown(
        &self,
        name: &ConnectionName,
        mut known: BTreeSet<ConnectionName>,
    ) -> Failure {
        match self.connections.all().await {
            Ok(served) => {
                known.extend(served.iter().map(|it| it.name.clone()));
                Failure::wrong(name.unknown(&known))
            }
            Err(error) => error.into(),
        }
    }

    /// The trainers who keep access through a connection whose install is gone.
    async fn keeping(&self, connection: &ConnectionName) -> Result<BTreeSet<TrainerId>, Failure> {
        if self.policy.on_install_revoked == OnInstallRevoked::Remove {
            return Ok(BTreeSet::new());
        }
        let through = self.trainers_through(connection).await?;
        let documents = self.ledger.documents(&through).await?;
        let mut keeping = BTreeSet::new();
        for (id, trainer) in documents.trainers {
            let environment = self.ledger.environment_of(&trainer).await?;
            let mut environment = self.permitted(environment).await?;
            // On a stack the provisioner may not have recorded it yet.
            if let Some(install) = environment.installs.get_mut(connection) {
                install.status = InstallStatus::Revoked;
            }
            let standings = standings(&trainer, &environment, &self.policy);
            let mut hires = trainer.hires.iter().zip(standings);
            let keeps = hires.any(|(hire, standing)| {
                let access = trainer.access.get(&hire.project);
                hire.connection == *connection
                    && standing == Standing::Orphaned
                    && access.is_some_and(|it| it.state == AccessState::Granted)
            });
            keeping.extend(keeps.then_some(id));
        }
        Ok(keeping)
    }

    /// States that a connection which was disconnected is connected again. Returns whether it is in the ledger.
    ///
    /// # Errors
    /// A failure of the ledger or the queue.
    pub async fn reconnect(&self, connection: &ConnectionName) -> Result<bool, Failure> {
        let statement = Statement::Reconnect {
            connection: connection.clone(),
            at: self.clock.now(),
        };
        self.state(vec![statement]).await
    }
}
