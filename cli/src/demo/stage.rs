//! OpenTrain, a tool and a bridge between them, on free ports of this machine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use shared::clock::{Clock, SystemClock};
use shared::connection::{Connection, ConnectionName};
use shared::delivery::{EventType, signature::WebhookSecret};
use shared::ids::{JobId, MemberId, ProjectId, TrainerId};
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProjectLink, ProvisioningMode,
};
use shared::provision::{Delays, Policy};
use shared::queue::Limits;
use shared::sqlite::Database;
use shared::tool::{AnnotationTool, Granted, Membership, RestTool};
use simulator::{AnnotationPlatform, ConsentOptions, JobOptions, OpenTrain};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::machine::{Machine, Parts};

/// The project in the tool that the job is linked to.
pub const PROJECT: &str = "street-scenes";

/// How long a claim may take to come true.
const PATIENCE: Duration = Duration::from_secs(15);

/// Three servers on loopback, connected as an operator would connect them.
pub struct Stage {
    /// OpenTrain.
    pub opentrain: OpenTrain,
    /// The annotation tool.
    pub tool: AnnotationPlatform,
    /// The bridge.
    pub machine: Machine,
    /// The job that people are hired on.
    pub job: String,
    /// The link between the job and [`PROJECT`].
    pub link: ProjectLink,
    /// The secret that deliveries are signed with.
    pub secret: WebhookSecret,
    reader: RestTool,
    _folder: TempDir,
}

impl Stage {
    /// Starts all three, with a job linked to a project and the bridge subscribed.
    ///
    /// # Errors
    /// When a port, a file or a call fails.
    pub async fn set() -> anyhow::Result<Self> {
        let opentrain = OpenTrain::start()
            .await
            .context("the simulated OpenTrain can't start")?;
        let token = format!("tool-{}", opentrain.now().as_nanosecond());
        let tool = AnnotationPlatform::start(&token)
            .await
            .context("the tool can't start")?;
        tool.create_project(PROJECT, "Street scenes");
        let job = opentrain.create_job(JobOptions::default());
        let grant = opentrain.consent(ConsentOptions::default());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = Options {
            clock: Arc::clone(&clock),
            ..Options::default()
        };
        let platform = PlatformClient::new(&opentrain.base_url(), &grant.token.into(), options)?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no free port on this machine")?;
        let hook = format!("http://{}/hooks/default", listener.local_addr()?);
        let link = link(&platform, &job).await?;
        let secret = subscribe(&platform, hook).await?;
        let folder = TempDir::with_prefix("opentrain-bridge-").context("no temporary folder")?;
        let token = token.into();
        let adapter = || {
            RestTool::new(
                &tool.base_url(),
                &token,
                Duration::from_secs(10),
                Arc::clone(&clock),
            )
        };
        let connection = Connection {
            name: ConnectionName::single(),
            secrets: vec![secret.clone()],
            platform,
        };
        let machine = Machine::start(Parts {
            listener,
            database: Database::open(folder.path().join("bridge.db"))?,
            connections: [connection].into_iter().collect(),
            tool: Arc::new(adapter()?),
            policy: Policy::default(),
            clock: Arc::clone(&clock),
            limits: Limits::default(),
            delays: Delays::default(),
            notices: shared::notice::NoticeSettings::default(),
            jobs: shared::config::JobSettings::default(),
        })
        .await?;
        let reader = adapter()?;
        Ok(Self {
            opentrain,
            tool,
            machine,
            job,
            link,
            secret,
            reader,
            _folder: folder,
        })
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// A trainer's access to the project, read from the tool over HTTP.
    ///
    /// # Errors
    /// When the tool doesn't answer.
    pub async fn access(&self, trainer: &str) -> anyhow::Result<Option<MemberId>> {
        let membership = Membership {
            trainer: TrainerId::new(trainer),
            member: None,
            email: None,
        };
        let access = self
            .reader
            .access(&ProjectId::from(PROJECT), &membership)
            .await?;
        Ok(access.map(|Granted { member, .. }| member))
    }

    /// Returns when the tool has (or has no more) the trainer as a member, and it was read back.
    ///
    /// # Errors
    /// When it doesn't come true in time.
    pub async fn until_access(&self, trainer: &str, wanted: bool) -> anyhow::Result<()> {
        let is = |tool: &AnnotationPlatform| tool.member(PROJECT, trainer).is_some() == wanted;
        let word = if wanted { "has no" } else { "still has" };
        let came_true = self.tool.until(is).await.is_ok();
        ensure!(
            came_true && self.access(trainer).await?.is_some() == wanted,
            "{trainer} {word} access"
        );
        Ok(())
    }

    /// Returns when OpenTrain has nothing more to deliver and the bridge nothing more to do.
    ///
    /// # Errors
    /// When that doesn't come true in time.
    pub async fn idle(&self) -> anyhow::Result<()> {
        self.opentrain
            .settle()
            .await
            .context("deliveries are still under way")?;
        let queue = self.machine.queue();
        let empty = async {
            let mut look = tokio::time::interval(Duration::from_millis(5));
            loop {
                look.tick().await;
                let depth = queue.depth().await?;
                if depth.waiting + depth.in_flight == 0 {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, empty)
            .await
            .context("the bridge's queue is not empty")?
    }

    /// Prints where everything is, and waits for Ctrl-C.
    ///
    /// # Errors
    /// When Ctrl-C can't be listened for.
    pub async fn keep_running(&self) -> anyhow::Result<()> {
        let (opentrain, tool, job) = (
            self.opentrain.base_url(),
            self.tool.control_url(),
            &self.job,
        );
        anstream::println!(
            "\nStill running; Ctrl-C ends it. Play with it:\n  \
             curl -s {opentrain}/control/state\n  \
             curl -s {tool}/state\n  \
             curl -s {opentrain}/control/hire -H 'content-type: application/json' -d '{{\"jobId\":\"{job}\",\"displayName\":\"Ana P.\"}}'\n  \
             curl -s {opentrain}/control/end -H 'content-type: application/json' -d '{{\"contractId\":\"…\"}}'\n  \
             curl -s http://{}/healthz",
            self.machine.address()
        );
        tokio::signal::ctrl_c()
            .await
            .context("Ctrl-C can't be listened for")
    }

    /// Stops all three.
    pub async fn strike(self) {
        self.machine.stop().await;
        self.opentrain.shutdown().await;
        self.tool.shutdown().await;
    }
}

async fn link(platform: &PlatformClient, job: &str) -> anyhow::Result<ProjectLink> {
    let new = NewProjectLink {
        external_project_id: ProjectId::from(PROJECT),
        external_project_name: Some("Street scenes".into()),
        external_project_url: None,
        job_id: Some(JobId::from(job)),
        provisioning_mode: ProvisioningMode::PartnerWebhook,
    };
    Ok(platform.create_link(&new).await?)
}

async fn subscribe(platform: &PlatformClient, url: String) -> anyhow::Result<WebhookSecret> {
    let event_types = EventType::known().map(Into::into).collect();
    let created = platform
        .create_endpoint(&NewWebhookEndpoint { url, event_types })
        .await?;
    WebhookSecret::new(created.secret.expose_secret()).context("OpenTrain gave an empty secret")
}
