//! Hiring, funding and usage, which both APIs see: the rule of the world, and its events in the employer's feed.

use jiff::Timestamp;

use super::{Market, data::hire::Hire};
use crate::{
    kit::refusal::Refusal,
    model::{
        budget::Budget,
        event::EventType,
        milestone::{MilestoneStatus, NewMilestone},
        misuse::Misuse,
        usage::Entry,
    },
};

impl Market {
    pub(crate) fn hire(
        &mut self,
        job: &str,
        trainer: &str,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        self.hire_as(job, trainer, Hire::default(), now)
    }

    /// Hires a trainer on the terms of a proposal.
    pub(crate) fn hire_as(
        &mut self,
        job: &str,
        trainer: &str,
        hire: Hire,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        let contract = self.world.add_contract(job, Some(trainer), now)?;
        self.hires.insert(contract.clone(), hire);
        self.announce_contract(&contract, now)?;
        let kind = EventType::ContractStarted;
        self.world.tell_of_contract(kind, &contract, now)?;
        Ok(contract)
    }

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
        let id = self.world.add_milestone(contract, new, now)?;
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
        let before = self.world.budget(self.world.contract(contract)?).state;
        self.world.milestone_mut(contract, id)?.status = MilestoneStatus::ActiveFunded;
        self.announce_milestone(contract, id, now)?;
        self.announce_budget(contract, before, now)?;
        let kind = EventType::MilestoneFunded;
        self.world.tell_of_budget(kind, contract, now)
    }

    /// Stores a report on a contract that the caller may see.
    pub(crate) fn report(
        &mut self,
        id: &str,
        entries: Vec<Entry>,
        now: Timestamp,
    ) -> Result<Budget, Refusal> {
        let before = self.world.budget(self.world.contract(id)?).state;
        let budget = self.world.report(id, entries, now)?;
        self.announce_budget(id, before, now)?;
        Ok(budget)
    }
}
