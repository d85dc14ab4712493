//! Proposals: invitations, applications and their review.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Market, conflict,
    data::{
        ad::JobStatus,
        proposal::{Interview, Proposal, ProposalStatus},
        update::UpdateKind,
    },
};
use crate::kit::refusal::Refusal;

impl Market {
    /// A proposal for a job of the organisation; another's is a 403.
    pub(crate) fn own_proposal(&self, organization: &str, id: &str) -> Result<&Proposal, Refusal> {
        let proposal = self.proposal(id)?;
        match self.world.job(&proposal.job)?.organization == organization {
            true => Ok(proposal),
            false => Err(Refusal::forbidden("the proposal is not for a job of yours")),
        }
    }

    pub(crate) fn proposal(&self, id: &str) -> Result<&Proposal, Refusal> {
        let proposal = self.proposals.get(id);
        proposal.ok_or_else(|| Refusal::not_found("proposal"))
    }

    pub(crate) fn proposal_of(&self, job: &str, trainer: &str) -> Option<&Proposal> {
        let mut all = self.proposals.iter();
        all.find(|own| own.job == job && own.trainer == trainer)
    }

    /// Invites a trainer. Returns the proposal, and whether there was one.
    pub(crate) fn invite(
        &mut self,
        organization: &str,
        job: &str,
        trainer: &str,
        now: Timestamp,
    ) -> Result<(String, bool), Refusal> {
        let status = self.own_job(organization, job)?.1.status;
        let known = self.world.trainers.contains_key(trainer);
        if !known && self.users.get(trainer).is_some() {
            return Err(conflict("not_a_freelancer", "the user is not a freelancer"));
        }
        if !known {
            return Err(Refusal::not_found("freelancer"));
        }
        check_published(status)?;
        if let Some(known) = self.proposal_of(job, trainer) {
            return Ok((known.id.clone(), true));
        }
        let profile = self.profiles.get(trainer);
        if profile.is_some_and(|profile| !profile.available) {
            return Err(conflict(
                "freelancer_unavailable",
                "the freelancer is not available",
            ));
        }
        Ok((self.add_proposal(job, trainer, None, true, now), false))
    }

    fn add_proposal(
        &mut self,
        job: &str,
        trainer: &str,
        bid: Option<f64>,
        invited: bool,
        now: Timestamp,
    ) -> String {
        let ad = self.ads.get(job);
        let bid = bid.or_else(|| ad.and_then(|ad| ad.price()));
        self.proposals.add(|id| Proposal {
            id,
            job: job.to_owned(),
            trainer: trainer.to_owned(),
            created: now,
            updated: now,
            status: ProposalStatus::Unreviewed,
            bid_usd: bid.unwrap_or(20.0),
            invited,
            interview: None,
        })
    }

    /// A trainer applies, or answers an invitation. Emits `proposal.received`.
    pub(crate) fn apply(
        &mut self,
        job: &str,
        trainer: &str,
        bid: Option<f64>,
        interviewed: bool,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        check_published(self.ad(job)?.status)?;
        let known = self.proposal_of(job, trainer);
        let known = known.map(|own| (own.id.clone(), own.invited));
        let id = match known {
            Some((_, false)) => {
                return Err(conflict("already_applied", "the trainer has applied"));
            }
            Some((id, true)) => id,
            None => self.add_proposal(job, trainer, bid, false, now),
        };
        if let Some(proposal) = self.proposals.get_mut(&id) {
            proposal.invited = false;
            proposal.updated = now;
            proposal.bid_usd = bid.unwrap_or(proposal.bid_usd);
            proposal.interview = interviewed.then(|| Interview::new(&id, now));
        }
        let data = json!({"proposalId": id, "jobId": job});
        self.announce(UpdateKind::ProposalReceived, &id, job, data, now)?;
        Ok(id)
    }

    /// Reviews a proposal. Emits `proposal.status_changed` if the status changes.
    pub(crate) fn review(
        &mut self,
        id: &str,
        status: ProposalStatus,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let proposal = self.proposals.get_mut(id);
        let proposal = proposal.ok_or_else(|| Refusal::not_found("proposal"))?;
        if proposal.status == status {
            return Ok(());
        }
        check_not_hired(proposal)?;
        proposal.status = status;
        proposal.updated = now;
        let job = proposal.job.clone();
        let data = json!({"proposalId": id, "status": status});
        Ok(self.announce(UpdateKind::ProposalStatusChanged, id, &job, data, now)?)
    }
}

fn check_published(status: JobStatus) -> Result<(), Refusal> {
    match status {
        JobStatus::Open => Ok(()),
        _ => Err(conflict("job_not_published", "the job is not published")),
    }
}

/// Refuses a proposal whose trainer is hired.
pub(super) fn check_not_hired(proposal: &Proposal) -> Result<(), Refusal> {
    match proposal.status {
        ProposalStatus::Hired => Err(conflict("proposal_already_hired", "the trainer is hired")),
        _ => Ok(()),
    }
}
