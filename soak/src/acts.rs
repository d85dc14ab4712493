//! Carries out acts: at OpenTrain, in the tool, among the processes, and as the operator.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use shared::model::ConnectionName;
use shared::model::progress::unwatched;
use shared::provision::EndRequest;
use shared::usage::Options;
use shared::webhook::Delivery;
use simulator::{ContractStatus, ContractView, Hold};

use crate::books::Job;
use crate::post::judge;
use crate::story::Act;
use crate::world::World;

/// Result of an act of the operator or a customer. Without faults the act cannot fail.
pub(crate) type Done<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The connection of a customer.
pub(crate) fn connection(customer: usize) -> Done<ConnectionName> {
    Ok(ConnectionName::parse(&format!("c{customer}")).map_err(|_| "a bad name")?)
}

fn pick<T>(all: &[T], nth: usize) -> Option<&T> {
    all.get(nth % all.len().max(1))
}

impl World {
    /// Carries out an act.
    pub(crate) async fn act(self: &Arc<Self>, act: Act) -> Done<()> {
        let opentrain = &self.around.opentrain;
        match act {
            Act::Hire { job, trainer } => {
                let trainer = format!("usr_{}", trainer % self.shape.trainers);
                if let Some(job) = self.job(job) {
                    let _hired = opentrain.hire(&job.id, &trainer);
                }
            }
            Act::End(nth) => {
                if let Some(contract) = self.contract(nth, ContractStatus::Active) {
                    let _ended = opentrain.end_contract(&contract.id);
                }
            }
            Act::Work { contract, seconds } => self.work(contract, seconds),
            Act::Lose(count) => opentrain.lose_events(count),
            Act::Replay(nth) => {
                let all = opentrain.deliveries();
                if let Some(delivery) = pick(&all, nth) {
                    let _replayed = opentrain.replay(&delivery.id);
                }
            }
            Act::Hold => opentrain.hold(Hold::all()),
            Act::Release => opentrain.release(),
            Act::Reconcile => self.reconcile(),
            Act::Report => self.report(),
            Act::Deploy => self.deploy(),
            Act::Step(hours) => self.step(hours),
            Act::Outage { site, minutes } => {
                let time = Duration::from_secs(u64::from(minutes) * 60);
                self.hub().out(site, time);
            }
            Act::Garbage(nth) => self.garbage(nth).await?,
            Act::BadMessage => {
                self.books().entries().unreadable += 1;
                let now = self.hub().now();
                self.around
                    .messages
                    .inject("{\"v\": 1, \"kind\": \"unheard\"}", now);
            }
            Act::Expel(nth) => self.expel(nth),
            Act::DeleteProject(nth) => {
                if let Some(job) = self.job(nth) {
                    self.around.floor.content().deleted.insert(job.project);
                }
            }
            _ => self.as_customer(act).await?,
        }
        Ok(())
    }

    async fn as_customer(self: &Arc<Self>, act: Act) -> Done<()> {
        match act {
            Act::Unlink(nth) => self.unlink(nth).await?,
            Act::Relink { job, managed } => {
                self.unlink(job).await?;
                if let Some(job) = self.job(job) {
                    self.link(&job, &job.project, managed).await?;
                }
            }
            Act::Foreign(nth) => self.foreign(nth).await?,
            Act::NewEmail(nth) => {
                let trainer = nth % self.shape.trainers;
                let email = format!("usr_{trainer}.{nth}@opentrain.work");
                let id = format!("usr_{trainer}");
                let _set = self.around.opentrain.set_work_email(&id, Some(&email));
            }
            Act::Fund(nth) => {
                if let Some(contract) = self.contract(nth, ContractStatus::Active) {
                    let _funded = self.around.opentrain.fund(&contract.id, 1.0, 20.0);
                }
            }
            Act::Rotate(nth) => {
                let customer = nth % self.shape.customers;
                self.books().entries().needs_reconcile = true;
                self.subscribe(customer).await?;
            }
            Act::Redeliver(nth) => self.redeliver(nth % self.shape.customers).await?,
            Act::Reconnect(nth) => self.reconnect(nth % self.shape.customers).await?,
            Act::StateEnd(nth) => {
                if let Some(contract) = self.contract(nth, ContractStatus::Ended) {
                    let request = EndRequest {
                        id: contract.id,
                        dry_run: false,
                    };
                    let world = Arc::clone(self);
                    tokio::spawn(async move {
                        let _stated = world.operator.provisioner().end(&request).await;
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn job(&self, nth: usize) -> Option<Job> {
        pick(&self.books().entries().jobs, nth).cloned()
    }

    fn contract(&self, nth: usize, status: ContractStatus) -> Option<ContractView> {
        let mut all = self.around.opentrain.contracts();
        all.retain(|it| it.status == status);
        pick(&all, nth).cloned()
    }

    /// A trainer with a contract and access works.
    fn work(&self, nth: usize, seconds: u32) {
        let Some(contract) = self.contract(nth, ContractStatus::Active) else {
            return;
        };
        let mut entries = self.books().entries();
        let job = entries
            .jobs
            .iter()
            .find(|job| job.id == contract.job_id)
            .cloned();
        let (Some(job), Some(trainer)) = (job, contract.trainer_id) else {
            return;
        };
        let mut content = self.around.floor.content();
        if !content
            .access()
            .contains(&(job.project.clone(), trainer.clone()))
        {
            return;
        }
        let day = self.hub().now().to_zoned(TimeZone::UTC).date();
        let key = (job.project, trainer, day);
        let work = content.work.entry(key.clone()).or_default();
        *work += i64::from(seconds);
        entries.work.insert(key, *work);
    }

    /// The tool loses a member.
    fn expel(&self, nth: usize) {
        self.books().entries().needs_reconcile = true;
        let mut content = self.around.floor.content();
        let all: Vec<_> = content.members.iter().cloned().collect();
        if let Some(member) = pick(&all, nth) {
            content.members.remove(member);
        }
    }

    /// A signed delivery arrives whose body is no event.
    async fn garbage(self: &Arc<Self>, nth: usize) -> Done<()> {
        let customer = nth % self.shape.customers;
        let name = connection(customer)?;
        let own = self.around.keeper.get(&name).ok_or("no connection")?;
        let body = format!("{{\"id\": {nth}, \"type\": 7}}");
        let secret = own.webhooks.first().ok_or("no secret")?;
        let signature = secret.secret.sign(body.as_bytes(), self.hub().now());
        let Some(process) = self.any() else {
            return Ok(());
        };
        let world = Arc::clone(self);
        tokio::spawn(async move {
            let was_troubled = process.life.is_troubled();
            let delivery = Delivery {
                connection: name.as_str(),
                signature: Some(&signature),
                delivery: None,
                body: body.as_bytes(),
            };
            let taken = process.life.run(process.intake.take(delivery)).await;
            if let Some(Err(refused)) = taken {
                judge(&world, refused, was_troubled || process.life.is_troubled());
            }
        });
        Ok(())
    }

    /// Starts a scheduled reconcile in one of the processes.
    fn reconcile(&self) {
        let Some(process) = self.any() else { return };
        tokio::spawn(async move {
            let run = async {
                let (jobs, _) = process.reconciler.plan().await?;
                for job in jobs {
                    process.reconciler.job(&job).await?;
                }
                Ok::<_, shared::model::failure::Failure>(())
            };
            let _done = process.life.run(run).await;
        });
    }

    /// Starts a scheduled report in one of the processes.
    fn report(&self) {
        let Some(process) = self.any() else { return };
        tokio::spawn(async move {
            let reporter = process.provisioner().reporter();
            let options = Options::default();
            let report = reporter.report(&options, &unwatched);
            let _done = process.life.run(report).await;
        });
    }

    /// The clock of a process is set wrong.
    fn step(&self, hours: i64) {
        self.books().entries().was_behind |= hours < 0;
        if let Some(process) = self.any() {
            self.hub()
                .note(|| format!("process {} is {hours} h ahead", process.life.id));
            process.life.set_ahead(hours * 3_600_000);
        }
    }
}
