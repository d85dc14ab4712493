//! The last steps: they end what the rehearsal has made, even after an interruption at any point.

use anyhow::{Context, bail};
use shared::model::ids::{ApprovalId, ContractId, LinkId};
use shared::opentrain::public::{Approval, ApprovalStatus, ContractsQuery, Requested};
use shared::opentrain::{ContractStatus, OpenTrainError};

use super::report::Seen;
use super::step::Step;
use super::{Rehearsal, hiring};

impl Rehearsal {
    /// Ends the contract, if there is one.
    pub(super) async fn end(&mut self) -> anyhow::Result<Seen> {
        self.decline_funding().await?;
        let Some(contract) = self.contract_if_any().await? else {
            return Ok(Seen::Skipped("there was no hire".to_owned()));
        };
        self.state.contract = Some(contract.clone());
        self.save()?;
        if !self.is_over(&contract).await? {
            if self.state.pending(Step::End).is_none() {
                let ended = self.employer.end_contract(&contract).await?;
                self.state.approval = ended.approval.map(|own| (Step::End, own.id));
                self.save()?;
            }
            if self.state.pending(Step::End).is_some() {
                self.confirmed(Step::End, &format!("the end of contract {contract}"))
                    .await?;
            }
        }
        let over = async || Ok(self.is_over(&contract).await?.then_some(()));
        self.until("the contract has not ended", over).await?;
        let held = self.held(&contract).await?;
        Ok(Seen::Proven(format!("contract {contract}{held}")))
    }

    async fn is_over(&self, contract: &ContractId) -> anyhow::Result<bool> {
        let own = self.employer.contract(contract).await?;
        Ok(own.status == ContractStatus::Ended)
    }

    /// Money that stays held: the rehearsal pays no milestone out.
    async fn held(&self, contract: &ContractId) -> anyhow::Result<String> {
        let own = self.employer.contract(contract).await?;
        let funded = own.milestones.iter();
        let funded = funded.filter(|it| it.status.as_deref() == Some("ACTIVE_FUNDED"));
        let funded: f64 = funded.filter_map(|it| it.amount_usd).sum();
        Ok(match funded > 0.0 {
            true => format!("; ${funded} of funded milestones stay held at OpenTrain"),
            false => String::new(),
        })
    }

    /// The contract of this rehearsal, even if the answer that named it was lost.
    async fn contract_if_any(&mut self) -> anyhow::Result<Option<ContractId>> {
        if self.state.contract.is_some() || !self.state.is_hired {
            return Ok(self.state.contract.clone());
        }
        if self.state.pending(Step::Hire).is_none()
            && let Some(proposal) = &self.state.proposal
        {
            // OpenTrain returns a pending request again. After a hire, it refuses a new request.
            let terms = hiring::terms(self.state.amount);
            let asked = self.employer.hire(proposal, &terms);
            self.state.approval = unless_refused(asked.await)?.map(|id| (Step::Hire, id));
            self.save()?;
        }
        if let Some(id) = self.state.pending(Step::Hire) {
            let approval = self.employer.approval(&id).await?;
            if approval.status == ApprovalStatus::Pending {
                self.decline(&approval, "the hire").await?;
            }
            self.state.approval = None;
        }
        let job = super::known(&self.state.job)?;
        let query = ContractsQuery {
            job: Some(job),
            status: None,
        };
        let contracts = self.employer.contracts(&query).await?.items;
        let own = contracts.readable().first().map(|own| own.id.clone());
        if own.is_none() && !contracts.is_complete() {
            bail!("OpenTrain's list of contracts can't be read completely");
        }
        Ok(own)
    }

    /// Declines a pending funding, because the rehearsal ends.
    async fn decline_funding(&mut self) -> anyhow::Result<()> {
        if self.state.pending(Step::Fund).is_none()
            && !self.state.done.contains(&Step::Fund)
            && let Some(milestone) = &self.state.milestone
        {
            // OpenTrain returns a pending request again. For a funded milestone, it refuses a new request.
            let asked = self.employer.fund_milestone(milestone);
            self.state.approval = unless_refused(asked.await)?.map(|id| (Step::Fund, id));
            self.save()?;
        }
        let Some(id) = self.state.pending(Step::Fund) else {
            return Ok(());
        };
        let approval = self.employer.approval(&id).await?;
        if approval.status == ApprovalStatus::Pending {
            self.decline(&approval, "the funding").await?;
        }
        self.state.approval = None;
        self.save()
    }

    /// Declines a request on a sandbox. At OpenTrain, waits until a human has decided.
    async fn decline(&self, approval: &Approval, what: &str) -> anyhow::Result<()> {
        if let Some(sandbox) = &self.sandbox {
            return sandbox.decline(approval.id.as_str()).await;
        }
        let url = approval.approval_url.as_deref().unwrap_or_default();
        self.report
            .ask(&format!("a human has to decline {what}: {url}"));
        let decided = async || {
            let approval = self.employer.approval(&approval.id).await?;
            Ok((approval.status != ApprovalStatus::Pending).then_some(()))
        };
        self.until(&format!("{what} still waits for a human"), decided)
            .await
    }

    /// Deletes the link, if there is one.
    pub(super) async fn unlink(&mut self) -> anyhow::Result<Seen> {
        let Some(link) = self.link_if_any().await? else {
            return Ok(Seen::Skipped("there is no link".to_owned()));
        };
        match self.session.platform.delete_link(&link).await {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(Seen::Proven(format!("link {link}"))),
        }
    }

    /// The link between this job and this project, even if the answer that named it was lost.
    pub(super) async fn link_if_any(&self) -> anyhow::Result<Option<LinkId>> {
        let Some(job) = &self.state.job else {
            return Ok(None);
        };
        let links = self.session.platform.links().await?;
        let own = links.readable().iter().find(|link| {
            link.job_id.as_ref() == Some(job)
                && link.external_project_id.as_str() == self.state.project
        });
        if own.is_none() && !links.is_complete() {
            bail!("OpenTrain's list of links can't be read completely");
        }
        Ok(own.map(|link| link.id.clone()))
    }

    /// Closes the job, if there is one.
    pub(super) async fn close(&mut self) -> anyhow::Result<Seen> {
        if !self.state.is_drafted {
            return Ok(Seen::Skipped("there is no job".to_owned()));
        }
        if self.state.job.is_none() {
            // The same key gives the same job.
            self.draft().await?;
        }
        let job = super::known(&self.state.job).context("the job is unknown")?;
        match self.employer.close_job(&job).await {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(Seen::Proven(format!("job {job}"))),
        }
    }
}

/// The request; `None` if the state at OpenTrain forbids it.
fn unless_refused(asked: Result<Requested, OpenTrainError>) -> anyhow::Result<Option<ApprovalId>> {
    match asked {
        Ok(asked) => Ok(Some(asked.approval.id)),
        Err(error) if error.own_status() == Some(409) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
