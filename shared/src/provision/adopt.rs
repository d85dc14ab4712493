//! A new link may be on a job that people were hired on before: no event will ever come for them.

use jiff::Timestamp;

use super::fact::ContractFact;
use super::{Failure, Provisioner};
use crate::connection::{Connection, ConnectionName};
use crate::ids::TrainerId;
use crate::ledger::Link;
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
        let mut trainers = Vec::new();
        for person in connection.platform.participants(&contract.id).await? {
            let (name, first_day) = (&connection.name, contract.start_date);
            let fact =
                ContractFact::seen_running(name, link, &contract.id, first_day, person, asked_at);
            if let Some(fact) = fact {
                self.merge(&fact).await?;
                trainers.push(fact.participant.opentrain_user_id);
            }
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
