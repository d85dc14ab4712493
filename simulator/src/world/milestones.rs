//! Funding of contracts.

use jiff::Timestamp;

use super::World;
use crate::model::{
    budget::Unit,
    milestone::{Milestone, MilestoneStatus, NewMilestone, Terms},
    misuse::Misuse,
};

impl World {
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
        Ok(id)
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
