//! Budgets of contracts, and the events of their thresholds.

use jiff::Timestamp;
use serde_json::json;

use super::World;
use crate::{
    kit::clock::iso,
    model::{
        budget::{Budget, BudgetState, Consumed, Unit},
        contract::Contract,
        event::{Draft, EventType},
        misuse::Misuse,
        payment::PaymentType,
    },
};

impl World {
    pub(crate) fn budget(&self, contract: &Contract) -> Budget {
        let job = self.jobs.get(&contract.job_id);
        budget_of(contract, job.and_then(|job| job.payment_type))
    }

    /// Emits an event for each threshold that was crossed upward since `before`.
    pub(crate) fn tell_of_crossings(
        &mut self,
        contract: &str,
        before: BudgetState,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let after = self.budget(self.contract(contract)?).state;
        let crossed = |threshold| before < threshold && after >= threshold;
        if crossed(BudgetState::Low) {
            self.tell_of_budget(EventType::MilestoneBudgetLow, contract, now)?;
        }
        if crossed(BudgetState::Depleted) {
            self.tell_of_budget(EventType::MilestoneBudgetDepleted, contract, now)?;
        }
        Ok(())
    }

    /// Emits one event for each install that links the job.
    pub(crate) fn tell_of_budget(
        &mut self,
        kind: EventType,
        id: &str,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let contract = self.contract(id)?;
        let (job_id, trainer) = (contract.job_id.clone(), contract.trainer_id.clone());
        let budget = self.budget(contract);
        let milestone = budget.active_milestone.clone();
        let body = contract.body(&self.job(&job_id)?.title);
        let resource = milestone.as_ref().map_or(id, |own| &own.id).to_owned();
        for install in self.installs_on(&job_id) {
            let data = json!({"contract": body, "milestone": milestone, "budget": budget});
            let draft = Draft::new(kind, &resource, data).on_job(Some(&job_id));
            self.emit(&install, draft.about(trainer.as_deref()), now);
        }
        Ok(())
    }
}

/// The budget of a contract, computed as the API page defines.
fn budget_of(contract: &Contract, payment_type: Option<PaymentType>) -> Budget {
    let milestones = contract.milestones.iter();
    let milestones = milestones.filter(|own| own.status.is_funded());
    let funded_volume = milestones.clone().filter_map(|own| own.volume).sum();
    let consumed = consumed(contract);
    let measure = |unit: Unit| unit.measure(&consumed, funded_volume);
    let (consumed_volume, fraction) = Unit::of(payment_type).map_or((0.0, 0.0), measure);
    Budget {
        contract_id: contract.id.clone(),
        payment_type,
        state: state(fraction),
        funded_volume,
        funded_amount_usd: milestones.map(|own| own.amount_usd).sum(),
        consumed,
        consumed_volume,
        remaining_volume: (funded_volume - consumed_volume).max(0.0),
        consumed_fraction: (fraction * 10_000.0).round() / 10_000.0,
        active_milestone: contract.active_milestone().cloned(),
        last_usage_at: contract.last_usage.map(iso),
    }
}

fn consumed(contract: &Contract) -> Consumed {
    let mut sum = Consumed {
        seconds: contract.tracked,
        ..Consumed::default()
    };
    for row in contract.usage.values() {
        sum.seconds += row.seconds.unwrap_or_default();
        sum.labels += row.labels.unwrap_or_default();
        sum.tasks += row.tasks.unwrap_or_default();
    }
    sum.hours = sum.seconds as f64 / 3600.0;
    sum
}

/// From the exact fraction: 0.99996 is shown as 1 but is not depleted.
fn state(fraction: f64) -> BudgetState {
    match fraction {
        fraction if fraction >= 1.0 => BudgetState::Depleted,
        fraction if fraction >= 0.8 => BudgetState::Low,
        _ => BudgetState::Ok,
    }
}
