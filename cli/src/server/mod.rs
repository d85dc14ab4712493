//! The whole bridge on one machine: intake, queue and provisioner in one process over SQLite.

mod alerts;
mod http;
mod schedule;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use shared::app::Services;
use shared::config::{JobSettings, Schedule};
use shared::connection::Connections;
use shared::http::BaseUrl;
use shared::ledger::{Ledger, Policy, SqliteTable};
use shared::mail::Mailer;
use shared::model::clock::Clock;
use shared::notice::{NoticeSettings, Webhook};
use shared::provision::{Delays, Provisioner};
use shared::queue::{Limits, Queue, SqliteQueue};
use shared::sqlite::Database;
use shared::telemetry::PrometheusMetrics;
use shared::tool::AnnotationTool;
use shared::webhook::Intake;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::control::{ControlServer, Jobs};
use crate::onboard::Onboarding;
use crate::targets::Target;
use crate::worker::{self, JournalKeeper};
pub use alerts::AlertWatch;
use http::{Health, Metrics, Site, max_connections};
pub(crate) use http::{listen, raise_open_files};

pub struct ServerParts {
    pub listener: TcpListener,
    pub database: Database,
    pub connections: Connections,
    pub tool: Arc<dyn AnnotationTool>,
    pub policy: Policy,
    pub clock: Arc<dyn Clock>,
    /// Limits after which a message becomes a dead letter.
    pub limits: Limits,
    /// Delays of failed messages.
    pub delays: Delays,
    /// The default schedules no jobs.
    pub jobs: JobSettings,
    pub notices: NoticeSettings,
    /// Sends invitations; `None` if no mail server is configured.
    pub mail: Option<Mailer>,
    /// Services whose state `GET /readyz` shows under these names.
    pub services: Vec<(&'static str, BaseUrl)>,
    /// Settings and connections of this process, for `bridge check` and for the pages on which customers connect.
    /// Without them, these pages are not served.
    pub target: Option<Target>,
}

impl ServerParts {
    fn provisioner(&self, queue: &Arc<dyn Queue>, ledger: &Ledger) -> Provisioner {
        let services = Services {
            tool: Arc::clone(&self.tool),
            policy: self.policy.clone(),
            notices: self.notices.clone(),
            jobs: self.jobs,
            mail: self.mail.clone(),
        };
        let (connections, clock) = (self.connections.clone(), Arc::clone(&self.clock));
        Provisioner {
            delays: self.delays,
            ..services.provisioner(connections, ledger.clone(), Arc::clone(queue), clock)
        }
    }

    /// The queue, including messages that an earlier process has received and not finished.
    async fn queue(&self) -> anyhow::Result<Arc<dyn Queue>> {
        let clock = Arc::clone(&self.clock);
        let queue = SqliteQueue::new(self.database.clone(), clock, self.limits);
        queue.take_over().await.context("the queue can't be read")?;
        Ok(Arc::new(queue))
    }

    /// Deletes old rows until the stop.
    fn purge(&self, stopped: watch::Receiver<bool>) -> impl Future<Output = ()> + use<> {
        let table = Arc::new(SqliteTable::new(self.database.clone()));
        let claims = Arc::new(SqliteTable::claims(self.database.clone()));
        let clock = Arc::clone(&self.clock);
        worker::purge([table, claims], self.database.clone(), clock, stopped)
    }

    fn health(&self, queue: &Arc<dyn Queue>) -> Arc<Health> {
        Arc::new(Health::new(
            self.database.clone(),
            Arc::clone(queue),
            self.connections.clone(),
            self.services.clone(),
        ))
    }
}

/// The pages for customers.
async fn pages(
    target: Option<Target>,
    ledger: &Ledger,
    jobs: &Arc<Jobs>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Option<Arc<Onboarding>>> {
    let Some(target) = target else {
        return Ok(None);
    };
    let (jobs, clock) = (Arc::clone(jobs), Arc::clone(clock));
    let pages = Onboarding::new(target, ledger.clone(), jobs, clock).await?;
    Ok(Some(Arc::new(pages)))
}

/// Serves until the stop, and until the customers' tasks have ended.
async fn serve(listener: TcpListener, site: Site, stopped: watch::Receiver<bool>) {
    let onboarding = site.onboarding.clone();
    http::serve(listener, site, max_connections(), stopped).await;
    if let Some(pages) = onboarding {
        pages.finished().await;
    }
}

fn work(tasks: &mut JoinSet<()>, provisioner: &Provisioner, stopped: &watch::Receiver<bool>) {
    for _ in 0..worker::WORKERS {
        let queue = Arc::clone(&provisioner.queue);
        tasks.spawn(worker::work(provisioner.clone(), queue, stopped.clone()));
    }
}

/// Starts the scheduled jobs.
fn by_themselves(
    tasks: &mut JoinSet<()>,
    provisioner: &Provisioner,
    jobs: &Arc<Jobs>,
    settings: &JobSettings,
    stopped: &watch::Receiver<bool>,
) {
    let (notices, connections) = (provisioner.notices.clone(), provisioner.connections.clone());
    let run = schedule::notices(notices, connections);
    let period = schedule::NOTICES_EVERY;
    tasks.spawn(schedule::every(period, "notices", run, stopped.clone()));
    if let Some(period) = settings.schedule.reconcile_every {
        let run = schedule::reconcile(Arc::clone(jobs));
        tasks.spawn(schedule::every(period, "reconcile", run, stopped.clone()));
    }
    if let Some(period) = settings.schedule.usage_every {
        let run = schedule::usage(Arc::clone(jobs));
        tasks.spawn(schedule::every(period, "usage", run, stopped.clone()));
    }
}

pub struct Server {
    address: SocketAddr,
    queue: Arc<dyn Queue>,
    ledger: Ledger,
    jobs: Arc<Jobs>,
    health: Arc<Health>,
    journal: JournalKeeper,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Maximum number of connections to the administrators' site.
const ADMIN_CONNECTIONS: usize = 64;

/// Time that a stop waits for work in progress. Unfinished work is repeated after the next start.
const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    /// Starts all tasks. Fails if the database can't be used.
    pub async fn start(mut parts: ServerParts) -> anyhow::Result<Self> {
        let address = parts
            .listener
            .local_addr()
            .context("the listening address can't be read")?;
        let queue = parts.queue().await?;
        let ledger = Ledger::in_database(&parts.database, Arc::clone(&parts.clock));
        let provisioner = parts.provisioner(&queue, &ledger);
        let target = parts.target.take();
        let settings = target.as_ref().map(|it| it.vars().clone());
        let jobs = Jobs::new(provisioner.clone(), &parts.jobs).with_settings(settings);
        let jobs = Arc::new(jobs);
        let onboarding = pages(target, &ledger, &jobs, &parts.clock).await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        work(&mut tasks, &provisioner, &stopped);
        by_themselves(&mut tasks, &provisioner, &jobs, &parts.jobs, &stopped);
        tasks.spawn(parts.purge(stopped.clone()));
        if let Some(control) = ControlServer::open(parts.database.path()) {
            tasks.spawn(control.attend(Arc::clone(&jobs), stopped.clone()));
        }
        let health = parts.health(&queue);
        let journal = JournalKeeper::new(&parts.database, &parts.clock);
        tasks.spawn(journal.clone().keep(stopped.clone()));
        let intake = Intake::new(parts.connections, Arc::clone(&queue), parts.clock)
            .recording(journal.journal());
        let intake = Arc::new(intake);
        let site = Site {
            intake: Some(intake),
            health: Arc::clone(&health),
            metrics: None,
            onboarding,
        };
        tasks.spawn(serve(parts.listener, site, stopped));
        Ok(Self {
            address,
            queue,
            ledger,
            jobs,
            health,
            journal,
            stop,
            tasks,
        })
    }

    /// Serves metrics and health to administrators.
    pub fn administer(&mut self, listener: TcpListener, counters: PrometheusMetrics) {
        let site = Site {
            intake: None,
            health: Arc::clone(&self.health),
            metrics: Some(Metrics::new(
                counters,
                Arc::clone(&self.queue),
                self.ledger.clone(),
            )),
            onboarding: None,
        };
        let stopped = self.stop.subscribe();
        self.tasks
            .spawn(http::serve(listener, site, ADMIN_CONNECTIONS, stopped));
    }

    /// Posts what needs an operator to `webhook`.
    pub fn alert(&mut self, webhook: Webhook, clock: Arc<dyn Clock>, schedule: Schedule) {
        let watch = AlertWatch::of(self, webhook, clock, schedule);
        self.tasks.spawn(watch.run(self.stop.subscribe()));
    }

    /// URL for a connection's deliveries.
    pub fn hook(&self, connection: &str) -> String {
        format!("http://{}/hooks/{connection}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn queue(&self) -> &Arc<dyn Queue> {
        &self.queue
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Stops accepting deliveries, and finishes work in progress.
    pub async fn stop(mut self) {
        // Without receivers it has already stopped.
        let _gone = self.stop.send(true);
        let finished = tokio::time::timeout(PATIENCE, async {
            while self.tasks.join_next().await.is_some() {}
        });
        if finished.await.is_err() {
            tracing::warn!(
                "work in progress took over 20 s; it is repeated after the next start, except a customer's form"
            );
        }
        // The deliveries that were answered during the stop.
        self.journal.store().await;
    }
}
