//! State of a connection: its install and its links.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::ids::{InstallId, JobId, LinkId, ProjectId};
use crate::opentrain;

/// One customer's install, as last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// The install's id. A reconnect creates another install.
    pub id: Option<InstallId>,
    /// Status of the install.
    pub status: InstallStatus,
    /// Time of that report.
    pub at: Timestamp,
    /// The customer's organisation, if OpenTrain named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// OpenTrain has refused the token for an hour: until it is accepted again nothing new is granted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// The tool serves another organisation, and a seat in it opens every project, so this install gets no access.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excluded: bool,
    /// An operator stated that the install is gone. Until `bridge connect`, the bridge does not query OpenTrain about
    /// it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disconnected: bool,
}

/// Status of an install.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum InstallStatus {
    /// The install is active.
    Active,
    /// The customer has disconnected, or reconnected with a new install.
    Revoked,
}

/// A project link, as last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The link's id.
    pub id: LinkId,
    /// The job; a link without one gets no contracts.
    pub job: Option<JobId>,
    /// The project in the tool.
    pub project: Option<ProjectId>,
    /// The project's name.
    pub project_name: Option<String>,
    /// OpenTrain provisions the link's trainers itself.
    pub managed: bool,
    /// The install that created the link, once the API has shown it. A reconnect creates another install, which does
    /// not have this link.
    #[serde(default)]
    pub install: Option<InstallId>,
    /// The link was deleted for good. OpenTrain never uses its id again.
    pub removed: bool,
    /// The removal follows only from the link's absence in a list. If the link is seen again, it counts again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// Time of that report.
    pub at: Timestamp,
}

impl Link {
    /// A link with nothing known but its id.
    pub(crate) fn unknown(id: LinkId, at: Timestamp) -> Self {
        Self {
            id,
            job: None,
            project: None,
            project_name: None,
            managed: false,
            install: None,
            removed: false,
            absent: false,
            at,
        }
    }

    /// Whether an event or an operator has stated that the link was deleted. A link that is only missing from
    /// OpenTrain's list may be listed again.
    pub fn is_deleted(&self) -> bool {
        self.removed && !self.absent
    }

    /// The key of a link's row.
    pub(super) fn key(connection: &ConnectionName, link: &LinkId) -> Key {
        key(connection, join("LINK", &[link.as_str()]))
    }

    /// The key of an install's row.
    pub(super) fn install_key(connection: &ConnectionName) -> Key {
        key(connection, "INSTALL".into())
    }

    /// The stored row after a merge with this link; `None` if it does not change. A link that an event states as
    /// removed stays removed. A link that was only absent counts again when it is seen.
    pub fn merged_onto(&self, old: Option<Self>) -> Option<Self> {
        let Some(old) = old else {
            return Some(self.clone());
        };
        let install = self.install.clone().or(old.install.clone());
        let new = Self {
            install,
            ..self.clone()
        };
        let same = Self {
            at: old.at,
            ..new.clone()
        } == old;
        let may_change = match (old.removed, self.removed) {
            (true, true) => old.absent && !self.absent,
            (true, false) => old.absent,
            (false, _) => true,
        };
        (may_change && !same).then_some(new)
    }

    /// Whether another install than the stored one created the link.
    pub fn is_anothers(&self, install: Option<&Install>) -> bool {
        let now = install.and_then(|install| install.id.as_ref());
        matches!((&self.install, now), (Some(own), Some(now)) if own != now)
    }
}

impl Install {
    /// An install as the API shows it.
    pub fn seen(install: &opentrain::Install, at: Timestamp) -> Self {
        let active = install.status != opentrain::InstallStatus::Revoked;
        let status = if active {
            InstallStatus::Active
        } else {
            InstallStatus::Revoked
        };
        Self {
            id: Some(install.id.clone()),
            status,
            at,
            organization: install.organization_id.clone(),
            refused: false,
            excluded: false,
            disconnected: false,
        }
    }
}

impl Install {
    /// The install after OpenTrain has refused its token for an hour.
    pub(crate) fn refused(old: Option<Self>, at: Timestamp) -> Self {
        Self {
            refused: true,
            ..old.unwrap_or_else(|| Self::unknown(at))
        }
    }

    /// The install with the flag that its organisation may not use the tool.
    pub(crate) fn with_excluded(old: Option<Self>, excluded: bool, at: Timestamp) -> Self {
        Self {
            excluded,
            ..old.unwrap_or_else(|| Self::unknown(at))
        }
    }

    /// An install with nothing known.
    pub(crate) fn unknown(at: Timestamp) -> Self {
        Self {
            id: None,
            status: InstallStatus::Active,
            at,
            organization: None,
            refused: false,
            excluded: false,
            disconnected: false,
        }
    }
}

impl Ledger {
    /// All connections in the ledger. Reads much of the table: only for operators' commands.
    pub async fn connections(&self) -> Result<BTreeSet<ConnectionName>, LedgerError> {
        let items = self.table.scan("CONNECTION#").await?;
        let names = items
            .iter()
            .filter_map(|item| item.key.partition.strip_prefix("CONNECTION#"));
        Ok(names
            .filter_map(|name| ConnectionName::parse(name).ok())
            .collect())
    }

    /// The install of a connection, if known.
    pub async fn install(
        &self,
        connection: &ConnectionName,
    ) -> Result<Option<Install>, LedgerError> {
        self.row(&key(connection, "INSTALL".into())).await
    }

    /// Replaces the install by the result of `change`; `None` leaves it unchanged.
    pub async fn update_install(
        &self,
        connection: &ConnectionName,
        change: impl Fn(Option<Install>) -> Option<Install> + Send + Sync,
    ) -> Result<bool, LedgerError> {
        self.update(&key(connection, "INSTALL".into()), change)
            .await
    }

    /// One link, if known.
    pub async fn link(
        &self,
        connection: &ConnectionName,
        link: &LinkId,
    ) -> Result<Option<Link>, LedgerError> {
        self.row(&key(connection, join("LINK", &[link.as_str()])))
            .await
    }

    /// All links of a connection, removed ones too.
    pub async fn links(&self, connection: &ConnectionName) -> Result<Vec<Link>, LedgerError> {
        self.rows(&join("CONNECTION", &[connection.as_str()]), "LINK#")
            .await
    }

    /// Records a link that is not known yet. Returns false if it is known.
    pub(crate) async fn insert_link(
        &self,
        connection: &ConnectionName,
        link: &Link,
    ) -> Result<bool, LedgerError> {
        self.insert(Link::key(connection, &link.id), link).await
    }

    /// Records a link that exists. A link that was removed stays removed, even after late events.
    pub async fn record_link(
        &self,
        connection: &ConnectionName,
        link: &Link,
    ) -> Result<bool, LedgerError> {
        let key = key(connection, join("LINK", &[link.id.as_str()]));
        self.update(&key, |old| link.merged_onto(old)).await
    }
}

pub(super) fn key(connection: &ConnectionName, sort: String) -> Key {
    Key::new(join("CONNECTION", &[connection.as_str()]), sort)
}
