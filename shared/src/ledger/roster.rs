//! The roster: who was ever hired, on which contract, through which link of a connection.
//!
//! A row is written before the hire is merged, and never deleted. A process that ends a link or an install writes
//! that first and reads the roster afterwards. So either it finds the trainer on the roster, or the worker that
//! merges the hire finds the link removed.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Hire, Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, LinkId, ProjectId, TrainerId};

/// One contract of one trainer at one link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RosterRow {
    /// The link that ties the contract's job to the project.
    pub link: LinkId,
    /// The project in the tool.
    pub project: ProjectId,
    /// The hired person.
    pub trainer: TrainerId,
}

impl Ledger {
    /// Adds hires to the roster. Existing rows stay unchanged.
    pub async fn enroll(&self, hires: &[&Hire]) -> Result<(), LedgerError> {
        let writes = hires.iter().map(|hire| self.enroll_one(hire));
        let writes: Vec<_> = writes.collect();
        try_join_all(writes).await.map(drop)
    }

    async fn enroll_one(&self, hire: &Hire) -> Result<(), LedgerError> {
        let ids = [
            hire.contract.as_str(),
            hire.link.as_str(),
            hire.trainer.as_str(),
        ];
        let key = Key::new(partition(&hire.connection), join("CONTRACT", &ids));
        let row = RosterRow {
            link: hire.link.clone(),
            project: hire.project.clone(),
            trainer: hire.trainer.clone(),
        };
        self.insert(key, &row).await.map(drop)
    }

    /// The roster of one contract.
    pub async fn roster_of_contract(
        &self,
        connection: &ConnectionName,
        contract: &ContractId,
    ) -> Result<Vec<RosterRow>, LedgerError> {
        let prefix = format!("{}#", join("CONTRACT", &[contract.as_str()]));
        self.rows(&partition(connection), &prefix).await
    }

    /// The roster of a connection.
    pub async fn roster(&self, connection: &ConnectionName) -> Result<Vec<RosterRow>, LedgerError> {
        self.rows(&partition(connection), "CONTRACT#").await
    }

    /// The trainers who were ever hired through one of the links.
    pub async fn trainers_of_links(
        &self,
        connection: &ConnectionName,
        links: &BTreeSet<LinkId>,
    ) -> Result<BTreeSet<TrainerId>, LedgerError> {
        let rows = self.roster(connection).await?.into_iter();
        let own = rows.filter(|row| links.contains(&row.link));
        Ok(own.map(|row| row.trainer).collect())
    }
}

fn partition(connection: &ConnectionName) -> String {
    join("CONNECTION", &[connection.as_str()])
}
