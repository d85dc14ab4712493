//! Statements of operators about a connection: it is gone, or it is connected again.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Provisioner;
use crate::ledger::{
    AccessState, Entitlement, Install, InstallStatus, Link, OnInstallRevoked, entitlements,
};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::{InstallId, ProjectId, TrainerId};
use crate::queue::Statement;

/// Result of `bridge disconnect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Disconnected {
    /// The trainers who keep orphaned access through the connection.
    pub kept: BTreeSet<TrainerId>,
    /// Whether the statement is in the ledger.
    pub recorded: bool,
}

impl Provisioner {
    /// States that a connection's install is gone, as `install.revoked` does.
    ///
    /// # Errors
    /// A failure of the ledger or the queue; a connection that is neither set up nor in the ledger.
    pub async fn disconnect(&self, connection: &ConnectionName) -> Result<Disconnected, Failure> {
        self.check_connection(connection).await?;
        let install = self.ledger.install(connection).await?;
        let statement = Statement::Disconnect {
            connection: connection.clone(),
            install: install.and_then(|it| it.id),
            at: self.clock.now(),
        };
        let recorded = self.state(vec![statement]).await?;
        let kept = self.keeping(connection).await?;
        Ok(Disconnected { kept, recorded })
    }

    /// Fails unless the connection is set up or in the ledger.
    ///
    /// # Errors
    /// Also a failure of the ledger.
    pub async fn check_connection(&self, connection: &ConnectionName) -> Result<(), Failure> {
        if self.is_set_up(connection).await? {
            return Ok(());
        }
        let known = self.ledger.connections().await?;
        if known.contains(connection) {
            return Ok(());
        }
        // Reads the list of connections again: the connection may be newer than the list in memory.
        let unknown = self.unknown(connection, known).await;
        match self.is_set_up(connection).await? {
            true => Ok(()),
            false => Err(unknown),
        }
    }

    async fn is_set_up(&self, connection: &ConnectionName) -> Result<bool, Failure> {
        match self.connections.find(connection).await {
            Ok(found) => Ok(found.is_some()),
            // A connection whose settings are damaged is set up, and its customer may have left.
            Err(error) if error.is_damage() => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Fails unless the ledger has a link to the project.
    ///
    /// # Errors
    /// Also a failure of the ledger.
    pub async fn check_project(&self, project: &ProjectId) -> Result<(), Failure> {
        for connection in self.ledger.connections().await? {
            let links = self.ledger.links(&connection).await?;
            if links.iter().any(|it| it.project.as_ref() == Some(project)) {
                return Ok(());
            }
        }
        Err(Failure::wrong(format!(
            "no link to project `{project}` is known: `bridge links` shows the projects"
        )))
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
            let mut environment = self.environment_of(&trainer).await?;
            // On a stack the provisioner may not have recorded the statement yet.
            if let Some(install) = environment.installs.get_mut(connection) {
                install.status = InstallStatus::Revoked;
            }
            let entitlements = entitlements(&trainer, &environment, &self.policy);
            let mut hires = trainer.hires.iter().zip(entitlements);
            let keeps = hires.any(|(hire, entitlement)| {
                let access = trainer.access.get(&hire.project);
                hire.connection == *connection
                    && entitlement == Entitlement::Orphaned
                    && access.is_some_and(|it| it.state == AccessState::Granted)
            });
            keeping.extend(keeps.then_some(id));
        }
        Ok(keeping)
    }

    /// States which install a connection has now. Returns whether it is in the ledger.
    ///
    /// # Errors
    /// A failure of the ledger or the queue.
    pub async fn reconnect(
        &self,
        connection: &ConnectionName,
        install: &InstallId,
        organization: Option<&String>,
    ) -> Result<bool, Failure> {
        let statement = Statement::Reconnect {
            connection: connection.clone(),
            install: Some(install.clone()),
            organization: organization.cloned(),
            at: self.clock.now(),
        };
        self.state(vec![statement]).await
    }

    /// Records the install that a connection has now. Links that an earlier install made are marked first: their hires
    /// stay orphaned, and start no access.
    pub(super) async fn record_reconnect(
        &self,
        connection: &ConnectionName,
        now: &Reconnected<'_>,
    ) -> Result<(), Failure> {
        let known = self.ledger.install(connection).await?;
        let earlier = known.and_then(|it| it.id);
        if let Some(earlier) = earlier.filter(|it| now.install.is_some_and(|new| new != it)) {
            for link in self.ledger.links(connection).await? {
                if link.install.is_none() && link.at <= now.at {
                    let install = Some(earlier.clone());
                    let marked = Link { install, ..link };
                    self.ledger.record_link(connection, &marked).await?;
                }
            }
        }
        let back = |old| now.onto(old);
        self.ledger.update_install(connection, back).await?;
        tracing::info!(connection = %connection, install.id = ?now.install, "the connection was connected again");
        Ok(())
    }
}

/// The install that `bridge connect` has read with the token that it stored.
pub(super) struct Reconnected<'a> {
    pub(super) install: Option<&'a InstallId>,
    pub(super) organization: Option<&'a String>,
    pub(super) at: Timestamp,
}

impl Reconnected<'_> {
    /// The install after the reconnect; `None` if a later record counts more.
    fn onto(&self, old: Option<Install>) -> Option<Install> {
        let old = old.unwrap_or_else(|| Install::unknown(self.at));
        let is_later = old.at > self.at;
        if is_later && (old.disconnected || old.id.as_ref() == self.install) {
            return None;
        }
        Some(Install {
            id: self.install.cloned().or(old.id),
            status: InstallStatus::Active,
            at: self.at,
            organization: self.organization.cloned().or(old.organization),
            refused: false,
            disconnected: false,
            ..old
        })
    }
}
