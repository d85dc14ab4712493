//! Budgets, computed as in the API page.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::{
    Misuse,
    contract::Contract,
    event::{Draft, EventType},
    milestone::{Milestone, MilestoneStatus},
    payment::PaymentType,
    world::World,
};
use crate::kit::{
    clock::iso,
    shape::{Shape, has, or_null},
};

/// Consumption of the funded work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BudgetState {
    /// Below 80 %, or nothing is counted or funded.
    Ok,
    /// From 80 %.
    Low,
    /// From 100 %.
    Depleted,
}

/// Reported work over all workers and days, and the time in OpenTrain's own tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Consumed {
    /// Seconds worked.
    pub seconds: u64,
    /// Hours worked.
    #[serde(serialize_with = "number")]
    pub hours: f64,
    /// Labels completed.
    pub labels: u64,
    /// Tasks completed.
    pub tasks: u64,
}

/// A contract's budget, in the API's format.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// The contract.
    pub contract_id: String,
    /// Unit of payment.
    pub payment_type: Option<PaymentType>,
    /// Consumption of the funded work.
    pub state: BudgetState,
    /// Funded hours or labels.
    #[serde(serialize_with = "number")]
    pub funded_volume: f64,
    /// Funded dollars.
    #[serde(serialize_with = "number")]
    pub funded_amount_usd: f64,
    /// Reported work.
    pub consumed: Consumed,
    /// Reported hours or labels, depending on the unit.
    #[serde(serialize_with = "number")]
    pub consumed_volume: f64,
    /// Funded minus consumed, at least 0.
    #[serde(serialize_with = "number")]
    pub remaining_volume: f64,
    /// Consumed divided by funded, with 4 decimals.
    #[serde(serialize_with = "number")]
    pub consumed_fraction: f64,
    /// The milestone that was funded last.
    pub active_milestone: Option<Milestone>,
    /// Time of the last report.
    pub last_usage_at: Option<String>,
}

const CONSUMED: Shape = Shape::Object(&[
    has("seconds", Shape::Whole),
    has("hours", Shape::Number),
    has("labels", Shape::Whole),
    has("tasks", Shape::Whole),
]);
const ACTIVE_MILESTONE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("name", Shape::Text),
    has("amountUsd", Shape::Number),
    or_null("volume", Shape::Number),
    has("status", Shape::OneOf(&MilestoneStatus::NAMES)),
]);
pub(crate) const BUDGET: Shape = Shape::Named(
    "Budget",
    &[&[
        has("contractId", Shape::Text),
        or_null("paymentType", Shape::OneOf(&PaymentType::NAMES)),
        has("state", Shape::OneOf(&["OK", "LOW", "DEPLETED"])),
        has("fundedVolume", Shape::Number),
        has("fundedAmountUsd", Shape::Number),
        has("consumed", CONSUMED),
        has("consumedVolume", Shape::Number),
        has("remainingVolume", Shape::Number),
        has("consumedFraction", Shape::Number),
        or_null("activeMilestone", ACTIVE_MILESTONE),
        or_null("lastUsageAt", Shape::Time),
    ]],
);

/// Unit of a budget.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Hours,
    Labels,
}

impl Unit {
    /// `None` if the work is not counted, so that the budget never depletes.
    pub(crate) fn of(payment: Option<PaymentType>) -> Option<Self> {
        match payment? {
            PaymentType::PayPerHour => Some(Self::Hours),
            PaymentType::PayPerLabel => Some(Self::Labels),
            PaymentType::FixedPrice => None,
        }
    }

    /// The volume, and its fraction of `funded`.
    ///
    /// Hours are compared in seconds, so that 7.2 h of 9 h is exactly 0.8.
    fn measure(self, consumed: &Consumed, funded: f64) -> (f64, f64) {
        let (volume, fraction) = match self {
            Self::Hours => (consumed.hours, consumed.seconds as f64 / (funded * 3600.0)),
            Self::Labels => (consumed.labels as f64, consumed.labels as f64 / funded),
        };
        (volume, if funded > 0.0 { fraction } else { 0.0 })
    }
}

impl Budget {
    fn of(contract: &Contract, payment_type: Option<PaymentType>) -> Self {
        let milestones = contract.milestones.iter();
        let milestones = milestones.filter(|own| own.status.is_funded());
        let funded_volume = milestones.clone().filter_map(|own| own.volume).sum();
        let consumed = consumed(contract);
        let measure = |unit: Unit| unit.measure(&consumed, funded_volume);
        let (consumed_volume, fraction) = Unit::of(payment_type).map_or((0.0, 0.0), measure);
        Self {
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

impl World {
    pub(crate) fn budget(&self, contract: &Contract) -> Budget {
        let job = self.jobs.get(&contract.job_id);
        Budget::of(contract, job.and_then(|job| job.payment_type))
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

/// Whole numbers without a fraction part: `10`, as JavaScript writes it, not `10.0`.
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return serializer.serialize_i64(*value as i64);
    }
    serializer.serialize_f64(*value)
}
