//! The employer's steps, by the Public API.

use anyhow::{Context, bail, ensure};
use serde_json::{Map, Value};
use shared::model::ids::{ApprovalId, ProposalId};
use shared::opentrain::ContractStatus;
use shared::opentrain::public::{
    Approval, ApprovalStatus, Description, Hire, HireMilestone, NewDraft, NewMilestone, PageQuery,
};

use super::{Rehearsal, known};

/// Scopes of the token that the steps need.
const SCOPES: [&str; 3] = ["jobs:write", "proposals:write", "payments:write"];

/// Hourly price of the job, in US dollars.
const PRICE: f64 = 10.0;

impl Rehearsal {
    pub(super) async fn account(&self) -> anyhow::Result<String> {
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
        let organization = me.account.organization_id.unwrap_or_default();
        Ok(format!(
            "organisation {organization}, token {}",
            me.token.id
        ))
    }

    pub(super) async fn draft(&mut self) -> anyhow::Result<String> {
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
        Ok(format!("job {}", draft.job_id))
    }

    pub(super) async fn publish(&self) -> anyhow::Result<String> {
        let published = self.employer.publish(&known(&self.state.job)?).await?;
        let url = published.job_url.unwrap_or_default();
        Ok(format!("job {} is open: {url}", published.job_id))
    }

    pub(super) async fn proposal(&mut self) -> anyhow::Result<String> {
        let job = known(&self.state.job)?;
        match &self.sandbox {
            Some(sandbox) => sandbox.propose(job.as_str(), None).await?,
            None => self.report.ask(&format!(
                "a trainer has to apply for job {job}: invite one with `bridge employer invite-trainer {job} TRAINER`"
            )),
        }
        let seen = self.until("no trainer applied", async || self.first_proposal().await);
        let (proposal, trainer) = seen.await?;
        self.state.proposal = Some(proposal.clone());
        Ok(format!("proposal {proposal} of {trainer}"))
    }

    async fn first_proposal(&self) -> anyhow::Result<Option<(ProposalId, String)>> {
        let job = known(&self.state.job)?;
        let page = self.employer.proposals(&job, &PageQuery::default()).await?;
        let first = page.items.readable().first();
        Ok(first.map(|own| {
            let trainer = own.candidate.as_ref().map(|own| own.id.to_string());
            (own.id.clone(), trainer.unwrap_or_default())
        }))
    }

    pub(super) async fn hire(&mut self) -> anyhow::Result<String> {
        if self.state.approval.is_none() {
            let hire = Hire {
                milestone: HireMilestone {
                    name: Some("Rehearsal".to_owned()),
                    amount: self.args.amount,
                    ..HireMilestone::default()
                },
                despite_not_a_fit: false,
            };
            let proposal = known(&self.state.proposal)?;
            let requested = self.employer.hire(&proposal, &hire).await?;
            self.state.approval = Some(requested.approval.id);
        }
        let approval = self.confirmed().await?;
        let contract = approval.hired_contract();
        let contract = contract.context("the approval names no contract")?;
        self.state.contract = Some(contract.clone());
        Ok(format!(
            "approval {} confirmed, contract {contract}",
            approval.id
        ))
    }

    pub(super) async fn fund(&mut self) -> anyhow::Result<String> {
        let milestone = match &self.state.milestone {
            Some(milestone) => milestone.clone(),
            None => {
                let new = NewMilestone {
                    description: "Rehearsal, second part".to_owned(),
                    volume: Some(1.0),
                    ..NewMilestone::default()
                };
                let contract = known(&self.state.contract)?;
                self.employer.create_milestone(&contract, &new).await?.id
            }
        };
        self.state.milestone = Some(milestone.clone());
        if self.state.approval.is_none() {
            let requested = self.employer.fund_milestone(&milestone).await?;
            self.state.approval = Some(requested.approval.id);
        }
        let approval = self.confirmed().await?;
        Ok(format!(
            "approval {} confirmed, milestone {milestone}",
            approval.id
        ))
    }

    /// Ends the contract, if there is one.
    pub(super) async fn end(&mut self) -> anyhow::Result<String> {
        let Some(contract) = self.state.contract.clone() else {
            return Ok("there was no hire".to_owned());
        };
        let is_over = async || {
            let own = self.employer.contract(&contract).await?;
            anyhow::Ok((own.status == ContractStatus::Ended).then_some(()))
        };
        if is_over().await?.is_none() {
            if self.state.approval.is_none() {
                let ended = self.employer.end_contract(&contract).await?;
                self.state.approval = ended.approval.map(|own| own.id);
            }
            if self.state.approval.is_some() {
                self.confirmed().await?;
            }
        }
        let is_over = async || {
            let own = self.employer.contract(&contract).await?;
            Ok((own.status == ContractStatus::Ended).then_some(()))
        };
        self.until("the contract has not ended", is_over).await?;
        Ok(format!("contract {contract}"))
    }

    /// Closes the job, if there is one.
    pub(super) async fn close(&self) -> anyhow::Result<String> {
        let Some(job) = &self.state.job else {
            return Ok("there is no job".to_owned());
        };
        self.employer.close_job(job).await?;
        Ok(format!("job {job}"))
    }

    /// Waits until a human has confirmed the request. With `--approve` the sandbox does.
    async fn confirmed(&mut self) -> anyhow::Result<Approval> {
        let id = known(&self.state.approval)?;
        // A repeated command waits for the same request.
        self.state.write(&self.args.state)?;
        match &self.sandbox {
            Some(sandbox) => self.confirm(sandbox, &id).await?,
            None => {
                let approval = self.employer.approval(&id).await?;
                let url = approval.approval_url.unwrap_or_default();
                self.report
                    .ask(&format!("a human has to confirm it: {url}"));
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

    async fn confirm(&self, sandbox: &super::Sandbox, id: &ApprovalId) -> anyhow::Result<()> {
        match self.employer.approval(id).await?.status {
            ApprovalStatus::Pending => sandbox.confirm(id.as_str()).await,
            _ => Ok(()),
        }
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
