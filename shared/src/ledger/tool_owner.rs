//! The one organisation that is served by a tool in which a seat opens every project.

use serde::{Deserialize, Serialize};

use super::{Key, Ledger, LedgerError};
use crate::model::ConnectionName;

/// The organisation that was granted access first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolOwner {
    /// The connection that it came through.
    pub connection: ConnectionName,
    /// The organisation, where OpenTrain named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

impl ToolOwner {
    /// Whether a connection is the organisation's.
    pub fn is(&self, connection: &ConnectionName, organization: Option<&String>) -> bool {
        let own = self.organization.as_ref();
        self.connection == *connection || (own.is_some() && own == organization)
    }
}

impl Ledger {
    /// The organisation that the tool serves, if one was granted access.
    pub async fn tool_owner(&self) -> Result<Option<ToolOwner>, LedgerError> {
        let mut owner: Option<ToolOwner> = self.row(&key()).await?;
        if let Some(owner) = &mut owner
            && owner.organization.is_none()
        {
            // OpenTrain may have named it since.
            let install = self.install(&owner.connection).await?;
            owner.organization = install.and_then(|it| it.organization);
        }
        Ok(owner)
    }

    /// Records the organisation unless there is one. Returns the one that is recorded.
    pub(crate) async fn own_tool(&self, claim: ToolOwner) -> Result<ToolOwner, LedgerError> {
        if let Some(owner) = self.tool_owner().await? {
            return Ok(owner);
        }
        let first = |old: Option<ToolOwner>| old.is_none().then(|| claim.clone());
        self.update(&key(), first).await?;
        Ok(self.tool_owner().await?.unwrap_or(claim))
    }
}

fn key() -> Key {
    Key::new("OWNER", "TOOL")
}
