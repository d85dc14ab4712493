//! OpenTrain, the bridge and CVAT.

use std::sync::Arc;
use std::time::Duration;

use bridge::server::{Server, ServerParts};
use shared::config::JobSettings;
use shared::http::{BaseUrl, TIMEOUT};
use shared::ledger::{Access, AccessState, Ledger, OnEndOfEarlierMember, OnLinkRemoved, Policy};
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{LinkId, ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::notice::NoticeSettings;
use shared::opentrain::ProvisioningMode;
use shared::provision::Delays;
use shared::queue::Limits;
use shared::reconcile::Wish;
use shared::sqlite::Database;
use shared::tool::{AdapterState, NoState};
use shared::usage::{Options, Report};
use simulator::{ConsentOptions, JobOptions, OpenTrain};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tools::{Cvat, CvatOptions};

use crate::common::customer::Customer;
use crate::common::wait::until;
use crate::common::{canaries, events};

pub(crate) const TOKEN: &str = "canary-cvat-token";
pub(crate) const TEAM: &str = "team";

/// Environment of a test.
pub(crate) struct Stage {
    pub(crate) opentrain: OpenTrain,
    pub(crate) cvat: simulator::Cvat,
    pub(crate) bridge: Server,
    pub(crate) customer: Customer,
    _folder: TempDir,
}

/// The adapter with these settings.
pub(crate) fn adapter(cvat: &simulator::Cvat, notices: bool) -> Cvat {
    adapter_with(cvat, options(notices), Arc::new(NoState))
}

fn options(notices: bool) -> CvatOptions {
    CvatOptions {
        organization: TEAM.to_owned(),
        emails_verified: true,
        notices,
    }
}

fn adapter_with(
    cvat: &simulator::Cvat,
    options: CvatOptions,
    memory: Arc<dyn AdapterState>,
) -> Cvat {
    let base = BaseUrl::parse(&cvat.base_url()).unwrap();
    let clock = Arc::new(SystemClock);
    Cvat::new(base, &TOKEN.into(), TIMEOUT, clock, memory, options).unwrap()
}

/// Runs a test with all three, and checks at the end that nothing is left over.
pub(crate) async fn play(test: impl AsyncFnOnce(&Stage)) {
    play_with(options(true), Policy::default(), test).await;
}

/// The same with an operator who keeps the seats of earlier members.
pub(crate) async fn play_keeping(test: impl AsyncFnOnce(&Stage)) {
    let policy = Policy {
        on_end_of_earlier_member: OnEndOfEarlierMember::Keep,
        ..Policy::default()
    };
    play_with(options(true), policy, test).await;
}

/// The same with an operator who keeps access after a link was removed.
pub(crate) async fn play_orphans(test: impl AsyncFnOnce(&Stage)) {
    let policy = Policy {
        on_link_removed: OnLinkRemoved::Keep,
        ..Policy::default()
    };
    play_with(options(true), policy, test).await;
}

/// The same with a CVAT that accepts unverified addresses, as it does by default.
pub(crate) async fn play_unverified(test: impl AsyncFnOnce(&Stage)) {
    let options = CvatOptions {
        emails_verified: false,
        ..options(true)
    };
    play_with(options, Policy::default(), test).await;
}

async fn play_with(options: CvatOptions, policy: Policy, test: impl AsyncFnOnce(&Stage)) {
    let stage = Stage::new(options, policy).await;
    test(&stage).await;
    stage.close().await;
}

impl Stage {
    async fn new(options: CvatOptions, policy: Policy) -> Self {
        canaries::listen();
        let cvat = simulator::Cvat::start(TOKEN, TEAM).await.unwrap();
        let opentrain = OpenTrain::start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/hooks/default", listener.local_addr().unwrap());
        let customer = Customer::join(&opentrain, ConsentOptions::default(), hook).await;
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let memory = Ledger::in_database(&database, Arc::clone(&clock));
        let bridge = Server::start(ServerParts {
            listener,
            database,
            connections: [customer.connection("default")].into_iter().collect(),
            tool: Arc::new(adapter_with(&cvat, options, Arc::new(memory))),
            policy,
            notices: NoticeSettings::default(),
            jobs: JobSettings::default(),
            mail: None,
            services: Vec::new(),
            target: None,
            clock,
            limits: Limits::default(),
            delays: Delays {
                first: Duration::from_millis(20),
                longest: Duration::from_secs(2),
            },
        });
        Self {
            opentrain,
            cvat,
            bridge: bridge.await.unwrap(),
            customer,
            _folder: folder,
        }
    }

    /// A job that is linked to a new project. Returns the project and the job.
    pub(crate) async fn job(&self, name: &str) -> (u64, String) {
        let project = self.cvat.create_project(name, "Draw boxes.");
        (project, self.link(project).await)
    }

    /// A job that is linked to a project.
    pub(crate) async fn link(&self, project: u64) -> String {
        self.job_at(project).await.0
    }

    /// The same, with the link.
    pub(crate) async fn job_at(&self, project: u64) -> (String, LinkId) {
        let job = self.opentrain.create_job(JobOptions::default());
        let mode = ProvisioningMode::PartnerWebhook;
        let link = self.customer.link(&job, &project.to_string(), mode).await;
        (job, link)
    }

    /// Hires a trainer. Returns the contract.
    pub(crate) fn hire(&self, job: &str, id: &str) -> String {
        events::hire(&self.opentrain, job, id)
    }

    /// The ledger's access of a trainer to a project.
    pub(crate) async fn access(&self, trainer: &str, project: u64) -> Option<Access> {
        let trainer = TrainerId::from(trainer);
        let known = self.bridge.ledger().trainer(&trainer).await.unwrap();
        let project = ProjectId::new(project.to_string());
        known.access.get(&project).cloned()
    }

    pub(crate) async fn until_state(&self, trainer: &str, project: u64, state: AccessState) {
        until(&format!("access is {state:?}"), async || {
            let access = self.access(trainer, project).await;
            access.is_some_and(|it| it.state == state && it.trouble.is_none())
        })
        .await;
    }

    /// Waits for a problem of the access. Returns its text.
    pub(crate) async fn trouble(&self, trainer: &str, project: u64) -> String {
        let look = async || self.access(trainer, project).await?.trouble;
        until("there is trouble", async || look().await.is_some()).await;
        look().await.unwrap().reason
    }

    /// Returns when nothing is left to do.
    pub(crate) async fn idle(&self) {
        self.opentrain.settle().await.unwrap();
        until("the queue is empty", async || {
            let depth = self.bridge.queue().depth().await.unwrap();
            depth.waiting + depth.in_flight == 0
        })
        .await;
    }

    pub(crate) async fn reconcile(&self) {
        let jobs = self.bridge.jobs();
        jobs.reconcile(&Wish::default(), &unwatched).await.unwrap();
        self.idle().await;
    }

    pub(crate) async fn usage(&self) -> Report {
        let jobs = self.bridge.jobs();
        jobs.usage(&Options::default(), &unwatched).await.unwrap()
    }

    async fn close(self) {
        self.idle().await;
        assert_eq!(self.opentrain.violations(), []);
        assert_eq!(self.cvat.violations(), []);
        self.bridge.stop().await;
        self.cvat.shutdown().await;
        canaries::assert_none_logged();
    }
}
