//! The steps between the bridge, the tool and the Platform API.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Zoned;
use jiff::tz::TimeZone;
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::tool::{Granted, Membership, Standing};
use shared::usage;
use tokio::time::{Instant, interval};

use super::{Rehearsal, known};
use crate::operator::{Order, ask_at};
use crate::setup::link::{NewLink, create};

/// Interval of the looks on a sandbox, which answers at once.
const SOON: Duration = Duration::from_millis(200);

/// Interval of the looks when people act.
const LATER: Duration = Duration::from_secs(5);

/// The work that a sandbox's trainer does.
const WORKED: Duration = Duration::from_secs(5400);

impl Rehearsal {
    /// Waits until `look` sees something. `otherwise` says what was missing.
    pub(super) async fn until<T>(
        &self,
        otherwise: &str,
        look: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + self.args.wait;
        let mut looks = interval(if self.sandbox.is_some() { SOON } else { LATER });
        loop {
            looks.tick().await;
            match look().await? {
                Some(seen) => return Ok(seen),
                None if Instant::now() < deadline => {}
                None => bail!("{otherwise} within {} s", self.args.wait.as_secs()),
            }
        }
    }

    pub(super) async fn link(&mut self) -> anyhow::Result<String> {
        let job = known(&self.state.job)?;
        let new = NewLink {
            job: &job,
            project: &ProjectId::from(self.args.project.as_str()),
            managed: false,
        };
        let link = create(&self.session, self.tool.as_ref(), &new).await;
        let link = link.map_err(|error| anyhow::anyhow!("{error}"))?;
        self.state.link = Some(link.id.clone());
        Ok(format!("link {}", link.id))
    }

    pub(super) async fn access(&mut self) -> anyhow::Result<String> {
        let trainer = self.trainer().await?;
        let seen = async || self.granted(&trainer).await;
        let why = "the tool shows no access (see `bridge check` and `bridge status`)";
        let granted = self.until(why, seen).await?;
        self.state.trainer = Some(trainer.trainer.clone());
        let standing = match granted.standing {
            Standing::Active => "can work",
            Standing::Invited(_) => "has an invitation",
            Standing::Unclaimed(_) => "has an account to hand over",
        };
        Ok(format!(
            "{} {standing}, read from the tool",
            trainer.trainer
        ))
    }

    pub(super) async fn work(&self) -> anyhow::Result<String> {
        let trainer = known(&self.state.trainer)?;
        if !self.has_worked(&trainer).await? {
            let text = format!(
                "{trainer} has to work in project {} of the tool",
                self.args.project
            );
            self.report.ask(&text);
        }
        let contract = known(&self.state.contract)?;
        let options = usage::Options {
            contract: Some(contract.clone()),
            by_hand: true,
            ..usage::Options::default()
        };
        let reported = async || {
            let order = Order::Usage(options.clone());
            let report = ask_at::<usage::Report>(&self.place, &order, &unwatched).await;
            let report = report.map_err(|error| anyhow::anyhow!("{error}"))?;
            report.all_done().map_err(anyhow::Error::msg)?;
            let days = report.entries() as u64 + report.unchanged;
            Ok((days > 0).then_some(days))
        };
        let days = self.until("there was no work to report", reported).await?;
        Ok(format!("days of contract {contract}: {days}"))
    }

    /// Works in the sandbox's tool. Returns false without one.
    async fn has_worked(&self, trainer: &TrainerId) -> anyhow::Result<bool> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(false);
        };
        let today = Zoned::now().with_time_zone(TimeZone::UTC).date();
        let project = self.args.project.as_str();
        sandbox.work(project, trainer.as_str(), today, WORKED).await
    }

    pub(super) async fn budget(&self) -> anyhow::Result<String> {
        let contract = known(&self.state.contract)?;
        let consumed = async || {
            let budget = self.session.platform.budget(&contract).await?;
            let all = [
                (budget.consumed.seconds, "seconds"),
                (budget.consumed.tasks, "tasks"),
                (budget.consumed.labels, "labels"),
            ];
            let some = all
                .into_iter()
                .filter(|(count, _)| count.unwrap_or_default() > 0.0);
            let some: Vec<String> = some
                .map(|(count, unit)| format!("{} {unit}", count.unwrap_or_default()))
                .collect();
            Ok((!some.is_empty()).then(|| some.join(", ")))
        };
        let consumed = self
            .until("OpenTrain's budget shows no work", consumed)
            .await?;
        Ok(format!("OpenTrain counts {consumed}"))
    }

    /// Waits until the trainer has no access, if one had.
    pub(super) async fn removal(&self) -> anyhow::Result<String> {
        if self.state.contract.is_none() {
            return Ok("no access was granted".to_owned());
        }
        let trainer = self.trainer().await?;
        let gone = async || Ok(self.granted(&trainer).await?.is_none().then_some(()));
        self.until("the tool still shows access", gone).await?;
        Ok(format!(
            "{} has no access, read from the tool",
            trainer.trainer
        ))
    }

    pub(super) async fn unlink(&self) -> anyhow::Result<String> {
        let Some(link) = &self.state.link else {
            return Ok("there is no link".to_owned());
        };
        self.session.platform.delete_link(link).await?;
        Ok(format!("link {link}"))
    }

    async fn granted(&self, trainer: &Membership) -> anyhow::Result<Option<Granted>> {
        let project = ProjectId::from(self.args.project.as_str());
        Ok(self.tool.access(&project, trainer).await?)
    }

    /// The hired trainer, as the tool knows them.
    async fn trainer(&self) -> anyhow::Result<Membership> {
        let contract = known(&self.state.contract)?;
        let people = self.session.platform.participants(&contract).await?;
        let person = people.readable().first();
        let person = person.context("OpenTrain lists no participant of the contract")?;
        Ok(Membership {
            trainer: person.opentrain_user_id.clone(),
            accounts: Vec::new(),
            emails: person.work_email.clone().into_iter().collect(),
            let_in: true,
            witnessed: true,
            keeps: Vec::new(),
        })
    }
}
