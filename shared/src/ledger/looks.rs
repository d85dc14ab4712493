//! Absences that reconciles found in OpenTrain's lists, and since when. An absence counts when two looks have found it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::connection::key;
use super::{Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{ContractId, LinkId, TrainerId};

/// A ledger that has known a connection for less than this may lack contracts that ended before the ledger was created.
const YOUNG: Duration = Duration::from_secs(35 * 24 * 3600);

/// Absences of one connection, each with the moment of the first look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Looks {
    /// When the connection was first reconciled with this ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// Links that were missing from the list, and for which OpenTrain answered 404.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<LinkId, Timestamp>,
    /// Contracts that were missing from the lists of their link.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub contracts: BTreeMap<ContractId, Timestamp>,
    /// Most contracts of the connection were listed as ended at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub many_ended: Option<Timestamp>,
    /// The guard holds removals that follow from absences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Timestamp>,
    /// OpenTrain refuses the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Timestamp>,
    /// The last trainer whose work e-mail was compared, where one run does not compare all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails_until: Option<TrainerId>,
}

impl Looks {
    /// Whether the ledger has known the connection for less than 35 days.
    pub fn is_young(&self, now: Timestamp) -> bool {
        self.first.is_none_or(|first| now < after(first, YOUNG))
    }
}

impl Ledger {
    /// The absences of a connection.
    pub async fn looks(&self, connection: &ConnectionName) -> Result<Looks, LedgerError> {
        let row = self.row(&key(connection, "LOOKS".into())).await?;
        Ok(row.unwrap_or_default())
    }

    /// Replaces the absences of a connection.
    pub async fn put_looks(
        &self,
        connection: &ConnectionName,
        looks: &Looks,
    ) -> Result<(), LedgerError> {
        let change = |_| Some(looks.clone());
        let key = key(connection, "LOOKS".into());
        self.update(&key, change).await.map(drop)
    }
}
