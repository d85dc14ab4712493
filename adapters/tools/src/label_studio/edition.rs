//! Edition and version of the server. Access and capabilities depend on them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::LabelStudio;
use crate::outcome::operator;
use shared::model::clock::after;
use shared::tool::{Accounts, Capabilities, Readding, Removal, Scope, TimeSource, ToolError};

/// The tested version, without the patch level.
pub(super) const TESTED: &str = "1.23";

/// Time after which the version is read again, because the server may be upgraded while the bridge runs.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);

/// The two products with this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edition {
    /// Access is to the organisation: all of its projects.
    Community,
    /// Access is to a project.
    Enterprise,
}

impl Edition {
    /// Capabilities of the edition, by whether single sign-on is in front and whether an admin's credentials are set.
    pub(super) fn capabilities(self, sign_on: bool, has_admin: bool) -> Capabilities {
        let accounts = match sign_on {
            false => Accounts::InviteOnly,
            true => Accounts::Created,
        };
        match (self, has_admin) {
            (Self::Community, true) => Capabilities {
                accounts,
                ..COMMUNITY_WITH_ADMIN
            },
            (Self::Community, false) => Capabilities {
                accounts,
                ..COMMUNITY
            },
            (Self::Enterprise, _) => ENTERPRISE,
        }
    }
}

/// Capabilities of Community; a test compares `docs/tools.md` with them.
const COMMUNITY: Capabilities = Capabilities {
    scope: Scope::Organization,
    accounts: Accounts::InviteOnly,
    removal: Removal::Soft,
    readding: Readding::Manual,
    time: TimeSource::WallClock,
    updates_email: false,
};

/// Capabilities of Community with an admin's credentials.
const COMMUNITY_WITH_ADMIN: Capabilities = Capabilities {
    removal: Removal::Full,
    readding: Readding::Api,
    ..COMMUNITY
};

/// Capabilities of Enterprise.
const ENTERPRISE: Capabilities = Capabilities {
    scope: Scope::Project,
    accounts: Accounts::InviteOnly,
    removal: Removal::Soft,
    readding: Readding::Api,
    time: TimeSource::WallClock,
    updates_email: false,
};

/// The answer of `GET /api/version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) edition: Edition,
    pub(super) release: String,
}

impl Version {
    /// Whether the adapter was tested with a real server of this version.
    pub(super) fn is_tested(&self) -> bool {
        let numbers = self.release.strip_prefix(TESTED);
        self.edition == Edition::Community && numbers.is_some_and(|rest| rest.starts_with('.'))
    }
}

#[derive(Deserialize)]
struct Body {
    release: String,
    edition: String,
}

/// The version, and the time of reading it.
pub(super) type Known = Mutex<Option<(Version, Timestamp)>>;

impl LabelStudio {
    /// The version. A known version is used while the server can't be reached.
    pub(super) async fn version(&self) -> Result<Version, ToolError> {
        let mut known = self.version.lock().await;
        let now = self.clock.now();
        if let Some((version, at)) = known.as_ref()
            && now < after(*at, KNOWN_FOR)
        {
            return Ok(version.clone());
        }
        match (self.ask_version().await, known.as_ref()) {
            (Ok(version), _) => {
                *known = Some((version.clone(), now));
                Ok(version)
            }
            (Err(ToolError::Transient { .. } | ToolError::Paused { .. }), Some((version, _))) => {
                Ok(version.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    pub(super) async fn edition(&self) -> Result<Edition, ToolError> {
        Ok(self.version().await?.edition)
    }

    async fn ask_version(&self) -> Result<Version, ToolError> {
        let body: Body = self.get(self.path(&["api", "version"])?).await?;
        let edition = match body.edition.as_str() {
            "Community" => Edition::Community,
            "Enterprise" => Edition::Enterprise,
            other => {
                let other = self.http.plain(other, &[]);
                return Err(operator(format!(
                    "Label Studio reports the edition `{other}`, which this bridge does not support: upgrade the \
                     bridge, or set TOOL_BASE_URL to a Community or Enterprise server"
                )));
            }
        };
        let release = self.http.plain(&body.release, &[]);
        Ok(Version { edition, release })
    }
}
