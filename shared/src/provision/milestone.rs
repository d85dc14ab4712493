//! The budget in a `milestone.*` event.

use serde::Deserialize;
use serde_json::Value;

use super::Provisioner;
use super::fact::Source;
use crate::model::event::{Event, EventType};
use crate::model::failure::{Cause, Failure};
use crate::model::ids::ContractId;
use crate::notice::{BudgetUpdate, in_doubt};
use crate::opentrain::{Budget, BudgetState};
use crate::queue::EventMessage;

impl Provisioner {
    /// Records the event's budget and updates the notices.
    pub(super) async fn milestone(&self, message: &EventMessage) -> Result<(), Failure> {
        let word = self.word(message).await?;
        self.notices.heard(&message.connection, word).await
    }

    /// The event's own budget, whose keys are inferred (docs/opentrain-api.md, Events). If it cannot be read, or clocks
    /// can't tell whether it is newer than a different answer, the API is asked. If the API refuses, the event's budget
    /// counts, or else what its type implies.
    async fn word(&self, message: &EventMessage) -> Result<BudgetUpdate, Failure> {
        let event = &message.event;
        let contract = contract(event)?;
        // It happened before we received it, which limits the effect of clocks that differ.
        let created_at = event.created_at.map(|at| at.min(message.received_at));
        let told = told(event, &contract);
        let row = self.ledger.budget(&message.connection, &contract).await?;
        let own = |budget| BudgetUpdate {
            contract: contract.clone(),
            budget,
            source: Source::Event {
                id: event.id.clone(),
                created_at,
            },
        };
        match told {
            Some(budget) if !in_doubt(row.as_ref(), created_at, &budget) => Ok(own(budget)),
            told => match self.asked(message, &contract).await {
                Err(failure) if failure.cause != Cause::Transient => {
                    tracing::warn!(event.id = %event.id, reason = %failure, "the budget could not be read from OpenTrain's API; the event's budget or type counts");
                    Ok(own(told.unwrap_or_else(|| meant(event, &contract))))
                }
                asked => asked,
            },
        }
    }

    async fn asked(
        &self,
        message: &EventMessage,
        contract: &ContractId,
    ) -> Result<BudgetUpdate, Failure> {
        let asked_at = self.clock.now();
        let connection = self.connection(&message.connection).await?;
        let budget = connection.platform.budget(contract).await?;
        Ok(BudgetUpdate {
            contract: contract.clone(),
            budget,
            source: Source::Api { asked_at },
        })
    }
}

/// The contract. Without a milestone, the resource is the contract (docs/opentrain-api.md, Events).
fn contract(event: &Event) -> Result<ContractId, Failure> {
    let without_milestone = event.data.get("milestone").is_some_and(Value::is_null);
    let resource = event.resource_id.as_ref().filter(|_| without_milestone);
    let contract = event.contract().or_else(|| resource.map(ContractId::new));
    contract.ok_or_else(|| Failure::wrong("the event names no contract"))
}

/// The budget in the event, if it can be read and is the contract's.
fn told(event: &Event, contract: &ContractId) -> Option<Budget> {
    let mut budget = event.data.get("budget")?.as_object()?.clone();
    let id = budget.entry("contractId");
    id.or_insert_with(|| contract.as_str().into());
    let budget = Budget::deserialize(Value::Object(budget)).ok()?;
    (budget.contract_id == *contract).then_some(budget)
}

/// The budget that the event's type alone implies.
fn meant(event: &Event, contract: &ContractId) -> Budget {
    let state = match event.kind {
        EventType::MilestoneBudgetLow => BudgetState::Low,
        EventType::MilestoneBudgetDepleted => BudgetState::Depleted,
        _ => BudgetState::Ok,
    };
    Budget {
        contract_id: contract.clone(),
        payment_type: None,
        state,
        funded_volume: None,
        funded_amount_usd: None,
        consumed: Default::default(),
        consumed_volume: None,
        remaining_volume: None,
        consumed_fraction: None,
        active_milestone: None,
        last_usage_at: None,
    }
}
