//! The employer's steps, by the Public API.

use anyhow::{Context, bail, ensure};
use serde_json::{Map, Value};
use shared::model::ids::{ApprovalId, ContractId, MilestoneId, ProposalId};
use shared::opentrain::public::{
    Approval, ApprovalStatus, Description, Hire, HireMilestone, NewDraft, NewMilestone, PageQuery,
};

use super::report::Seen;
use super::step::Step;
use super::{Rehearsal, known};

/// Scopes of the token that the steps need.
const SCOPES: [&str; 3] = ["jobs:write", "proposals:write", "payments:write"];

/// Hourly price of the job, in US dollars.
const PRICE: f64 = 10.0;

/// The milestone that is funded after the hire.
const SECOND: &str = "Rehearsal, second part";

impl Rehearsal {
    /// Checks the scopes of the employer's token.
    pub(super) async fn employer_is_ready(&self) -> anyhow::Result<()> {
        let me = self.employer.me().await?;
        let missing = SCOPES.iter().filter(|scope| {
            let granted = |own: &String| own == *scope;
            !me.token.scopes.iter().any(granted)
        });
        let missing: Vec<&str> = missing.copied().collect();
        ensure!(
            missing.is_empty(),
            "the employer's token lacks {}: make one in OpenTrain's app (Settings → API keys)",
            missing.join(", ")
        );
        Ok(())
    }

    /// Drafts the job. The key makes a repeated draft the same job.
    pub(super) async fn draft(&mut self) -> anyhow::Result<Seen> {
        self.state.is_drafted = true;
        self.save()?;
        let new = NewDraft {
            description: Description::Fields(job(
                "Rehearsal of the bridge",
                "A rehearsal of access, reports and payment. Please do not apply.",
            )),
            external_id: None,
            idempotency_key: Some(self.state.key.clone()),
        };
        let draft = self.employer.create_draft(&new).await?;
        self.state.job = Some(draft.job_id.clone());
        self.save()?;
        let mut more = Map::new();
        for field in draft.missing() {
            ensure!(
                !field.example.is_null(),
                "OpenTrain requires `{}`: {}",
                field.field,
                field.prompt.as_deref().unwrap_or("set it in the draft")
            );
            more.insert(field.key().to_owned(), field.example.clone());
        }
        if !more.is_empty() {
            self.employer.update_draft(&draft.job_id, &more).await?;
        }
        Ok(Seen::Proven(format!("job {}", draft.job_id)))
    }

    pub(super) async fn publish(&mut self) -> anyhow::Result<Seen> {
        let published = self.employer.publish(&known(&self.state.job)?).await?;
        let url = published.job_url.unwrap_or_default();
        Ok(Seen::Proven(format!(
            "job {} is open: {url}",
            published.job_id
        )))
    }

    pub(super) async fn proposal(&mut self) -> anyhow::Result<Seen> {
        let job = known(&self.state.job)?;
        match &self.sandbox {
            Some(sandbox) => sandbox.propose(job.as_str(), None).await?,
            None => self.report.ask(&format!(
                "a trainer of yours has to apply for job {job}. To invite one: `bridge employer invite-trainer {job} TRAINER`"
            )),
        }
        let seen = self.until("no trainer applied", async || self.first_proposal().await);
        let (proposal, trainer) = seen.await?;
        self.state.proposal = Some(proposal.clone());
        Ok(Seen::Proven(format!("proposal {proposal} of {trainer}")))
    }

    async fn first_proposal(&self) -> anyhow::Result<Option<(ProposalId, String)>> {
        let job = known(&self.state.job)?;
        let page = self.employer.proposals(&job, &PageQuery::default()).await?;
        let open = |raw: Option<&str>| !matches!(raw, Some("DECLINED" | "NOT_A_FIT"));
        let mut all = page.items.readable().iter();
        let first = all.find(|own| open(own.status.raw.as_deref()));
        Ok(first.map(|own| {
            let trainer = own.candidate.as_ref().map(|own| own.id.to_string());
            (own.id.clone(), trainer.unwrap_or_default())
        }))
    }

    pub(super) async fn hire(&mut self) -> anyhow::Result<Seen> {
        let proposal = known(&self.state.proposal)?;
        self.state.is_hired = true;
        self.save()?;
        if self.state.pending(Step::Hire).is_none() {
            let why = "the trainer has not answered the invitation";
            let asked = self.until(why, async || self.asked_to_hire(&proposal).await);
            self.state.approval = Some((Step::Hire, asked.await?));
            self.save()?;
        }
        let what = format!(
            "the hire of proposal {proposal} for ${} and fees",
            self.state.amount
        );
        let approval = self.confirmed(Step::Hire, &what).await?;
        let contract = approval.hired_contract();
        let contract = contract.context("the approval names no contract")?;
        self.state.contract = Some(contract.clone());
        Ok(Seen::Proven(format!(
            "approval {} confirmed, contract {contract}",
            approval.id
        )))
    }

    /// Requests the hire. An invited trainer has to answer first.
    async fn asked_to_hire(&self, proposal: &ProposalId) -> anyhow::Result<Option<ApprovalId>> {
        match self
            .employer
            .hire(proposal, &terms(self.state.amount))
            .await
        {
            Ok(requested) => Ok(Some(requested.approval.id)),
            Err(error) if error.reason() == Some("proposal_not_ready") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn fund(&mut self) -> anyhow::Result<Seen> {
        let contract = known(&self.state.contract)?;
        let milestone = self.second_milestone(&contract).await?;
        self.state.milestone = Some(milestone.clone());
        self.save()?;
        if self.state.pending(Step::Fund).is_none() {
            let requested = self.employer.fund_milestone(&milestone).await?;
            self.state.approval = Some((Step::Fund, requested.approval.id));
            self.save()?;
        }
        let what = format!(
            "the funding of milestone {milestone}, ${} and fees",
            self.state.amount
        );
        let approval = self.confirmed(Step::Fund, &what).await?;
        Ok(Seen::Proven(format!(
            "approval {} confirmed, milestone {milestone}",
            approval.id
        )))
    }

    /// The milestone to fund. Finds an existing one, whose answer may have been lost, by its name.
    async fn second_milestone(&self, contract: &ContractId) -> anyhow::Result<MilestoneId> {
        let own = self.employer.contract(contract).await?;
        let mut known = own.milestones.iter();
        if let Some(known) = known.find(|it| it.name.as_deref() == Some(SECOND)) {
            return Ok(known.id.clone());
        }
        // The amount of work by the hour is its volume at the contract's rate.
        let rate = own.rate_usd.filter(|rate| *rate > 0.0).unwrap_or(PRICE);
        let new = NewMilestone {
            name: Some(SECOND.to_owned()),
            description: SECOND.to_owned(),
            volume: Some(self.state.amount / rate),
            ..NewMilestone::default()
        };
        Ok(self.employer.create_milestone(contract, &new).await?.id)
    }

    /// Waits until a human has confirmed the request of this step. With `--approve` the sandbox confirms it.
    pub(super) async fn confirmed(&mut self, step: Step, what: &str) -> anyhow::Result<Approval> {
        let id = self.state.pending(step);
        let id = id.context("there is no request to confirm")?;
        let approval = self.employer.approval(&id).await?;
        if approval.status == ApprovalStatus::Pending {
            match &self.sandbox {
                Some(sandbox) => sandbox.confirm(id.as_str()).await?,
                None => {
                    let url = approval.approval_url.unwrap_or_default();
                    self.report
                        .ask(&format!("a human has to confirm {what}: {url}"));
                }
            }
        }
        let decided = async || {
            let approval = self.employer.approval(&id).await?;
            Ok((approval.status != ApprovalStatus::Pending).then_some(approval))
        };
        let approval = self.until("there was no decision", decided).await?;
        self.state.approval = None;
        match approval.status {
            ApprovalStatus::Confirmed => Ok(approval),
            status => bail!("approval {id} is {}: nothing was spent", status.as_str()),
        }
    }
}

/// Terms of the hire.
pub(super) fn terms(amount: f64) -> Hire {
    Hire {
        milestone: HireMilestone {
            name: Some("Rehearsal".to_owned()),
            amount,
            ..HireMilestone::default()
        },
        despite_not_a_fit: false,
    }
}

/// A whole job by the hour, so that it can be published.
pub(crate) fn job(title: &str, description: &str) -> Map<String, Value> {
    let members: [(&str, Value); 6] = [
        ("jobTitle", title.into()),
        ("jobDescription", description.into()),
        ("dataType", "Image".into()),
        ("experienceLevel", "ANY_EXPERIENCE_LEVEL".into()),
        ("paymentType", "PAY_PER_HOUR".into()),
        ("pricePerHour", PRICE.into()),
    ];
    let named = members.map(|(name, value)| (name.to_owned(), value));
    Map::from_iter(named)
}
