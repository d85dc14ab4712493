//! Confirmation of approvals by a human, and what it does.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::conflict;
use crate::{
    opentrain::{
        contract::ContractStatus,
        milestone::MilestoneStatus,
        public::{
            approval::{ApprovalKind, ApprovalStatus, PaymentMethod, Subject},
            hire::Hire,
            message::Bucket,
            money::{InvoiceStatus, funding_charge, hire_charge},
            proposal::ProposalStatus,
            schema::{Checked, at},
            terms::NewMilestone,
        },
        world::World,
    },
    refusal::Refusal,
};

/// The human's choice at a confirmation.
#[derive(Default)]
pub(crate) struct Choice {
    /// By default the card, if there is one.
    pub(crate) method: Option<PaymentMethod>,
    /// Other terms of a hire's first milestone.
    pub(crate) milestone: Option<NewMilestone>,
}

impl World {
    /// The human declines: nothing else happens.
    pub(crate) fn decline(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        self.check_pending(id, now)?;
        self.resolve(id, ApprovalStatus::Declined, now);
        Ok(())
    }

    fn check_pending(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        self.refresh_approval(id, now);
        let approval = self.public.approvals.get(id);
        match approval
            .ok_or_else(|| Refusal::not_found("approval"))?
            .status
        {
            ApprovalStatus::Pending => Ok(()),
            status => {
                let message = format!("the approval is {}", status.as_str());
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
        self.check_pending(id, now)?;
        let approval = self.public.approvals.get(id);
        let approval = approval.ok_or_else(|| Refusal::not_found("approval"))?;
        let (kind, subject) = (approval.kind, approval.subject.clone());
        let terms = choice.milestone.unwrap_or_else(|| approval.terms.clone());
        let organization = approval.organization.clone();
        let payer = (organization.as_str(), choice.method);
        let result = match kind {
            ApprovalKind::ProposalHire => self.carry_out_hire(id, &subject, terms, payer, now),
            ApprovalKind::MilestoneFund => self.carry_out_funding(id, &subject, payer, now),
            ApprovalKind::MilestoneApprove => self.carry_out_payout(id, &subject, now),
            ApprovalKind::ContractEnd => {
                let contract = subject.contract.unwrap_or_default();
                self.end_once(id, &contract, now)
            }
        }?;
        if let Some(approval) = self.public.approvals.get_mut(id) {
            approval.result = Some(result);
        }
        Ok(())
    }

    fn end_once(&mut self, id: &str, contract: &str, now: Timestamp) -> Result<Value, Refusal> {
        if self.contract(contract)?.status() == ContractStatus::Ended {
            return Err(conflict("contract_ended", "the contract has ended"));
        }
        self.resolve(id, ApprovalStatus::Confirmed, now);
        self.end_contract(contract, now)?;
        Ok(json!({"contractEnded": true}))
    }

    fn carry_out_hire(
        &mut self,
        id: &str,
        subject: &Subject,
        terms: NewMilestone,
        (organization, method): (&str, Option<PaymentMethod>),
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let proposal = self.proposal(subject.proposal.as_deref().unwrap_or_default())?;
        if proposal.status == ProposalStatus::Hired {
            return Err(conflict("proposal_already_hired", "the trainer is hired"));
        }
        let (proposal_id, rate) = (proposal.id.clone(), proposal.bid_usd);
        let (job, trainer) = (subject.job.clone(), proposal.trainer.clone());
        let charge = hire_charge(terms.amount_usd);
        let method = self.choose_payment(organization, method, charge)?;
        self.resolve(id, ApprovalStatus::Confirmed, now);
        let conversation = self.converse(&proposal_id, Bucket::Job, now)?.0;
        let hire = Hire {
            proposal: Some(proposal_id.clone()),
            rate_usd: Some(rate),
            conversation: Some(conversation),
        };
        let contract = self.hire_as(&job, &trainer, hire, now)?;
        self.review(&proposal_id, ProposalStatus::Hired, now)?;
        let volume = Some(terms.amount_usd / rate);
        let milestone = self.add_milestone(&contract, NewMilestone { volume, ..terms }, now)?;
        self.hold_charge(&contract, &milestone, (method, charge), now)?;
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
        subject: &Subject,
        (organization, method): (&str, Option<PaymentMethod>),
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let contract = subject.contract.clone().unwrap_or_default();
        let milestone = subject.milestone.clone().unwrap_or_default();
        let own = self.milestone_mut(&contract, &milestone)?;
        let (status, amount) = (own.status, own.amount_usd);
        if self.contract(&contract)?.status() == ContractStatus::Ended {
            return Err(conflict("contract_ended", "the contract has ended"));
        }
        if status != MilestoneStatus::NotFunded {
            return Err(conflict(
                "milestone_not_fundable",
                "the milestone is funded",
            ));
        }
        let charge = funding_charge(amount);
        let method = self.choose_payment(organization, method, charge)?;
        self.resolve(id, ApprovalStatus::Confirmed, now);
        self.hold_charge(&contract, &milestone, (method, charge), now)?;
        let invoice = self.settle_invoice(&contract, &milestone)?;
        self.set_funded(&contract, &milestone, now)?;
        Ok(json!({"invoiceId": invoice, "paymentIntentId": format!("pi_sandbox_{id}")}))
    }

    fn carry_out_payout(
        &mut self,
        id: &str,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let contract = subject.contract.clone().unwrap_or_default();
        let milestone = subject.milestone.clone().unwrap_or_default();
        let own = self.milestone_mut(&contract, &milestone)?;
        if own.status != MilestoneStatus::ActiveFunded {
            return Err(conflict(
                "milestone_not_funded",
                "the milestone is not funded",
            ));
        }
        own.status = MilestoneStatus::Paid;
        own.terms.payout_requested = false;
        self.resolve(id, ApprovalStatus::Confirmed, now);
        self.capture_charge(&contract, &milestone, now)?;
        let invoice = self.settle_invoice(&contract, &milestone)?;
        self.announce_milestone(&contract, &milestone, now)?;
        Ok(json!({"invoiceId": invoice, "payoutTransactionId": format!("po_sandbox_{id}")}))
    }
}

/// The member `milestone` of a hire: it needs a name or a description.
pub(crate) fn first_milestone(body: &Checked) -> Result<NewMilestone, Refusal> {
    let milestone = body.object("milestone").unwrap_or_default();
    let text = |name: &str| milestone.text(name).map(str::to_owned);
    let (name, description) = (text("name"), text("description"));
    if name.is_none() && description.is_none() {
        return Err(at("milestone", "must have a name or a description"));
    }
    Ok(NewMilestone {
        name,
        description: description.unwrap_or_default(),
        amount_usd: milestone.number("amount").unwrap_or_default(),
        volume: None,
        due_date: text("dueDate"),
    })
}
