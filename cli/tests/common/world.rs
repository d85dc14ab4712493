//! The whole product in one process, with a simulated OpenTrain and a simulated tool.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bridge::server::{Server, ServerParts};
use bridge::status::Report;
use bridge::targets::Target;
use serde_json::Value;
use shared::config::{JobSettings, Vars};
use shared::http::TIMEOUT;
use shared::ledger::{Access, AccessState, Claim, Ledger, Policy, SqliteTable, Table, Trainer};
use shared::mail::Mailer;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{LinkId, ProjectId, TrainerId};
use shared::notice::NoticeSettings;
use shared::opentrain::ProvisioningMode;
use shared::provision::Delays;
use shared::queue::{Depth, Limits};
use shared::sqlite::Database;
use shared::tool::{AnnotationTool, Membership, Paced};
use simulator::{AnnotationPlatform, ConsentOptions, JobOptions, OpenTrain, TrainerOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tools::RestTool;

use super::customer::Customer;
use super::post::{Answer, Letter};
use super::wait::{client, until};
use super::{canaries, events};

pub(crate) const TOOL_TOKEN: &str = "canary-tool-token";

/// Options of a test. The others are those of `bridge serve`.
pub(crate) struct Setup {
    pub(crate) policy: Policy,
    pub(crate) notices: NoticeSettings,
    pub(crate) jobs: JobSettings,
    /// Mailer of invitations.
    pub(crate) mail: Option<Mailer>,
    pub(crate) connections: &'static [&'static str],
    pub(crate) consent: ConsentOptions,
    /// The projects that connections may use, if they are restricted.
    pub(crate) projects: &'static [(&'static str, &'static [&'static str])],
    pub(crate) opentrain: simulator::Options,
    pub(crate) tool_timeout: Duration,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether customers may connect themselves.
    pub(crate) onboards: bool,
    /// Pauses before failed work is retried.
    pub(crate) delays: Delays,
    /// Expected number of dead letters at the end.
    pub(crate) dead: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            policy: Policy {
                // A second check counts regardless of the time between.
                confirm_after: Duration::ZERO,
                ..Policy::default()
            },
            notices: NoticeSettings::default(),
            jobs: JobSettings::default(),
            mail: None,
            connections: &["default"],
            consent: ConsentOptions::default(),
            projects: &[],
            opentrain: simulator::Options::default(),
            tool_timeout: TIMEOUT,
            limits: Limits::default(),
            clock: clock(),
            onboards: false,
            delays: Delays {
                first: Duration::from_millis(20),
                longest: Duration::from_secs(2),
            },
            dead: 0,
        }
    }
}

/// Three servers on loopback.
pub(crate) struct World {
    pub(crate) opentrain: OpenTrain,
    pub(crate) tool: AnnotationPlatform,
    pub(crate) bridge: Server,
    pub(crate) customers: BTreeMap<&'static str, Customer>,
    pub(crate) database: Database,
    pub(crate) client: reqwest::Client,
    pub(crate) folder: TempDir,
    projects: RefCell<BTreeSet<String>>,
    may_use: shared::ledger::Projects,
    policy: Policy,
    dead: u64,
}

fn may_use(projects: &[(&str, &[&str])], connection: &str) -> Option<Arc<BTreeSet<ProjectId>>> {
    let own = projects.iter().find(|(name, _)| *name == connection)?;
    let ids = own.1.iter().map(|id| ProjectId::from(*id));
    Some(Arc::new(ids.collect()))
}

fn all_may_use(projects: &[(&str, &[&str])]) -> shared::ledger::Projects {
    let own = projects.iter().filter_map(|(name, _)| {
        let connection = ConnectionName::parse(name).unwrap();
        Some((connection, may_use(projects, name)?))
    });
    shared::ledger::Projects {
        allowed: own.collect(),
        ..shared::ledger::Projects::default()
    }
}

/// Settings of the pages for customers.
async fn settings(opentrain: &OpenTrain, folder: &TempDir) -> Target {
    let connections = folder.path().join("own.json").display().to_string();
    let vars = Vars::default()
        .with("OPENTRAIN_BASE_URL", Some(opentrain.base_url()))
        .with("BRIDGE_CONNECTIONS", Some(connections));
    Target::of(&vars).await.unwrap()
}

/// Runs a test in a default world.
pub(crate) async fn play(test: impl AsyncFnOnce(&World)) {
    play_with(Setup::default(), test).await;
}

/// Runs a test in a world with these options, and checks at the end that nothing is left over.
pub(crate) async fn play_with(setup: Setup, test: impl AsyncFnOnce(&World)) {
    let world = World::start(setup).await;
    test(&world).await;
    world.close().await;
}

impl World {
    async fn start(setup: Setup) -> Self {
        canaries::listen();
        let opentrain = OpenTrain::start_with(setup.opentrain).await.unwrap();
        let tool = AnnotationPlatform::start(TOOL_TOKEN).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut customers = BTreeMap::new();
        for name in setup.connections {
            let hook = format!("http://{address}/hooks/{name}");
            let customer = Customer::join(&opentrain, setup.consent.clone(), hook).await;
            customers.insert(*name, customer);
        }
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let target = match setup.onboards {
            true => Some(settings(&opentrain, &folder).await),
            false => None,
        };
        let bridge = Server::start(ServerParts {
            listener,
            database: database.clone(),
            connections: customers
                .iter()
                .map(|(name, customer)| shared::connection::Connection {
                    projects: may_use(setup.projects, name),
                    ..customer.connection(name)
                })
                .collect(),
            tool: paced(&tool, setup.tool_timeout, &database),
            policy: setup.policy.clone(),
            notices: setup.notices,
            jobs: setup.jobs,
            mail: setup.mail,
            services: Vec::new(),
            target,
            clock: setup.clock,
            limits: setup.limits,
            delays: setup.delays,
        });
        let bridge = bridge.await.unwrap();
        let client = client();
        let (policy, dead) = (setup.policy, setup.dead);
        let projects = RefCell::default();
        Self {
            opentrain,
            tool,
            bridge,
            customers,
            database,
            client,
            folder,
            projects,
            may_use: all_may_use(setup.projects),
            policy,
            dead,
        }
    }

    /// The projects that a connection may use, if they are restricted.
    pub(crate) fn projects_of(&self, connection: &str) -> Option<Arc<BTreeSet<ProjectId>>> {
        let connection = ConnectionName::parse(connection).unwrap();
        self.may_use.allowed.get(&connection).cloned()
    }

    /// Creates a project of the tool, and a job that is linked to it.
    pub(crate) async fn job(&self, project: &str) -> String {
        let job = self.unlinked_job();
        self.link("default", &job, project, ProvisioningMode::PartnerWebhook)
            .await;
        job
    }

    pub(crate) fn unlinked_job(&self) -> String {
        let title = "Canary of a title".to_owned();
        self.opentrain.create_job(JobOptions {
            title,
            ..JobOptions::default()
        })
    }

    /// Links a job to a project as the connection's customer. Returns the link's id.
    pub(crate) async fn link(
        &self,
        connection: &str,
        job: &str,
        project: &str,
        mode: ProvisioningMode,
    ) -> LinkId {
        self.project(project);
        self.customers[connection].link(job, project, mode).await
    }

    pub(crate) async fn remove_link(&self, connection: &str, link: &LinkId) {
        self.customers[connection]
            .platform
            .delete_link(link)
            .await
            .unwrap();
    }

    /// Creates a project of the tool, unless it exists.
    pub(crate) fn project(&self, project: &str) {
        if self.projects.borrow_mut().insert(project.to_owned()) {
            self.tool.create_project(project, "A project");
        }
    }

    /// A trainer with this id and a work e-mail.
    pub(crate) fn trainer(&self, id: &str) -> String {
        self.trainer_with(id, Some(&events::email(id)))
    }

    pub(crate) fn trainer_with(&self, id: &str, email: Option<&str>) -> String {
        let options = TrainerOptions {
            id: Some(id.to_owned()),
            display_name: format!("Canary {id}"),
            work_email: email.map(str::to_owned),
            ..TrainerOptions::default()
        };
        self.opentrain.create_trainer(options).unwrap()
    }

    pub(crate) fn hire(&self, job: &str, trainer: &str) -> String {
        self.opentrain.hire(job, trainer).unwrap()
    }

    pub(crate) fn end(&self, contract: &str) {
        self.opentrain.end_contract(contract).unwrap();
    }

    /// Redelivers every delivery so far.
    pub(crate) fn replay_all(&self) {
        for delivery in self.opentrain.deliveries() {
            self.opentrain.replay(&delivery.id).unwrap();
        }
    }

    /// A letter to a connection, signed with OpenTrain's secret.
    pub(crate) fn letter(&self, connection: &str, body: impl Into<Vec<u8>>) -> Letter {
        Letter::signed(
            &self.bridge.hook(connection),
            &self.customers[connection].secret,
            body,
        )
    }

    /// Delivers an event by hand. Asserts that it is accepted.
    pub(crate) async fn deliver(&self, connection: &str, event: &Value) {
        let answer = self.post(self.letter(connection, event.to_string())).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }

    pub(crate) async fn post(&self, letter: Letter) -> Answer {
        letter.post(&self.client).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.bridge.address());
        Answer::read(self.client.get(url).send().await.unwrap()).await
    }

    /// Returns when OpenTrain has nothing to deliver and the bridge nothing to do.
    pub(crate) async fn idle(&self) {
        self.opentrain.settle().await.unwrap();
        self.until_queue("empty", |depth| {
            depth.waiting + depth.in_flight + depth.retrying == 0
        })
        .await;
        // The bridge may have caused new events at OpenTrain meanwhile.
        self.opentrain.settle().await.unwrap();
    }

    /// Returns when the queue is as wanted.
    pub(crate) async fn until_queue(&self, wanted: &str, is: impl Fn(Depth) -> bool) {
        let look = async || is(self.bridge.queue().depth().await.unwrap());
        until(&format!("the queue is {wanted}"), look).await;
    }

    /// Returns when the ledger's access is as wanted.
    pub(crate) async fn until_access(
        &self,
        trainer: &str,
        project: &str,
        is: impl Fn(&Access) -> bool,
    ) {
        let look = async || {
            let known = self.known(trainer).await;
            known.access.get(&ProjectId::from(project)).is_some_and(&is)
        };
        until("the ledger's access is as wanted", look).await;
    }

    /// Members of a project, as the tool reports them.
    /// The database file of the bridge.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("bridge.db")
    }

    /// A copy of the database that no bridge runs on.
    pub(crate) fn copy(&self) -> PathBuf {
        self.copy_to("copy.db")
    }

    pub(crate) fn copy_to(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let original = rusqlite::Connection::open(self.file()).unwrap();
        let copied = original.execute("VACUUM INTO ?", [path.to_str().unwrap()]);
        copied.unwrap();
        path
    }

    /// Hires a trainer on a job, who gets access to the project. Returns the contract.
    pub(crate) async fn working(&self, job: &str, project: &str, trainer: &str) -> String {
        let contract = self.hire(job, &self.trainer(trainer));
        let is_granted = |access: &Access| access.state == AccessState::Granted;
        self.until_access(trainer, project, is_granted).await;
        self.idle().await;
        contract
    }

    /// Ends a contract, and waits until the access is removed.
    pub(crate) async fn ended(&self, contract: &str, project: &str, trainer: &str) {
        self.end(contract);
        self.until_removed(project, trainer).await;
    }

    pub(crate) async fn until_removed(&self, project: &str, trainer: &str) {
        let is_removed = |access: &Access| access.state == AccessState::Removed;
        self.until_access(trainer, project, is_removed).await;
        self.idle().await;
    }

    pub(crate) fn members(&self, project: &str) -> Vec<String> {
        self.tool
            .members(project)
            .into_iter()
            .map(|member| member.trainer_id)
            .collect()
    }

    /// Whether the tool shows the trainer as a member, over HTTP.
    pub(crate) async fn reads_back(&self, project: &str, trainer: &str) -> bool {
        let membership = Membership {
            trainer: TrainerId::from(trainer),
            accounts: Vec::new(),
            emails: Vec::new(),
            let_in: true,
            witnessed: true,
            keeps: Vec::new(),
        };
        let reader = adapter(&self.tool, TIMEOUT);
        reader
            .access(&ProjectId::from(project), &membership)
            .await
            .unwrap()
            .is_some()
    }

    /// The ledger's data about a trainer.
    pub(crate) async fn known(&self, trainer: &str) -> Trainer {
        self.bridge
            .ledger()
            .trainer(&TrainerId::from(trainer))
            .await
            .unwrap()
    }

    /// The ledger's data about a trainer's access.
    pub(crate) async fn access(&self, trainer: &str, project: &str) -> Access {
        self.known(trainer).await.access[&ProjectId::from(project)].clone()
    }

    /// Output of `bridge status --json`.
    pub(crate) async fn status(&self) -> Value {
        let report = Report::read(
            self.bridge.ledger(),
            self.bridge.queue().as_ref(),
            &self.policy,
            self.may_use.clone(),
        );
        let json = serde_json::to_value(report.await.unwrap()).unwrap();
        canaries::assert_none_in(&json.to_string());
        json
    }

    async fn close(self) {
        assert_eq!(self.opentrain.violations(), []);
        assert_eq!(self.tool.violations(), []);
        let left = self.bridge.queue().depth().await.unwrap();
        assert_eq!(
            left,
            Depth {
                dead: self.dead,
                ..Depth::default()
            },
            "nothing may be left over"
        );
        assert_no_claim_in_progress(&SqliteTable::claims(self.database.clone())).await;
        self.status().await;
        self.bridge.stop().await;
        self.opentrain.shutdown().await;
        self.tool.shutdown().await;
        canaries::assert_none_logged();
    }
}

/// Asserts that no claim remains unfinished.
pub(crate) async fn assert_no_claim_in_progress(table: &dyn Table) {
    for item in table.scan("CLAIM#").await.unwrap() {
        let claim: Claim = serde_json::from_str(&item.doc).unwrap();
        assert!(
            !matches!(claim, Claim::InProgress { .. }),
            "left over: {:?}",
            item.key
        );
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(crate) fn adapter(tool: &AnnotationPlatform, timeout: Duration) -> RestTool {
    RestTool::new(&tool.base_url(), &TOOL_TOKEN.into(), timeout, clock()).unwrap()
}

/// The adapter, at the pace of `bridge serve`.
fn paced(
    tool: &AnnotationPlatform,
    timeout: Duration,
    database: &Database,
) -> Arc<dyn AnnotationTool> {
    let memory = Arc::new(Ledger::in_database(database, clock()));
    Arc::new(Paced::new(adapter(tool, timeout), None, memory, clock()))
}
