//! A new link may be on a job with running contracts: no event will state their start.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::Provisioner;
use super::fact::ContractFact;
use crate::connection::Connection;
use crate::ledger::Link;
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::ContractId;
use crate::model::json::UnreadableElements;
use crate::opentrain::{Contract, ContractQuery, ContractStatus, Contracts};

/// Number of contracts that are adopted at the same time.
const AT_ONCE: usize = 8;

impl Provisioner {
    /// Merges the contracts that run on a link now. Each trainer's convergence is sent as soon as the trainer's
    /// facts are merged. Contracts whose hire is known are skipped, so that a repeat continues where the last
    /// attempt stopped.
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
        let running = running(&connection, link).await?;
        let known = self.known_contracts(&connection.name, link).await?;
        let unknown = running.into_iter().filter(|it| !known.contains(&it.id));
        let adopting = unknown.map(|contract| {
            let connection = &connection;
            async move {
                let adopted = self.adopt_contract(connection, link, &contract, asked_at);
                adopted.await
            }
        });
        // One that fails does not stop the others.
        let failures: Vec<_> = stream::iter(adopting)
            .buffer_unordered(AT_ONCE)
            .filter_map(|adopted| async { adopted.err() })
            .collect()
            .await;
        Failure::worst(failures).map_or(Ok(()), Err)
    }

    /// The contracts on a link that a trainer's document has as started.
    async fn known_contracts(
        &self,
        connection: &ConnectionName,
        link: &Link,
    ) -> Result<BTreeSet<ContractId>, Failure> {
        let links = BTreeSet::from([link.id.clone()]);
        let trainers = self.ledger.trainers_of_links(connection, &links).await?;
        let documents = self.ledger.documents(&trainers).await?;
        let hires = documents.trainers.into_values().flat_map(|it| it.hires);
        let known = hires.filter(|hire| {
            hire.connection == *connection && hire.link == link.id && hire.start.is_some()
        });
        Ok(known.map(|hire| hire.contract).collect())
    }

    async fn adopt_contract(
        &self,
        connection: &Connection,
        link: &Link,
        contract: &Contract,
        asked_at: Timestamp,
    ) -> Result<(), Failure> {
        let listed = connection.platform.participants(&contract.id).await?;
        let (people, unreadable) = listed.into_parts();
        left_out(&contract.id, &unreadable);
        let (name, first_day) = (&connection.name, contract.start_date);
        let running = people.into_iter().filter_map(|person| {
            ContractFact::seen_running(name, link, &contract.id, first_day, person, asked_at)
        });
        let facts: Vec<_> = running.collect();
        self.merge_each(&facts).await
    }
}

async fn running(connection: &Connection, link: &Link) -> Result<Vec<Contract>, Failure> {
    let query = ContractQuery {
        link: Some(link.id.clone()),
        status: Some(ContractStatus::Active),
        limit: None,
    };
    match connection.platform.contracts(&query).await {
        // The link was removed meanwhile: its own event states that.
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        answer => {
            let Contracts {
                contracts,
                unreadable,
                ..
            } = answer?;
            left_out(&link.id, &unreadable);
            let runs = |contract: &Contract| contract.status == ContractStatus::Active;
            Ok(contracts.into_iter().filter(runs).collect())
        }
    }
}

/// Logs the elements of a list that could not be read. The reconciler shows them until they can be read.
fn left_out(list: &dyn std::fmt::Display, unreadable: &UnreadableElements) {
    if !unreadable.is_empty() {
        tracing::warn!(%list, reason = %unreadable, "elements of a list of OpenTrain's could not be read; the others are processed");
    }
}
