//! What is known of a connection: its install, its links, and what was set aside.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::{item, join};
use super::{Expect, Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::event::{EventId, EventType};
use crate::model::ids::{DeliveryId, InstallId, JobId, LinkId, ProjectId};
use crate::opentrain;

/// Age at which a delivery that was set aside is deleted.
const ASIDE_KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

/// One customer's install, as last heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Which install; a reconnect makes another one.
    pub id: Option<InstallId>,
    /// Whether it lives.
    pub status: InstallStatus,
    /// When we heard so.
    pub at: Timestamp,
    /// The customer's organisation, where OpenTrain named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// OpenTrain has refused the token for an hour: until it is accepted again nothing new is granted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// The tool serves another organisation: a seat in it opens every project.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excluded: bool,
    /// An operator stated that it is gone: OpenTrain is not asked about it until `bridge connect`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disconnected: bool,
}

/// Whether an install lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstallStatus {
    /// It does.
    Active,
    /// The customer has disconnected, or reconnected with a new install.
    Revoked,
}

/// A project link, as last heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Which link.
    pub id: LinkId,
    /// The job; a link without one gets no contracts.
    pub job: Option<JobId>,
    /// The project in the tool.
    pub project: Option<ProjectId>,
    /// The project's name.
    pub project_name: Option<String>,
    /// OpenTrain provisions its people itself.
    pub managed: bool,
    /// The install that made it, once the API has shown it: a reconnect makes another install, which
    /// knows nothing of it.
    #[serde(default)]
    pub install: Option<InstallId>,
    /// It was deleted, for good: a link is never made again under the same id.
    pub removed: bool,
    /// That it was deleted follows only from its absence: it counts as there again when it is seen again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// When we heard so.
    pub at: Timestamp,
}

/// A delivery that was accepted and then set aside, since no retry can mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetAside {
    /// The delivery, to ask for again (`redeliver`) once the bridge understands it.
    pub delivery: Option<DeliveryId>,
    /// The event, where that much could be read.
    pub event: Option<EventId>,
    /// Its type, where that much could be read.
    pub kind: Option<EventType>,
    /// Why; free of the body's content.
    pub reason: String,
    /// When the door took it.
    pub at: Timestamp,
}

impl Link {
    /// A link of which only the id is known.
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

    /// The key of a link's row.
    pub(super) fn key(connection: &ConnectionName, link: &LinkId) -> Key {
        key(connection, join("LINK", &[link.as_str()]))
    }

    /// The key of an install's row.
    pub(super) fn install_key(connection: &ConnectionName) -> Key {
        key(connection, "INSTALL".into())
    }

    /// The row that this link makes of the stored one; none when it stays as it is. A link that an event states as
    /// removed stays removed; one that was only absent counts again when it is seen.
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

    /// Whether another install made it than the one that stands there now.
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
    /// What is known of the install, whose token OpenTrain has refused for an hour.
    pub(crate) fn refused(old: Option<Self>, at: Timestamp) -> Self {
        Self {
            refused: true,
            ..old.unwrap_or_else(|| Self::unknown(at))
        }
    }

    /// What is known of the install, whose organisation the tool serves or not.
    pub(crate) fn with_excluded(old: Option<Self>, excluded: bool, at: Timestamp) -> Self {
        Self {
            excluded,
            ..old.unwrap_or_else(|| Self::unknown(at))
        }
    }

    /// An install that nothing is known of.
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
    /// The connections that anything is known of. Reads much of the table: for people.
    pub async fn connections(&self) -> Result<BTreeSet<ConnectionName>, LedgerError> {
        let items = self.table.scan("CONNECTION#").await?;
        let names = items
            .iter()
            .filter_map(|item| item.key.partition.strip_prefix("CONNECTION#"));
        Ok(names
            .filter_map(|name| ConnectionName::parse(name).ok())
            .collect())
    }

    /// The install behind a connection, if it was ever heard of.
    pub async fn install(
        &self,
        connection: &ConnectionName,
    ) -> Result<Option<Install>, LedgerError> {
        self.row(&key(connection, "INSTALL".into())).await
    }

    /// Brings the install to what `change` makes of it; `None` leaves it alone.
    pub async fn update_install(
        &self,
        connection: &ConnectionName,
        change: impl Fn(Option<Install>) -> Option<Install> + Send + Sync,
    ) -> Result<bool, LedgerError> {
        self.update(&key(connection, "INSTALL".into()), change)
            .await
    }

    /// One link, if it was ever heard of.
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

    /// Records a link that is not known yet; false when it is.
    pub(crate) async fn insert_link(
        &self,
        connection: &ConnectionName,
        link: &Link,
    ) -> Result<bool, LedgerError> {
        self.insert(Link::key(connection, &link.id), link).await
    }

    /// Records a link that is there. One that was removed stays removed, whatever comes late.
    pub async fn record_link(
        &self,
        connection: &ConnectionName,
        link: &Link,
    ) -> Result<bool, LedgerError> {
        let key = key(connection, join("LINK", &[link.id.as_str()]));
        self.update(&key, |old| link.merged_onto(old)).await
    }

    /// Records a delivery that is set aside, for 400 days; `name` tells it from others.
    pub async fn set_aside(
        &self,
        connection: &ConnectionName,
        name: &str,
        row: &SetAside,
    ) -> Result<(), LedgerError> {
        let key = key(connection, join("ASIDE", &[name]));
        let item = item(key, row, Some(after(row.at, ASIDE_KEPT)));
        self.table.put(item, Expect::Absent).await?;
        Ok(())
    }

    /// What was set aside on a connection.
    pub async fn aside(&self, connection: &ConnectionName) -> Result<Vec<SetAside>, LedgerError> {
        self.rows(&join("CONNECTION", &[connection.as_str()]), "ASIDE#")
            .await
    }
}

pub(super) fn key(connection: &ConnectionName, sort: String) -> Key {
    Key::new(join("CONNECTION", &[connection.as_str()]), sort)
}
