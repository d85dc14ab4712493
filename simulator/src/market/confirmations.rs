//! Confirmation of approvals by a human, and what it does.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Market, conflict,
    contracts::{check_active, check_fundable, check_funded},
    data::{
        approval::{Approval, ApprovalStatus, PaymentMethod, Subject},
        hire::Hire,
        message::Bucket,
        money::{InvoiceStatus, funding_charge, hire_charge},
        proposal::ProposalStatus,
    },
    proposals::check_not_hired,
};
use crate::{
    kit::refusal::Refusal,
    model::milestone::{MilestoneStatus, NewMilestone},
};

/// The human's choice at a confirmation.
#[derive(Default)]
pub(crate) struct Choice {
    /// By default the card, if there is one.
    pub(crate) method: Option<PaymentMethod>,
    /// Other terms of a hire's first milestone.
    pub(crate) milestone: Option<NewMilestone>,
}

impl Market {
    /// The human declines: nothing else happens.
    pub(crate) fn decline(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        self.pending_approval(id, now)?;
        Ok(self.resolve(id, ApprovalStatus::Declined, now)?)
    }

    fn pending_approval(&mut self, id: &str, now: Timestamp) -> Result<&Approval, Refusal> {
        self.refresh_approval(id, now)?;
        let approval = self.approval(id)?;
        match approval.is_pending() {
            true => Ok(approval),
            false => {
                let message = format!("the approval is {}", approval.status.as_str());
                Err(conflict("approval_not_pending", &message))
            }
        }
    }

    /// The human confirms: the request is carried out.
    pub(crate) fn confirm(
        &mut self,
        id: &str,
        choice: Choice,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let approval = self.pending_approval(id, now)?;
        let subject = approval.subject.clone();
        let organization = approval.organization.clone();
        let payer = (organization.as_str(), choice.method);
        let result = match &subject {
            Subject::Hire { proposal, terms } => {
                let terms = choice.milestone.unwrap_or_else(|| terms.clone());
                self.carry_out_hire(id, proposal, terms, payer, now)
            }
            Subject::Fund {
                contract,
                milestone,
            } => self.carry_out_funding(id, (contract, milestone), payer, now),
            Subject::Payout {
                contract,
                milestone,
            } => self.carry_out_payout(id, (contract, milestone), now),
            Subject::End { contract } => self.carry_out_end(id, contract, now),
        }?;
        if let Some(approval) = self.approvals.get_mut(id) {
            approval.result = Some(result);
        }
        Ok(())
    }

    fn carry_out_hire(
        &mut self,
        id: &str,
        proposal: &str,
        terms: NewMilestone,
        (organization, method): (&str, Option<PaymentMethod>),
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let own = self.proposal(proposal)?;
        check_not_hired(own)?;
        let rate = own.bid_usd;
        let (job, trainer) = (own.job.clone(), own.trainer.clone());
        let charge = hire_charge(terms.amount_usd);
        let method = self.choose_payment(organization, method, charge)?;
        self.resolve(id, ApprovalStatus::Confirmed, now)?;
        let conversation = self.converse(proposal, Bucket::Job, now)?.0;
        let hire = Hire {
            proposal: Some(proposal.to_owned()),
            rate_usd: Some(rate),
            conversation: Some(conversation),
        };
        let contract = self.hire_as(&job, &trainer, hire, now)?;
        self.review(proposal, ProposalStatus::Hired, now)?;
        let volume = Some(terms.amount_usd / rate);
        let milestone = self.add_milestone(&contract, NewMilestone { volume, ..terms }, now)?;
        self.hold_charge(organization, (&contract, &milestone), (method, charge), now);
        self.add_invoice(&contract, &milestone, InvoiceStatus::Settled, now)?;
        self.set_funded(&contract, &milestone, now)?;
        Ok(json!({
            "hired": true,
            "contractId": contract,
            "jobId": job,
            "freelancerUserId": trainer,
        }))
    }

    fn carry_out_funding(
        &mut self,
        id: &str,
        (contract, milestone): (&str, &str),
        (organization, method): (&str, Option<PaymentMethod>),
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let (on, own) = self.own_milestone(organization, milestone)?;
        check_fundable(on, own)?;
        let charge = funding_charge(own.amount_usd);
        let method = self.choose_payment(organization, method, charge)?;
        self.resolve(id, ApprovalStatus::Confirmed, now)?;
        self.hold_charge(organization, (contract, milestone), (method, charge), now);
        let invoice = self.settle_invoice(contract, milestone)?;
        self.set_funded(contract, milestone, now)?;
        Ok(json!({"invoiceId": invoice, "paymentIntentId": format!("pi_sandbox_{id}")}))
    }

    fn carry_out_payout(
        &mut self,
        id: &str,
        (contract, milestone): (&str, &str),
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let own = self.world.milestone_mut(contract, milestone)?;
        check_funded(own)?;
        own.status = MilestoneStatus::Paid;
        own.terms.payout_requested = false;
        self.resolve(id, ApprovalStatus::Confirmed, now)?;
        self.capture_charge(milestone, now);
        let invoice = self.settle_invoice(contract, milestone)?;
        self.announce_milestone(contract, milestone, now)?;
        Ok(json!({"invoiceId": invoice, "payoutTransactionId": format!("po_sandbox_{id}")}))
    }

    fn carry_out_end(
        &mut self,
        id: &str,
        contract: &str,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        check_active(self.world.contract(contract)?)?;
        self.resolve(id, ApprovalStatus::Confirmed, now)?;
        self.world.end_contract(contract, now)?;
        Ok(json!({"contractEnded": true}))
    }
}
