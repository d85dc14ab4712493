//! OpenTrain (simulated), the bridge, and a real doccano.

use std::sync::Arc;
use std::time::Duration;

use bridge::server::{Server as Bridge, ServerParts};
use shared::config::JobSettings;
use shared::http::{BaseUrl, TIMEOUT};
use shared::ledger::{Access, Item, Ledger, Policy, SqliteTable, Table};
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::notice::NoticeSettings;
use shared::opentrain::ProvisioningMode;
use shared::provision::Delays;
use shared::queue::Limits;
use shared::reconcile::Wish;
use shared::sqlite::Database;
use shared::usage::{Options, Report};
use simulator::{ConsentOptions, JobOptions, OpenTrain, PaymentType, UsageRow};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tools::{Doccano, DoccanoOptions};

use super::admin::{Project, User};
use super::server::Server;
use crate::common::customer::Customer;
use crate::common::wait::until;
use crate::common::{canaries, events};

/// Environment of a test.
pub(crate) struct Stage {
    pub(crate) opentrain: OpenTrain,
    pub(crate) server: Server,
    pub(crate) admin: User,
    pub(crate) bridge: Bridge,
    pub(crate) customer: Customer,
    database: Database,
    pub(crate) folder: TempDir,
}

impl Stage {
    pub(crate) async fn new(options: DoccanoOptions) -> Self {
        canaries::listen();
        let server = Server::start();
        let admin = User::admin(&server).await;
        let opentrain = OpenTrain::start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/hooks/default", listener.local_addr().unwrap());
        let customer = Customer::join(&opentrain, ConsentOptions::default(), hook).await;
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let memory = Arc::new(Ledger::in_database(&database, Arc::clone(&clock)));
        let base = BaseUrl::parse(&server.origin).unwrap();
        let token = admin.token.as_str().into();
        let tool = Doccano::new(base, &token, TIMEOUT, Arc::clone(&clock), memory, options);
        let first = Duration::from_millis(20);
        let bridge = Bridge::start(ServerParts {
            listener,
            database: database.clone(),
            connections: [customer.connection("default")].into_iter().collect(),
            tool: Arc::new(tool.unwrap()),
            policy: Policy::default(),
            notices: NoticeSettings::default(),
            jobs: JobSettings::default(),
            mail: None,
            services: Vec::new(),
            target: None,
            clock,
            limits: Limits::default(),
            delays: Delays {
                first,
                longest: Duration::from_secs(2),
            },
        });
        Self {
            opentrain,
            server,
            admin,
            bridge: bridge.await.unwrap(),
            customer,
            database,
            folder,
        }
    }

    /// A job, paid by the label, that is linked to a project.
    pub(crate) async fn job(&self, project: &Project) -> String {
        let job = self.opentrain.create_job(JobOptions {
            payment_type: Some(PaymentType::PayPerLabel),
            ..JobOptions::default()
        });
        let mode = ProvisioningMode::PartnerWebhook;
        self.customer.link(&job, &project.name(), mode).await;
        job
    }

    /// Hires a trainer with the work e-mail `canary.<id>@opentrain.work`. Returns the contract.
    pub(crate) fn hire(&self, job: &str, id: &str) -> String {
        events::hire(&self.opentrain, job, id)
    }

    /// Returns when the ledger's access is as wanted.
    pub(crate) async fn until_access(
        &self,
        trainer: &str,
        project: &Project,
        is: impl Fn(&Access) -> bool,
    ) -> Access {
        let trainer = TrainerId::from(trainer);
        let project = ProjectId::new(project.name());
        let look = async || {
            let known = self.bridge.ledger().trainer(&trainer).await.unwrap();
            known.access.get(&project).cloned()
        };
        until("the ledger's access is as wanted", async || {
            look().await.is_some_and(|access| is(&access))
        })
        .await;
        look().await.unwrap()
    }

    /// Returns when nothing is left to do.
    pub(crate) async fn idle(&self) {
        self.opentrain.settle().await.unwrap();
        until("the queue is empty", async || {
            let depth = self.bridge.queue().depth().await.unwrap();
            depth.waiting + depth.in_flight + depth.retrying == 0
        })
        .await;
    }

    pub(crate) async fn reconcile(&self) {
        let jobs = self.bridge.jobs();
        jobs.reconcile(&Wish::default(), &unwatched).await.unwrap();
        self.idle().await;
    }

    /// Reports work, after a dry run with the same result that changes nothing.
    pub(crate) async fn usage(&self) -> Report {
        let jobs = self.bridge.jobs();
        let dry = Options {
            dry_run: true,
            ..Options::default()
        };
        let before = self.remembered().await;
        let dry = jobs.usage(&dry, &unwatched).await.unwrap();
        assert_eq!(self.remembered().await, before, "a dry run keeps nothing");
        let report = jobs.usage(&Options::default(), &unwatched).await.unwrap();
        assert_eq!(dry.sent, report.sent);
        assert!(report.is_whole(), "{}", report.shortfall());
        report
    }

    /// The stored counters of doccano in the ledger.
    async fn remembered(&self) -> Vec<Item> {
        let table = SqliteTable::new(self.database.clone());
        table.scan("COUNTERS#").await.unwrap()
    }

    /// OpenTrain's totals of a contract: tasks and labels over all days.
    pub(crate) fn held(&self, contract: &str) -> (u64, u64) {
        let rows = self.opentrain.usage(contract).unwrap();
        assert!(rows.iter().all(|row| row.seconds.is_none()), "invented");
        let sum = |of: fn(&UsageRow) -> Option<u64>| rows.iter().filter_map(of).sum();
        (sum(|row| row.tasks), sum(|row| row.labels))
    }

    /// Asserts that nothing is left over, and no secret was printed.
    pub(crate) async fn close(self) {
        self.idle().await;
        assert_eq!(self.opentrain.violations(), []);
        self.bridge.stop().await;
        canaries::assert_none_logged();
    }
}
