//! Approvals: requests and their end, `pending → confirmed | declined | expired`.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Market, conflict,
    contracts::{check_active, check_fundable, check_funded},
    data::{
        approval::{APPROVAL_LIFE, Approval, ApprovalStatus, ApprovalView, Subject},
        money::{InvoiceStatus, funding_charge, hire_charge},
        proposal::ProposalStatus,
        token::Actor,
        update::UpdateKind,
    },
    proposals::check_not_hired,
};
use crate::{
    kit::{clock::later, refusal::Refusal},
    model::{milestone::NewMilestone, misuse::Misuse},
};

impl Market {
    pub(crate) fn approval(&self, id: &str) -> Result<&Approval, Misuse> {
        let approval = self.approvals.get(id);
        approval.ok_or(Misuse::Unknown("approval"))
    }

    /// An approval that the caller may see. One whose time is over expires now.
    pub(crate) fn read_approval(
        &mut self,
        actor: &Actor,
        id: &str,
        now: Timestamp,
    ) -> Result<ApprovalView, Refusal> {
        let owner = self.employer(&actor.organization)?.owner == actor.user;
        let seen = self.approvals.get(id).is_some_and(|own| {
            let asked = own.token == actor.token;
            own.organization == actor.organization && (owner || asked)
        });
        if !seen {
            let details = json!({"resource": "approvals", "approvalId": id});
            return Err(Refusal::not_found("approval").with_details(details));
        }
        self.refresh_approval(id, now)?;
        Ok(self.approval(id)?.view(&self.world.origin))
    }

    /// Expires a pending approval whose time is over.
    pub(crate) fn refresh_approval(&mut self, id: &str, now: Timestamp) -> Result<(), Misuse> {
        let approval = self.approval(id)?;
        match approval.is_pending() && now >= approval.expires {
            true => self.resolve(id, ApprovalStatus::Expired, now),
            false => Ok(()),
        }
    }

    /// Ends a pending approval. Emits `approval.confirmed`, whose data has the status.
    pub(super) fn resolve(
        &mut self,
        id: &str,
        status: ApprovalStatus,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let approval = self.approvals.get_mut(id);
        let approval = approval.ok_or(Misuse::Unknown("approval"))?;
        approval.status = status;
        approval.resolved = Some(now);
        let (job, subject) = (approval.job.clone(), approval.subject.clone());
        if let Subject::Fund {
            contract,
            milestone,
        } = subject
            && status != ApprovalStatus::Confirmed
        {
            self.drop_invoice(&contract, &milestone)?;
        }
        let data = json!({"approvalId": id, "status": status});
        self.announce(UpdateKind::ApprovalConfirmed, id, &job, data, now)
    }

    /// Requests an approval. A pending one on the same terms is returned again; other terms supersede it.
    fn request(
        &mut self,
        actor: &Actor,
        job: String,
        subject: Subject,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        let open = |own: &&Approval| own.is_pending() && own.subject.matches(&subject);
        let open = self.approvals.iter().find(open);
        if let Some(id) = open.map(|own| own.id.clone()) {
            self.refresh_approval(&id, now)?;
            let known = self.approval(&id)?;
            match known.is_pending() {
                true if known.subject == subject => return Ok(id),
                true => self.resolve(&id, ApprovalStatus::Expired, now)?,
                false => {}
            }
        }
        Ok(self.approvals.add(|id| Approval {
            id,
            organization: actor.organization.clone(),
            token: actor.token.clone(),
            job,
            status: ApprovalStatus::Pending,
            subject,
            created: now,
            expires: later(now, APPROVAL_LIFE),
            resolved: None,
            result: None,
        }))
    }

    /// Requests the hire of the trainer of one of the caller's proposals.
    pub(crate) fn request_hire(
        &mut self,
        actor: &Actor,
        proposal: &str,
        (terms, despite_not_fit): (NewMilestone, bool),
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let own = self.own_proposal(&actor.organization, proposal)?;
        check_not_hired(own)?;
        if own.status == ProposalStatus::NotAFit && !despite_not_fit {
            let message = "the proposal is marked as not a fit: set confirmNotFit to hire";
            return Err(conflict("proposal_not_a_fit", message));
        }
        if own.invited {
            let message = "the trainer has not applied yet";
            return Err(conflict("proposal_not_ready", message));
        }
        let job = own.job.clone();
        self.check_payment(&actor.organization, hire_charge(terms.amount_usd))?;
        let proposal = proposal.to_owned();
        Ok(self.request(actor, job, Subject::Hire { proposal, terms }, now)?)
    }

    pub(crate) fn request_funding(
        &mut self,
        actor: &Actor,
        milestone: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let (contract, own) = self.own_milestone(&actor.organization, milestone)?;
        check_fundable(contract, own)?;
        let (job, contract) = (contract.job_id.clone(), contract.id.clone());
        self.check_payment(&actor.organization, funding_charge(own.amount_usd))?;
        let subject = Subject::Fund {
            contract: contract.clone(),
            milestone: milestone.to_owned(),
        };
        let approval = self.request(actor, job, subject, now)?;
        let (_, own) = self.own_milestone(&actor.organization, milestone)?;
        // A pending approval that is returned again has its invoice.
        if own.terms.invoice_id.is_none() {
            self.add_invoice(&contract, milestone, InvoiceStatus::PendingFunding, now)?;
        }
        Ok(approval)
    }

    pub(crate) fn request_payout(
        &mut self,
        actor: &Actor,
        milestone: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let (contract, own) = self.own_milestone(&actor.organization, milestone)?;
        check_funded(own)?;
        let subject = Subject::Payout {
            contract: contract.id.clone(),
            milestone: milestone.to_owned(),
        };
        Ok(self.request(actor, contract.job_id.clone(), subject, now)?)
    }

    /// Ends a contract without funded milestones at once; else requests an approval and returns its id.
    pub(crate) fn request_end(
        &mut self,
        actor: &Actor,
        contract: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Refusal> {
        let own = self.own_contract(&actor.organization, contract)?;
        check_active(own)?;
        if own.active_milestone().is_none() {
            self.world.end_contract(contract, now)?;
            return Ok(None);
        }
        let subject = Subject::End {
            contract: contract.to_owned(),
        };
        Ok(Some(self.request(
            actor,
            own.job_id.clone(),
            subject,
            now,
        )?))
    }

    /// Approvals that wait for a human, of all employers.
    pub(crate) fn pending_approvals(
        &mut self,
        now: Timestamp,
    ) -> Result<Vec<ApprovalView>, Misuse> {
        let all = self.approvals.iter();
        let ids: Vec<String> = all.map(|own| own.id.clone()).collect();
        for id in ids {
            self.refresh_approval(&id, now)?;
        }
        let all = self.approvals.iter();
        let pending = all.filter(|own| own.is_pending());
        Ok(pending.map(|own| own.view(&self.world.origin)).collect())
    }
}
