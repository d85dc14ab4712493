//! OpenTrain (simulated), the bridge, a mail server, and a real Label Studio.

use std::sync::Arc;
use std::time::Duration;

use bridge::server::{Server as Bridge, ServerParts};
use secrecy::SecretString;
use serde_json::json;
use shared::config::JobSettings;
use shared::http::{BaseUrl, TIMEOUT};
use shared::ledger::{Access, AccessState, Ledger, OnEndOfEarlierMember, Policy};
use shared::mail::Mailer;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::person::Email;
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
use tools::{Admin, LabelStudio, LabelStudioOptions};

use super::browser::Browser;
use super::people::User;
use super::server::{ADMIN, Server, TOKEN};
use crate::common::customer::Customer;
use crate::common::mailbox::Mailbox;
use crate::common::wait::until;
use crate::common::{canaries, events};

/// Password of all accounts.
pub(crate) const PASSWORD: &str = "canary-Own-Pass-1";

/// Options of a test.
pub(crate) struct Setup {
    pub(crate) options: LabelStudioOptions,
    pub(crate) token: String,
    pub(crate) mail: bool,
    pub(crate) earlier: OnEndOfEarlierMember,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            options: LabelStudioOptions {
                sign_on: false,
                admin: None,
                max_seconds: 3600,
                notices: false,
            },
            token: TOKEN.to_owned(),
            mail: true,
            earlier: OnEndOfEarlierMember::Remove,
        }
    }
}

impl Setup {
    /// With the superuser's credentials.
    pub(crate) fn with_admin() -> Self {
        let admin = Admin {
            email: Email::parse(ADMIN.0).unwrap(),
            password: ADMIN.1.into(),
        };
        let mut setup = Self::default();
        setup.options.admin = Some(admin);
        setup
    }
}

/// Environment of a test.
pub(crate) struct Stage {
    pub(crate) opentrain: OpenTrain,
    pub(crate) server: Server,
    pub(crate) admin: User,
    pub(crate) mailbox: Mailbox,
    pub(crate) bridge: Bridge,
    pub(crate) customer: Customer,
    _folder: TempDir,
}

impl Stage {
    pub(crate) async fn new(setup: Setup) -> Self {
        Self::on(Server::start().await, setup).await
    }

    /// The bridge has a personal access token.
    pub(crate) async fn with_personal_token() -> Self {
        let server = Server::start().await;
        let admin = User::admin(&server);
        let made = admin.make("/api/token/", json!({})).await;
        let setup = Setup {
            token: made["token"].as_str().unwrap().to_owned(),
            ..Setup::default()
        };
        Self::on(server, setup).await
    }

    pub(crate) async fn on(server: Server, setup: Setup) -> Self {
        canaries::listen();
        let opentrain = OpenTrain::start().await.unwrap();
        let mailbox = Mailbox::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/hooks/default", listener.local_addr().unwrap());
        let customer = Customer::join(&opentrain, ConsentOptions::default(), hook).await;
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let tool = BaseUrl::parse(&server.origin).unwrap();
        let mailer = Mailer::new(&mailbox.url, "Our Team <team@example.com>", &tool).unwrap();
        let (token, options) = (SecretString::from(setup.token), setup.options);
        let memory = Arc::new(Ledger::in_database(&database, clock()));
        let tool = remembering(&server.origin, &token, options, memory);
        let bridge = Bridge::start(ServerParts {
            listener,
            database,
            connections: [customer.connection("default")].into_iter().collect(),
            tool: Arc::new(tool),
            policy: Policy {
                confirm_after: Duration::from_secs(1),
                on_end_of_earlier_member: setup.earlier,
                ..Policy::default()
            },
            notices: NoticeSettings::default(),
            mail: setup.mail.then_some(mailer),
            services: Vec::new(),
            target: None,
            jobs: JobSettings::default(),
            clock: clock(),
            limits: Limits::default(),
            delays: Delays {
                first: Duration::from_millis(20),
                longest: Duration::from_secs(2),
            },
        });
        Self {
            opentrain,
            admin: User::admin(&server),
            server,
            mailbox,
            bridge: bridge.await.unwrap(),
            customer,
            _folder: folder,
        }
    }

    /// A job that is linked to a project; its id.
    pub(crate) async fn job(&self, project: &str) -> String {
        let job = self.opentrain.create_job(JobOptions::default());
        let mode = ProvisioningMode::PartnerWebhook;
        self.customer.link(&job, project, mode).await;
        job
    }

    /// Hires a trainer with the work e-mail `canary.<id>@opentrain.work`. Returns the contract.
    pub(crate) fn hire(&self, job: &str, id: &str) -> String {
        events::hire(&self.opentrain, job, id)
    }

    /// Hires a trainer, who opens the link in mail number `mails` at once. Returns the contract and their browser.
    pub(crate) async fn working(&self, job: &str, id: &str, mails: usize) -> (String, Browser) {
        let contract = self.hire(job, id);
        let mail = self.mailbox.wait_for(mails).await;
        let mut browser = Browser::new(&self.server);
        let signed_up = browser
            .sign_up(&mail.link(), &events::email(id), PASSWORD)
            .await;
        assert_eq!(signed_up, 302);
        self.idle().await;
        self.reconcile().await;
        (contract, browser)
    }

    /// A person's own token.
    pub(crate) async fn token_of(&self, browser: &mut Browser) -> User {
        let path = "/api/current-user/token";
        let (status, body) = browser.call(reqwest::Method::GET, path, None).await;
        assert_eq!(status, 200, "{body}");
        User::of(&self.server, body["token"].as_str().unwrap())
    }

    pub(crate) async fn access(&self, trainer: &str, project: &str) -> Option<Access> {
        let trainer = TrainerId::from(trainer);
        let known = self.bridge.ledger().trainer(&trainer).await.unwrap();
        known.access.get(&ProjectId::from(project)).cloned()
    }

    pub(crate) async fn state(&self, trainer: &str, project: &str) -> AccessState {
        self.access(trainer, project).await.unwrap().state
    }

    /// Returns when the ledger's access is as wanted.
    pub(crate) async fn until_access(
        &self,
        trainer: &str,
        project: &str,
        is: impl Fn(&Access) -> bool,
    ) -> Access {
        until("the ledger's access is as wanted", async || {
            self.access(trainer, project)
                .await
                .is_some_and(|it| is(&it))
        })
        .await;
        self.access(trainer, project).await.unwrap()
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

    pub(crate) async fn usage(&self) -> Report {
        let jobs = self.bridge.jobs();
        let report = jobs.usage(&Options::default(), &unwatched).await.unwrap();
        assert!(report.is_whole(), "{}", report.shortfall());
        report
    }

    /// Asserts that nothing is left over, and no secret was printed.
    pub(crate) async fn close(self) {
        self.idle().await;
        assert_eq!(self.opentrain.violations(), []);
        self.mailbox.assert_no_violation();
        self.bridge.stop().await;
        canaries::assert_none_logged();
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(crate) fn adapter(
    origin: &str,
    token: &SecretString,
    options: LabelStudioOptions,
) -> LabelStudio {
    remembering(origin, token, options, Arc::new(NoState))
}

fn remembering(
    origin: &str,
    token: &SecretString,
    options: LabelStudioOptions,
    memory: Arc<dyn AdapterState>,
) -> LabelStudio {
    let base = BaseUrl::parse(origin).unwrap();
    LabelStudio::new(base, token, TIMEOUT, clock(), memory, options).unwrap()
}
