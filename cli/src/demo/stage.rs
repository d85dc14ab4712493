//! OpenTrain, a tool and a bridge, on free ports of this machine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use shared::http::{BaseUrl, TIMEOUT};
use shared::ledger::Ledger;
use shared::model::clock::{Clock, SystemClock};
use shared::model::event::EventType;
use shared::model::ids::{JobId, MemberId, ProjectId, TrainerId};
use shared::model::signature::WebhookSecret;
use shared::opentrain::public::{self, Description, NewDraft, PublicClient};
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProjectLink, ProvisioningMode,
};
use shared::queue::Queue;
use shared::tool::{AnnotationTool, Membership};
use simulator::{AnnotationPlatform, ConsentOptions, OpenTrain, WebhookEndpoint};
use tools::RestTool;

use super::bridge::{Bridge, Sides};
use crate::rehearse::{self, Sandbox};

/// The project in the tool that the job is linked to.
pub(super) const PROJECT: &str = "street-scenes";

/// Maximum waiting time for a claim to become true.
const PATIENCE: Duration = Duration::from_secs(15);

/// OpenTrain, tool and bridge, connected as an operator connects them.
pub(super) struct Stage {
    pub(super) opentrain: OpenTrain,
    pub(super) employer: PublicClient,
    /// What people do on OpenTrain's pages.
    pub(super) human: Sandbox,
    pub(super) tool: AnnotationPlatform,
    pub(super) job: String,
    /// The link between the job and [`PROJECT`].
    pub(super) link: ProjectLink,
    pub(super) sides: Sides,
    pub(super) bridge: Box<dyn Bridge>,
    reader: RestTool,
}

impl Stage {
    /// Starts all three, with a job linked to a project and the bridge subscribed.
    pub(super) async fn set(bridge: Box<dyn Bridge>) -> anyhow::Result<Self> {
        let with_employer = simulator::Options {
            samples: true,
            ..simulator::Options::default()
        };
        let opentrain = OpenTrain::start_with(with_employer).await;
        let opentrain = opentrain.context("the simulated OpenTrain can't start")?;
        let samples = opentrain.samples().context("there is no employer")?;
        let base = BaseUrl::parse(&opentrain.base_url())?;
        let token = samples.personal_token.into();
        let employer = PublicClient::at(base.clone(), &token, public::options(clock()))?;
        let tool_token = format!("tool-{}", opentrain.now().as_nanosecond());
        let tool = AnnotationPlatform::start(&tool_token)
            .await
            .context("the tool can't start")?;
        tool.create_project(PROJECT, "Street scenes");
        let job = post_job(&employer).await?;
        let token: SecretString = opentrain.consent(ConsentOptions::default()).token.into();
        let platform = PlatformClient::new(&opentrain.base_url(), &token, options())?;
        let link = link(&platform, &job).await?;
        let sides = Sides {
            opentrain: opentrain.base_url(),
            token,
            secret: subscribe(&platform, hook(bridge.as_ref())).await?,
            tool: tool.base_url(),
            tool_token: tool_token.into(),
        };
        let reader = RestTool::new(&sides.tool, &sides.tool_token, TIMEOUT, clock())?;
        let mut stage = Self {
            human: Sandbox::at(&base, false).await?,
            employer,
            opentrain,
            tool,
            job,
            link,
            sides,
            bridge,
            reader,
        };
        stage.start_bridge().await?;
        Ok(stage)
    }

    /// Starts the bridge at its previous address.
    pub(super) async fn start_bridge(&mut self) -> anyhow::Result<()> {
        self.bridge.start(&self.sides).await
    }

    /// URL for the bridge's deliveries.
    pub(super) fn hook(&self) -> String {
        hook(self.bridge.as_ref())
    }

    pub(super) fn queue(&self) -> anyhow::Result<&Arc<dyn Queue>> {
        self.bridge.queue()
    }

    pub(super) fn ledger(&self) -> anyhow::Result<&Ledger> {
        self.bridge.ledger()
    }

    /// OpenTrain's endpoint for the bridge.
    pub(super) fn endpoint(&self) -> anyhow::Result<WebhookEndpoint> {
        self.opentrain
            .endpoints()
            .pop()
            .context("there is no endpoint")
    }

    pub(super) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// A trainer's access to the project, read from the tool over HTTP.
    pub(super) async fn access(&self, trainer: &str) -> anyhow::Result<Option<MemberId>> {
        let membership = Membership {
            trainer: TrainerId::new(trainer),
            accounts: Vec::new(),
            emails: Vec::new(),
            let_in: true,
            witnessed: true,
            keeps: Vec::new(),
        };
        let access = self
            .reader
            .access(&ProjectId::from(PROJECT), &membership)
            .await?;
        Ok(access.and_then(|granted| granted.member))
    }

    /// Waits until the trainer's access in the tool is as wanted, and reads it back.
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

    /// Waits until OpenTrain has delivered all events and the bridge has processed them.
    pub(super) async fn idle(&self) -> anyhow::Result<()> {
        self.opentrain
            .settle()
            .await
            .context("deliveries are still in progress")?;
        let queue = self.queue()?;
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

    pub(super) async fn strike(mut self) -> anyhow::Result<()> {
        self.bridge.stop().await?;
        self.opentrain.shutdown().await;
        self.tool.shutdown().await;
        Ok(())
    }
}

fn hook(bridge: &dyn Bridge) -> String {
    format!("http://{}/hooks/default", bridge.address())
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn options() -> Options {
    Options {
        clock: clock(),
        ..Options::default()
    }
}

/// Drafts and publishes the job, as an employer's agent does.
async fn post_job(employer: &PublicClient) -> anyhow::Result<String> {
    let fields = rehearse::job("Label street scenes", "Draw boxes around vehicles.");
    let draft = NewDraft {
        description: Description::Fields(fields),
        external_id: None,
        idempotency_key: None,
    };
    let draft = employer.create_draft(&draft).await?;
    employer.publish(&draft.job_id).await?;
    Ok(draft.job_id.to_string())
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
    WebhookSecret::new(created.secret.expose_secret()).context("OpenTrain returned an empty secret")
}
