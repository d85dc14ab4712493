//! The steps between the bridge, the tool and the Platform API.

use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use jiff::tz::TimeZone;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::opentrain::EndpointStatus;
use shared::tool::{Ask, Granted, Membership, MembershipStatus, Window};
use shared::usage;

use super::report::Seen;
use super::{Rehearsal, known};
use crate::control::{Order, ask_at, is_running};
use crate::setup::link::{NewLink, create};

/// The work that a sandbox's trainer does.
const WORKED: Duration = Duration::from_secs(5400);

impl Rehearsal {
    /// Checks what can be checked before anything is made.
    pub(super) async fn ready(&mut self) -> anyhow::Result<Seen> {
        self.employer_is_ready().await?;
        let project = self.project();
        let found = self.tool.project(&project).await?;
        let links = self.session.platform.links().await?.whole();
        let links = links.map_err(|named| {
            anyhow!("OpenTrain's list of links can't be read completely: {named}")
        })?;
        let mut links = links.iter();
        if let Some(link) = links.find(|link| link.external_project_id == project) {
            bail!(
                "project {project} is linked already, by {}: name a project without a link",
                link.id
            );
        }
        ensure!(
            is_running(&self.target).await != Some(false),
            "no bridge runs on this database: start it with `bridge serve`"
        );
        let endpoints = self.session.platform.endpoints().await?;
        let mut endpoints = endpoints.readable().iter();
        let endpoint = endpoints.find(|own| own.status == EndpointStatus::Active);
        let endpoint =
            endpoint.context("no webhook endpoint is enabled: run `bridge subscribe`")?;
        Ok(Seen::Proven(format!(
            "project {} ({}), endpoint {} at {}",
            found.id, found.name, endpoint.id, endpoint.url
        )))
    }

    fn project(&self) -> ProjectId {
        ProjectId::from(self.state.project.as_str())
    }

    pub(super) async fn link(&mut self) -> anyhow::Result<Seen> {
        let job = known(&self.state.job)?;
        let link = match self.link_if_any().await? {
            Some(link) => link,
            None => {
                let new = NewLink {
                    job: &job,
                    project: &self.project(),
                    managed: false,
                };
                let link = create(&self.session, self.tool.as_ref(), &new).await;
                link.map_err(|error| anyhow!("{error}"))?.id
            }
        };
        self.state.link = Some(link.clone());
        Ok(Seen::Proven(format!("link {link}")))
    }

    pub(super) async fn access(&mut self) -> anyhow::Result<Seen> {
        let trainer = self.trainer().await?;
        let seen = async || self.granted(&trainer).await;
        let why = "the tool shows no access (see `bridge check` and `bridge status`)";
        let granted = self.until(why, seen).await?;
        self.state.trainer = Some(trainer.trainer.clone());
        self.state.member = granted.member;
        let standing = match granted.status {
            MembershipStatus::Active => "can work",
            MembershipStatus::Invited(_) => "has an invitation",
            MembershipStatus::Unclaimed(_) => "has an account to hand over",
        };
        Ok(Seen::Proven(format!(
            "{} {standing}, read from the tool",
            trainer.trainer
        )))
    }

    pub(super) async fn work(&mut self) -> anyhow::Result<Seen> {
        if !self.measures().await? {
            return Ok(Seen::Skipped("the tool measures no work".to_owned()));
        }
        let trainer = known(&self.state.trainer)?;
        if !self.has_worked(&trainer).await? {
            self.report.ask(&format!(
                "{trainer} has to work in project {} of the tool",
                self.state.project
            ));
        }
        let contract = known(&self.state.contract)?;
        let options = usage::Options {
            contract: Some(contract.clone()),
            by_hand: true,
            ..usage::Options::default()
        };
        let reported = async || {
            let order = Order::Usage(options.clone());
            let report = ask_at::<usage::Report>(&self.target, &order, &unwatched).await;
            let report = report.map_err(|error| anyhow!("{error}"))?;
            report.all_done().map_err(anyhow::Error::msg)?;
            let days = report.entries() as u64 + report.unchanged;
            Ok((days > 0).then_some(days))
        };
        let days = self.until("there was no work to report", reported).await?;
        Ok(Seen::Proven(format!("days of contract {contract}: {days}")))
    }

    async fn measures(&self) -> anyhow::Result<bool> {
        let today = today();
        let ask = Ask::of(Window {
            from: today,
            to: today,
        });
        Ok(self.tool.totals(&self.project(), &ask).await?.is_some())
    }

    /// Works in the sandbox's tool. Returns false without one.
    async fn has_worked(&self, trainer: &TrainerId) -> anyhow::Result<bool> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(false);
        };
        let project = self.state.project.as_str();
        sandbox
            .work(project, trainer.as_str(), today(), WORKED)
            .await
    }

    pub(super) async fn budget(&mut self) -> anyhow::Result<Seen> {
        if !self.measures().await? {
            return Ok(Seen::Skipped("the tool measures no work".to_owned()));
        }
        let contract = known(&self.state.contract)?;
        let consumed = async || {
            let budget = self.session.platform.budget(&contract).await?;
            let all = [
                (budget.consumed.seconds, "seconds"),
                (budget.consumed.tasks, "tasks"),
                (budget.consumed.labels, "labels"),
            ];
            let some = all.into_iter();
            let some = some.filter(|(count, _)| count.unwrap_or_default() > 0.0);
            let some: Vec<String> = some
                .map(|(count, unit)| format!("{} {unit}", count.unwrap_or_default()))
                .collect();
            Ok((!some.is_empty()).then(|| some.join(", ")))
        };
        let why = "OpenTrain's budget shows no work";
        let consumed = self.until(why, consumed).await?;
        Ok(Seen::Proven(format!("OpenTrain counts {consumed}")))
    }

    /// Waits until the trainer has no access, if one was hired.
    pub(super) async fn removal(&mut self) -> anyhow::Result<Seen> {
        if self.state.contract.is_none() {
            return Ok(Seen::Skipped("there was no hire".to_owned()));
        }
        let trainer = self.trainer().await?;
        ensure!(
            !trainer.accounts.is_empty() || !trainer.emails.is_empty(),
            "OpenTrain no longer shows the trainer's address, and no account is known: verify in the tool that {} has no access",
            trainer.trainer
        );
        let gone = async || self.left(&trainer).await;
        let left = self.until("the tool still shows access", gone).await?;
        Ok(Seen::Proven(format!(
            "{} {left}, read from the tool",
            trainer.trainer
        )))
    }

    /// What the tool shows of a trainer without access; `None` while there is access. A tool whose invitations have no
    /// address counts each person without an account as invited, so only the accounts decide then.
    async fn left(&self, trainer: &Membership) -> anyhow::Result<Option<&'static str>> {
        let is_invited = match self.granted(trainer).await? {
            None => return Ok(Some("has no access")),
            Some(granted) => matches!(granted.status, MembershipStatus::Invited(_)),
        };
        let uninvited = Membership {
            let_in: false,
            ..trainer.clone()
        };
        let has_none = is_invited && self.granted(&uninvited).await?.is_none();
        Ok(has_none.then_some("has no account with access"))
    }

    async fn granted(&self, trainer: &Membership) -> anyhow::Result<Option<Granted>> {
        Ok(self.tool.access(&self.project(), trainer).await?)
    }

    /// The hired trainer, as the tool knows them.
    async fn trainer(&self) -> anyhow::Result<Membership> {
        let contract = known(&self.state.contract)?;
        let people = self.session.platform.participants(&contract).await?;
        let person = people.readable().first();
        let person = person.context("OpenTrain lists no participant of the contract")?;
        Ok(Membership {
            trainer: person.opentrain_user_id.clone(),
            accounts: self.state.member.clone().into_iter().collect(),
            emails: person.work_email.clone().into_iter().collect(),
            let_in: true,
            witnessed: true,
            keeps: Vec::new(),
        })
    }
}

fn today() -> jiff::civil::Date {
    SystemClock.now().to_zoned(TimeZone::UTC).date()
}
