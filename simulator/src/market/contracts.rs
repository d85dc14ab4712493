//! Contracts and milestones of an employer.

use jiff::Timestamp;

use super::{Market, conflict, data::money::InvoiceStatus};
use crate::{
    kit::{refusal::Refusal, schema::at},
    model::{
        contract::{Contract, ContractStatus},
        milestone::{Milestone, MilestoneStatus, NewMilestone},
        payment::PaymentType,
    },
};

impl Market {
    /// A contract on a job of the organisation.
    pub(crate) fn own_contract(&self, organization: &str, id: &str) -> Result<&Contract, Refusal> {
        let contract = self.world.contracts.get(id);
        let contract = contract.filter(|own| self.employs(organization, own));
        contract.ok_or_else(|| Refusal::not_found("contract"))
    }

    /// The contracts of the organisation, or those on one of its jobs, newest first.
    pub(crate) fn contracts_of<'a>(
        &'a self,
        organization: &'a str,
        job: Option<&'a str>,
    ) -> Result<impl Iterator<Item = &'a Contract> + 'a, Refusal> {
        if let Some(id) = job {
            let own = self.world.jobs.get(id);
            let own = own.ok_or_else(|| Refusal::not_found("job"))?;
            if own.organization != organization {
                return Err(Refusal::forbidden("the job is not yours"));
            }
        }
        let newest = self.world.contracts.iter().rev();
        let wanted = move |own: &&Contract| job.is_none_or(|job| job == own.job_id);
        Ok(newest
            .filter(wanted)
            .filter(move |own| self.employs(organization, own)))
    }

    fn employs(&self, organization: &str, contract: &Contract) -> bool {
        let job = self.world.jobs.get(&contract.job_id);
        job.is_some_and(|job| job.organization == organization)
    }

    pub(crate) fn own_milestone(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<(&Contract, &Milestone), Refusal> {
        let contracts = self.world.contracts.iter();
        let contracts = contracts.filter(|own| self.employs(organization, own));
        let mut milestones =
            contracts.flat_map(|own| own.milestones.iter().map(move |it| (own, it)));
        let found = milestones.find(|(_, own)| own.id == id);
        found.ok_or_else(|| Refusal::not_found("milestone"))
    }

    /// Price of a unit of the contract's work.
    pub(crate) fn rate(&self, contract: &Contract) -> Option<f64> {
        let hire = self.hires.get(&contract.id);
        let agreed = hire.and_then(|hire| hire.rate_usd);
        agreed.or_else(|| self.ads.get(&contract.job_id)?.price())
    }

    /// Adds a milestone, whose amount is rate × volume where work is counted.
    pub(crate) fn create_milestone(
        &mut self,
        organization: &str,
        contract: &str,
        mut new: NewMilestone,
        amount: Option<f64>,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let own = self.own_contract(organization, contract)?;
        let payment = self.world.job(&own.job_id)?.payment_type;
        let counted = !matches!(payment, None | Some(PaymentType::FixedPrice));
        match (counted, amount, new.volume) {
            (false, None, _) => return Err(at("amountUsd", "is required")),
            (true, _, None) => return Err(at("volume", "is required")),
            _ => {}
        }
        check_active(own)?;
        new.amount_usd = match (counted, new.volume) {
            (true, Some(volume)) => {
                let missing = || conflict("contract_rate_missing", "the contract has no rate");
                self.rate(own).ok_or_else(missing)? * volume
            }
            _ => amount.unwrap_or_default(),
        };
        Ok(self.add_milestone(contract, new, now)?)
    }

    /// The contract that has a milestone.
    pub(super) fn contract_with(&self, milestone: &str) -> Result<String, Refusal> {
        let has = |own: &&Contract| own.milestones.iter().any(|own| own.id == milestone);
        let contract = self
            .world
            .contracts
            .iter()
            .find(has)
            .map(|own| own.id.clone());
        contract.ok_or_else(|| Refusal::not_found("milestone"))
    }

    /// The trainer asks for the payout of a milestone. Emits `payment.pending`.
    pub(crate) fn ask_for_payout(
        &mut self,
        milestone: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let contract = self.contract_with(milestone)?;
        let own = self.world.milestone_mut(&contract, milestone)?;
        check_funded(own)?;
        if own.terms.payout_requested {
            return Err(conflict(
                "payout_already_requested",
                "the payout is requested",
            ));
        }
        own.terms.payout_requested = true;
        self.add_invoice(&contract, milestone, InvoiceStatus::PendingPayout, now)?;
        Ok(())
    }
}

/// Refuses a contract that has ended.
pub(super) fn check_active(contract: &Contract) -> Result<(), Refusal> {
    match contract.status() {
        ContractStatus::Active => Ok(()),
        ContractStatus::Ended => Err(conflict("contract_ended", "the contract has ended")),
    }
}

/// Refuses a milestone that was funded, or whose contract has ended.
pub(super) fn check_fundable(contract: &Contract, milestone: &Milestone) -> Result<(), Refusal> {
    check_active(contract)?;
    match milestone.status {
        MilestoneStatus::NotFunded => Ok(()),
        _ => Err(conflict(
            "milestone_not_fundable",
            "the milestone is funded",
        )),
    }
}

/// Refuses a milestone that is not funded, or paid.
pub(super) fn check_funded(milestone: &Milestone) -> Result<(), Refusal> {
    match milestone.status {
        MilestoneStatus::ActiveFunded => Ok(()),
        _ => Err(conflict(
            "milestone_not_funded",
            "the milestone is not funded",
        )),
    }
}
