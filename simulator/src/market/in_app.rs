//! What the owner of an account does in the app without an agent: a request that the same human confirms at once.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Market,
    confirmations::Choice,
    contracts::check_active,
    data::{
        ad::{Ad, ChangeKind},
        token::Actor,
    },
};
use crate::{
    kit::refusal::Refusal,
    model::{job::JobOptions, milestone::NewMilestone},
};

impl Market {
    /// The owner of an organisation, without a token. Only the owner's tokens see approvals that are made with it.
    fn owner(&self, organization: &str) -> Result<Actor, Refusal> {
        Ok(Actor {
            organization: organization.to_owned(),
            user: self.employer(organization)?.owner.clone(),
            token: String::new(),
            scopes: Vec::new(),
        })
    }

    /// Posts an open job.
    pub(crate) fn post_job(
        &mut self,
        organization: &str,
        fields: Map<String, Value>,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        self.employer(organization)?;
        let ad = Ad {
            fields,
            ..Ad::open("", None, now)
        };
        let options = JobOptions {
            title: ad.title().to_owned(),
            payment_type: ad.payment_type(),
            organization: organization.to_owned(),
        };
        let id = self.add_job(options, ad);
        self.record_change(&id, ChangeKind::Published, now);
        Ok(id)
    }

    /// Hires the trainer of a proposal. Returns the contract.
    pub(crate) fn hire_in_app(
        &mut self,
        proposal: &str,
        terms: NewMilestone,
        choice: Choice,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let job = self.proposal(proposal)?.job.clone();
        let owner = self.owner(&self.world.job(&job)?.organization)?;
        let approval = self.request_hire(&owner, proposal, (terms, true), now)?;
        self.confirm(&approval, choice, now)?;
        let result = self.approval(&approval)?.result.as_ref();
        let contract = result.and_then(|own| own["contractId"].as_str());
        Ok(contract.unwrap_or_default().to_owned())
    }

    /// Adds a milestone and funds it. Returns the milestone.
    pub(crate) fn fund_in_app(
        &mut self,
        contract: &str,
        (new, amount): (NewMilestone, Option<f64>),
        choice: Choice,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let owner = self.owner_of_contract(contract)?;
        let id = self.create_milestone(&owner.organization, contract, new, amount, now)?;
        let approval = self.request_funding(&owner, &id, now)?;
        self.confirm(&approval, choice, now)?;
        Ok(id)
    }

    /// Pays a funded milestone out.
    pub(crate) fn release_in_app(
        &mut self,
        milestone: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let contract = self.contract_with(milestone)?;
        let owner = self.owner_of_contract(&contract)?;
        let approval = self.request_payout(&owner, milestone, now)?;
        self.confirm(&approval, Choice::default(), now)
    }

    /// Ends a contract, with or without funded milestones.
    pub(crate) fn end_in_app(&mut self, contract: &str, now: Timestamp) -> Result<(), Refusal> {
        let owner = self.owner_of_contract(contract)?;
        match self.request_end(&owner, contract, now)? {
            Some(approval) => self.confirm(&approval, Choice::default(), now),
            None => Ok(()),
        }
    }

    /// The trainer works in OpenTrain's own time tracker.
    pub(crate) fn track_time(
        &mut self,
        contract: &str,
        seconds: u64,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let own = self.world.contract(contract)?;
        check_active(own)?;
        let before = self.world.budget(own).state;
        if let Some(own) = self.world.contracts.get_mut(contract) {
            own.tracked = own.tracked.saturating_add(seconds);
        }
        self.world.tell_of_crossings(contract, before, now)?;
        Ok(self.announce_budget(contract, before, now)?)
    }

    fn owner_of_contract(&self, contract: &str) -> Result<Actor, Refusal> {
        let job = &self.world.contract(contract)?.job_id;
        self.owner(&self.world.job(job)?.organization)
    }
}
