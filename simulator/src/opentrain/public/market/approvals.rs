//! Approvals: requests and their end, `pending → confirmed | declined | expired`.

use jiff::Timestamp;
use serde_json::json;

use super::conflict;
use crate::{
    clock::later,
    opentrain::{
        contract::ContractStatus,
        milestone::MilestoneStatus,
        public::{
            approval::{APPROVAL_LIFE, Approval, ApprovalKind, ApprovalStatus, Subject},
            money::{InvoiceStatus, funding_charge, hire_charge},
            proposal::ProposalStatus,
            terms::NewMilestone,
            token::Actor,
            update::UpdateKind,
        },
        world::World,
    },
    refusal::Refusal,
};

impl World {
    /// An approval that the caller may see. One whose time is over expires now.
    pub(crate) fn read_approval(
        &mut self,
        actor: &Actor,
        id: &str,
        now: Timestamp,
    ) -> Result<&Approval, Refusal> {
        let owner = self.employer(&actor.organization)?.owner == actor.user;
        self.refresh_approval(id, now);
        let approval = self.public.approvals.get(id);
        let approval = approval.filter(|own| {
            let asked = own.token == actor.token;
            own.organization == actor.organization && (owner || asked)
        });
        approval.ok_or_else(|| {
            let details = json!({"resource": "approvals", "approvalId": id});
            Refusal::not_found("approval").with_details(details)
        })
    }

    pub(super) fn refresh_approval(&mut self, id: &str, now: Timestamp) {
        let approval = self.public.approvals.get(id);
        if approval.is_some_and(|own| own.is_pending() && now >= own.expires) {
            self.resolve(id, ApprovalStatus::Expired, now);
        }
    }

    /// Ends a pending approval. Emits `approval.confirmed`, whose data has the status.
    pub(super) fn resolve(&mut self, id: &str, status: ApprovalStatus, now: Timestamp) {
        let Some(approval) = self.public.approvals.get_mut(id) else {
            return;
        };
        approval.status = status;
        approval.resolved = Some(now);
        let (kind, subject) = (approval.kind, approval.subject.clone());
        let organization = approval.organization.clone();
        if kind == ApprovalKind::MilestoneFund && status != ApprovalStatus::Confirmed {
            self.drop_invoice(&subject);
        }
        let data = json!({"approvalId": id, "status": status});
        let place = (Some(subject.job.as_str()), organization.as_str());
        self.announce(UpdateKind::ApprovalConfirmed, id, place, data, now);
    }

    /// Asks for an approval. One that is pending on the same terms is given again; other terms supersede it.
    fn request(
        &mut self,
        actor: &Actor,
        kind: ApprovalKind,
        (subject, terms): (Subject, NewMilestone),
        now: Timestamp,
    ) -> String {
        if let Some(pending) = self.pending(kind, &subject, now) {
            let known = self.public.approvals.get(&pending);
            if known.is_some_and(|own| own.terms == terms) {
                return pending;
            }
            self.resolve(&pending, ApprovalStatus::Expired, now);
        }
        self.public.approvals.add(|id| Approval {
            id,
            organization: actor.organization.clone(),
            token: actor.token.clone(),
            kind,
            status: ApprovalStatus::Pending,
            subject,
            terms,
            created: now,
            expires: later(now, APPROVAL_LIFE),
            resolved: None,
            result: None,
        })
    }

    fn pending(&mut self, kind: ApprovalKind, subject: &Subject, now: Timestamp) -> Option<String> {
        let same =
            |own: &&Approval| own.kind == kind && own.subject == *subject && own.is_pending();
        let id = self.public.approvals.iter().find(same)?.id.clone();
        self.refresh_approval(&id, now);
        let own = self.public.approvals.get(&id)?;
        own.is_pending().then_some(id)
    }

    /// Asks to hire the trainer of a proposal of the caller's.
    pub(crate) fn request_hire(
        &mut self,
        actor: &Actor,
        proposal: &str,
        (terms, despite_not_fit): (NewMilestone, bool),
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let own = self.own_proposal(&actor.organization, proposal)?;
        match own.status {
            ProposalStatus::Hired => {
                return Err(conflict("proposal_already_hired", "the trainer is hired"));
            }
            ProposalStatus::NotAFit if !despite_not_fit => {
                let message = "the proposal is marked as not a fit: set confirmNotFit to hire";
                return Err(conflict("proposal_not_a_fit", message));
            }
            _ if own.invited => {
                return Err(conflict(
                    "proposal_not_ready",
                    "the trainer has not applied yet",
                ));
            }
            _ => {}
        }
        let subject = Subject {
            job: own.job.clone(),
            proposal: Some(own.id.clone()),
            ..Subject::default()
        };
        self.check_payment(&actor.organization, hire_charge(terms.amount_usd))?;
        Ok(self.request(actor, ApprovalKind::ProposalHire, (subject, terms), now))
    }

    pub(crate) fn request_funding(
        &mut self,
        actor: &Actor,
        milestone: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let (subject, status, amount) = self.about_milestone(&actor.organization, milestone)?;
        let contract = subject.contract.clone().unwrap_or_default();
        if self.contract(&contract)?.status() == ContractStatus::Ended {
            return Err(conflict("contract_ended", "the contract has ended"));
        }
        if status != MilestoneStatus::NotFunded {
            return Err(conflict(
                "milestone_not_fundable",
                "the milestone is funded",
            ));
        }
        self.check_payment(&actor.organization, funding_charge(amount))?;
        let kind = ApprovalKind::MilestoneFund;
        if self.pending(kind, &subject, now).is_none() {
            let invoice = InvoiceStatus::PendingFunding;
            self.add_invoice(&contract, milestone, invoice, now)?;
        }
        Ok(self.request(actor, kind, (subject, NewMilestone::default()), now))
    }

    pub(crate) fn request_payout(
        &mut self,
        actor: &Actor,
        milestone: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let (subject, status, _) = self.about_milestone(&actor.organization, milestone)?;
        if status != MilestoneStatus::ActiveFunded {
            return Err(conflict(
                "milestone_not_funded",
                "the milestone is not funded",
            ));
        }
        let asked = (subject, NewMilestone::default());
        Ok(self.request(actor, ApprovalKind::MilestoneApprove, asked, now))
    }

    /// Ends a contract without funded milestones at once; else asks for an approval and returns its id.
    pub(crate) fn request_end(
        &mut self,
        actor: &Actor,
        contract: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Refusal> {
        let own = self.own_contract(&actor.organization, contract)?;
        if own.status() == ContractStatus::Ended {
            return Err(conflict("contract_ended", "the contract has ended"));
        }
        if own.active_milestone().is_none() {
            self.end_contract(contract, now)?;
            return Ok(None);
        }
        let subject = Subject {
            job: own.job_id.clone(),
            contract: Some(contract.to_owned()),
            ..Subject::default()
        };
        let asked = (subject, NewMilestone::default());
        Ok(Some(self.request(
            actor,
            ApprovalKind::ContractEnd,
            asked,
            now,
        )))
    }

    fn about_milestone(
        &self,
        organization: &str,
        milestone: &str,
    ) -> Result<(Subject, MilestoneStatus, f64), Refusal> {
        let (contract, own) = self.own_milestone(organization, milestone)?;
        let subject = Subject {
            job: contract.job_id.clone(),
            proposal: None,
            contract: Some(contract.id.clone()),
            milestone: Some(own.id.clone()),
        };
        Ok((subject, own.status, own.amount_usd))
    }

    /// Approvals that wait for a human, of all employers.
    pub(crate) fn pending_approvals(&mut self, now: Timestamp) -> Vec<&Approval> {
        let all = self.public.approvals.iter();
        let ids: Vec<String> = all.map(|own| own.id.clone()).collect();
        for id in ids {
            self.refresh_approval(&id, now);
        }
        let all = self.public.approvals.iter();
        all.filter(|own| own.is_pending()).collect()
    }
}
