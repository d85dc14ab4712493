//! A new link may be on a job that people were hired on before: no event will ever come for them.

use jiff::Timestamp;

use super::fact::{ContractFact, Source};
use super::{Failure, Provisioner};
use crate::connection::{Connection, ConnectionName};
use crate::ids::TrainerId;
use crate::ledger::{HireStatus, Link};
use crate::opentrain::{Contract, ContractQuery, ContractStatus};

impl Provisioner {
    /// Merges the contracts that run on a link now, and asks for their trainers to be converged.
    pub(super) async fn adopt(
        &self,
        connection: &ConnectionName,
        link: &Link,
    ) -> Result<(), Failure> {
        if link.job.is_none() {
            return Ok(());
        }
        let connection = self.connection(connection).await?;
        let asked_at = self.clock.now();
        let mut trainers = Vec::new();
        for contract in running(&connection, link).await? {
            trainers.extend(
                self.adopt_contract(&connection, link, &contract, asked_at)
                    .await?,
            );
        }
        self.send_converge(trainers).await
    }

    async fn adopt_contract(
        &self,
        connection: &Connection,
        link: &Link,
        contract: &Contract,
        asked_at: Timestamp,
    ) -> Result<Vec<TrainerId>, Failure> {
        let Some(project) = &link.project else {
            return Ok(Vec::new());
        };
        let mut trainers = Vec::new();
        for participant in connection.platform.participants(&contract.id).await? {
            trainers.push(participant.opentrain_user_id.clone());
            let fact = ContractFact {
                connection: connection.name.clone(),
                contract: contract.id.clone(),
                link: link.id.clone(),
                project: project.clone(),
                managed: link.managed,
                participant,
                first_day: contract.start_date,
                status: HireStatus::Active,
                source: Source::Api { asked_at },
            };
            self.merge(&fact).await?;
        }
        Ok(trainers)
    }
}

async fn running(connection: &Connection, link: &Link) -> Result<Vec<Contract>, Failure> {
    let query = ContractQuery {
        link: Some(link.id.clone()),
        status: Some(ContractStatus::Active),
        limit: None,
    };
    match connection.platform.contracts(&query).await {
        // The link was removed meanwhile: its own event says so.
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        answer => Ok(answer?.contracts),
    }
}
