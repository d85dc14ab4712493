//! OpenTrain, a tool and a bridge between them, on free ports of this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use shared::clock::{Clock, SystemClock};
use shared::config::JobSettings;
use shared::connection::{Connection, ConnectionName};
use shared::delivery::{EventType, signature::WebhookSecret};
use shared::http::TIMEOUT;
use shared::ids::{JobId, MemberId, ProjectId, TrainerId};
use shared::notice::NoticeSettings;
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProjectLink, ProvisioningMode,
};
use shared::provision::{Delays, Policy};
use shared::queue::Limits;
use shared::sqlite::Database;
use shared::tool::{AnnotationTool, Membership, RestTool};
use simulator::{AnnotationPlatform, ConsentOptions, JobOptions, OpenTrain, WebhookEndpoint};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::machine::{Machine, Parts};

/// The project in the tool that the job is linked to.
pub(super) const PROJECT: &str = "street-scenes";

/// How long a claim may take to come true.
const PATIENCE: Duration = Duration::from_secs(15);

/// Three servers on loopback, connected as an operator would connect them.
pub(super) struct Stage {
    /// OpenTrain.
    pub(super) opentrain: OpenTrain,
    /// The annotation tool.
    pub(super) tool: AnnotationPlatform,
    /// The job that people are hired on.
    pub(super) job: String,
    /// The link between the job and [`PROJECT`].
    pub(super) link: ProjectLink,
    /// The secret that deliveries are signed with.
    pub(super) secret: WebhookSecret,
    platform: PlatformClient,
    tool_token: SecretString,
    reader: RestTool,
    address: SocketAddr,
    machine: Option<Machine>,
    folder: TempDir,
}

impl Stage {
    /// Starts all three, with a job linked to a project and the bridge subscribed.
    pub(super) async fn set() -> anyhow::Result<Self> {
        let opentrain = OpenTrain::start()
            .await
            .context("the simulated OpenTrain can't start")?;
        let tool_token = format!("tool-{}", opentrain.now().as_nanosecond());
        let tool = AnnotationPlatform::start(&tool_token)
            .await
            .context("the tool can't start")?;
        tool.create_project(PROJECT, "Street scenes");
        let job = opentrain.create_job(JobOptions::default());
        let token = opentrain.consent(ConsentOptions::default()).token;
        let platform = PlatformClient::new(&opentrain.base_url(), &token.into(), options())?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no free port on this machine")?;
        let address = listener.local_addr()?;
        let link = link(&platform, &job).await?;
        let secret = subscribe(&platform, format!("http://{address}/hooks/default")).await?;
        let folder = TempDir::with_prefix("opentrain-bridge-").context("no temporary folder")?;
        let tool_token = tool_token.into();
        let reader = adapter(&tool, &tool_token)?;
        let machine = None;
        let mut stage = Self {
            opentrain,
            tool,
            job,
            link,
            secret,
            platform,
            tool_token,
            reader,
            address,
            machine,
            folder,
        };
        stage.machine = Some(Machine::start(stage.parts(listener)?).await?);
        Ok(stage)
    }

    fn parts(&self, listener: TcpListener) -> anyhow::Result<Parts> {
        let connection = Connection {
            name: ConnectionName::single(),
            secrets: vec![self.secret.clone()],
            platform: self.platform.clone(),
        };
        Ok(Parts {
            listener,
            database: Database::open(self.folder.path().join("bridge.db"))?,
            connections: [connection].into_iter().collect(),
            tool: Arc::new(adapter(&self.tool, &self.tool_token)?),
            policy: Policy::default(),
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            delays: Delays::default(),
            notices: NoticeSettings::default(),
            jobs: JobSettings::default(),
        })
    }

    /// The bridge.
    pub(super) fn machine(&self) -> anyhow::Result<&Machine> {
        self.machine.as_ref().context("the bridge is away")
    }

    /// Where the bridge listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the bridge; its database stays.
    pub(super) async fn stop_machine(&mut self) -> anyhow::Result<()> {
        let machine = self.machine.take().context("the bridge is away already")?;
        machine.stop().await;
        Ok(())
    }

    /// Starts the bridge again, where it was.
    pub(super) async fn start_machine(&mut self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.address)
            .await
            .context("the bridge's port is taken")?;
        self.machine = Some(Machine::start(self.parts(listener)?).await?);
        Ok(())
    }

    /// OpenTrain's endpoint for the bridge.
    pub(super) fn endpoint(&self) -> anyhow::Result<WebhookEndpoint> {
        self.opentrain
            .endpoints()
            .pop()
            .context("there is no endpoint")
    }

    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// A trainer's access to the project, read from the tool over HTTP.
    pub(super) async fn access(&self, trainer: &str) -> anyhow::Result<Option<MemberId>> {
        let membership = Membership {
            trainer: TrainerId::new(trainer),
            member: None,
            email: None,
            let_in: true,
        };
        let access = self
            .reader
            .access(&ProjectId::from(PROJECT), &membership)
            .await?;
        Ok(access.and_then(|granted| granted.member))
    }

    /// Returns when the tool has (or has no more) the trainer as a member, and it was read back.
    pub(super) async fn until_access(&self, trainer: &str, wanted: bool) -> anyhow::Result<()> {
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
    pub(super) async fn idle(&self) -> anyhow::Result<()> {
        self.opentrain
            .settle()
            .await
            .context("deliveries are still under way")?;
        let queue = self.machine()?.queue();
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
    pub(super) async fn keep_running(&self) -> anyhow::Result<()> {
        let (opentrain, tool, job) = (
            self.opentrain.base_url(),
            self.tool.control_url(),
            &self.job,
        );
        let json = "-H 'content-type: application/json' -d";
        anstream::println!(
            "\nStill running; Ctrl-C ends it. Play with it:\n  \
             curl -s {opentrain}/control/state\n  \
             curl -s {tool}/state\n  \
             curl -s {opentrain}/control/hire {json} '{{\"jobId\":\"{job}\",\"displayName\":\"Ana P.\"}}'\n  \
             curl -s {opentrain}/control/end {json} '{{\"contractId\":\"…\"}}'\n  \
             curl -s http://{}/healthz\n  \
             bridge status --db {}",
            self.address,
            self.folder.path().join("bridge.db").display(),
        );
        tokio::signal::ctrl_c()
            .await
            .context("Ctrl-C can't be listened for")
    }

    /// Stops all three.
    pub(super) async fn strike(self) {
        if let Some(machine) = self.machine {
            machine.stop().await;
        }
        self.opentrain.shutdown().await;
        self.tool.shutdown().await;
    }
}

fn options() -> Options {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Options {
        clock,
        ..Options::default()
    }
}

fn adapter(tool: &AnnotationPlatform, token: &SecretString) -> anyhow::Result<RestTool> {
    Ok(RestTool::new(
        &tool.base_url(),
        token,
        TIMEOUT,
        Arc::new(SystemClock),
    )?)
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
