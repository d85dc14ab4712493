//! Deliveries of a connection that were quarantined.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::connection::key;
use super::row::{item, join};
use super::{Expect, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::event::{EventId, EventType};
use crate::model::ids::DeliveryId;

/// Age at which a quarantined delivery is deleted.
const ASIDE_KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

/// A delivery that was accepted and then quarantined, because a retry cannot succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Quarantined {
    /// The delivery. `redeliver` requests it again once the bridge can parse it.
    pub delivery: Option<DeliveryId>,
    /// The event, if its id could be read.
    pub event: Option<EventId>,
    /// The event's type, if it could be read.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub kind: Option<EventType>,
    /// The reason, without content of the body.
    pub reason: String,
    /// Time at which the bridge accepted it.
    pub at: Timestamp,
}

impl Ledger {
    /// Records a quarantined delivery for 400 days. `name` identifies it.
    pub async fn set_aside(
        &self,
        connection: &ConnectionName,
        name: &str,
        row: &Quarantined,
    ) -> Result<(), LedgerError> {
        let key = key(connection, join("ASIDE", &[name]));
        let item = item(key, row, Some(after(row.at, ASIDE_KEPT)));
        self.table.put(item, Expect::Absent).await?;
        Ok(())
    }

    /// The quarantined deliveries of a connection.
    pub async fn aside(
        &self,
        connection: &ConnectionName,
    ) -> Result<Vec<Quarantined>, LedgerError> {
        self.rows(&join("CONNECTION", &[connection.as_str()]), "ASIDE#")
            .await
    }
}
