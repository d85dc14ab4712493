//! Milestones: the funding of a contract.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Misuse, OpenTrain, budget::Unit, event::EventType, public::terms::NewMilestone, world::World,
};

/// Status of a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MilestoneStatus {
    /// Created.
    NotFunded,
    /// Its amount is held for the trainer.
    ActiveFunded,
    /// Its amount was paid out.
    Paid,
}

impl MilestoneStatus {
    pub(crate) const NAMES: [&'static str; 3] = ["NOT_FUNDED", "ACTIVE_FUNDED", "PAID"];

    /// Whether its volume counts for the budget: funded or completed.
    pub(crate) fn is_funded(self) -> bool {
        self != Self::NotFunded
    }
}

/// A milestone, as it is part of a budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its amount.
    #[serde(serialize_with = "super::budget::number")]
    pub amount_usd: f64,
    /// Its volume; `None` if the job does not count work.
    pub volume: Option<f64>,
    /// Its status.
    pub status: MilestoneStatus,
    #[serde(skip)]
    pub(crate) terms: Terms,
}

/// The members that only the Public API shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Terms {
    pub(crate) description: String,
    /// 1 for the first milestone of a contract.
    pub(crate) number: usize,
    pub(crate) due_date: Option<String>,
    pub(crate) created_at: Timestamp,
    /// The trainer asked for the payout.
    pub(crate) payout_requested: bool,
    pub(crate) invoice_id: Option<String>,
}

impl OpenTrain {
    /// Funds a milestone of this many hours or labels, and dollars. Returns its id.
    pub fn fund(&self, contract: &str, volume: f64, amount_usd: f64) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|world| world.fund(contract, volume, amount_usd, now))
    }
}

impl World {
    /// Adds a milestone and funds it.
    pub(crate) fn fund(
        &mut self,
        contract: &str,
        volume: f64,
        amount_usd: f64,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        let new = NewMilestone {
            amount_usd,
            volume: Some(volume),
            ..NewMilestone::default()
        };
        let id = self.add_milestone(contract, new, now)?;
        self.set_funded(contract, &id, now)?;
        Ok(id)
    }

    /// Adds a milestone that is not funded.
    pub(crate) fn add_milestone(
        &mut self,
        contract: &str,
        new: NewMilestone,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        let job = &self.contract(contract)?.job_id;
        let counts = Unit::of(self.job(job)?.payment_type).is_some();
        let number = self.milestones;
        let row = self.contracts.get_mut(contract);
        let row = row.ok_or(Misuse::Unknown("contract"))?;
        self.milestones += 1;
        let id = format!("mst_{number}");
        row.milestones.push(Milestone {
            id: id.clone(),
            name: new.name.unwrap_or_else(|| format!("Milestone {number}")),
            amount_usd: new.amount_usd,
            volume: new.volume.filter(|_| counts),
            status: MilestoneStatus::NotFunded,
            terms: Terms {
                description: new.description,
                number: row.milestones.len() + 1,
                due_date: new.due_date,
                created_at: now,
                ..Terms::default()
            },
        });
        self.announce_milestone(contract, &id, now)?;
        Ok(id)
    }

    /// Funds a milestone. Emits `milestone.funded` once for each install that links the job.
    pub(crate) fn set_funded(
        &mut self,
        contract: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let before = self.budget(self.contract(contract)?).state;
        self.milestone_mut(contract, id)?.status = MilestoneStatus::ActiveFunded;
        self.announce_milestone(contract, id, now)?;
        self.announce_budget(contract, before, now)?;
        self.tell_of_budget(EventType::MilestoneFunded, contract, now)
    }

    pub(crate) fn milestone_mut(
        &mut self,
        contract: &str,
        id: &str,
    ) -> Result<&mut Milestone, Misuse> {
        let contract = self.contracts.get_mut(contract);
        let contract = contract.ok_or(Misuse::Unknown("contract"))?;
        let mut milestones = contract.milestones.iter_mut();
        let own = milestones.find(|own| own.id == id);
        own.ok_or(Misuse::Unknown("milestone"))
    }
}
