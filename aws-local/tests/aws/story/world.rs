//! A simulated OpenTrain and tool with a deployed bridge.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use aws_local::{Deployment, Deviations};
use bridge::demo::Sides;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::event::EventType;
use shared::model::ids::{JobId, ProjectId};
use shared::model::signature::WebhookSecret;
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProvisioningMode,
};
use shared::queue::{Depth, EventMessage, Message, Outgoing, Queue, SqsQueue};
use simulator::{AnnotationPlatform, ConsentOptions, JobOptions, OpenTrain, TrainerOptions};

/// The project that people are hired for.
pub(crate) const PROJECT: &str = "street-scenes";

/// The stack's name, as in samconfig.toml.
pub(crate) const STACK: &str = "opentrain-bridge";

/// Parameters without a default. The tool's URL is written later.
pub(crate) const PLACEHOLDERS: [(&str, &str); 2] = [
    ("ToolBaseUrl", "https://tool.example.com"),
    ("ToolApiToken", "placeholder"),
];

/// Time limit of every condition, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// A sample whose event happens now. A start that is older than a week grants no access before OpenTrain's API lists
/// the contract, and the simulator does not know the samples' contracts.
pub(crate) fn happening_now(sample: &str) -> String {
    let now = SystemClock.now().to_string();
    ["2026-06-12T10:00:00.000Z", "2026-06-12T10:00:00Z"]
        .iter()
        .fold(sample.to_owned(), |text, at| text.replace(at, &now))
}

/// A hire of this trainer with its own event, as the webhook stores it.
pub(crate) fn hire(event: u64, trainer: &str) -> Outgoing {
    let sample = include_str!("../../../../events/webhook/contract.started.json");
    let body = happening_now(sample)
        .replace("usr_maria", trainer)
        .replace("\"1042\"", &format!("\"{event}\""))
        .replace("\"ctr_81\"", &format!("\"ctr_{event}\""));
    let message = Message::Event(EventMessage {
        handed_on: None,
        connection: ConnectionName::default(),
        delivery: None,
        received_at: SystemClock.now(),
        event: serde_json::from_str(&body).unwrap(),
    });
    message.encode()
}

/// OpenTrain, tool and bridge, connected.
pub(crate) struct World {
    pub(crate) opentrain: OpenTrain,
    pub(crate) tool: AnnotationPlatform,
    pub(crate) deployment: Deployment,
    pub(crate) queue: SqsQueue,
    pub(crate) secret: WebhookSecret,
    token: SecretString,
    job: String,
}

impl World {
    /// Deploys a stack, and connects it as an operator would.
    pub(crate) async fn deploy(mut deviations: Deviations) -> Self {
        let own = PLACEHOLDERS.map(|(name, value)| (name, value.to_owned()));
        deviations.parameters.extend(own);
        let opentrain = OpenTrain::start().await.unwrap();
        let tool = AnnotationPlatform::start("tool-canary").await.unwrap();
        tool.create_project(PROJECT, "Street scenes");
        let mut deployment = Deployment::create(STACK, deviations).await.unwrap();
        deployment.set("OPENTRAIN_BASE_URL", &opentrain.base_url());
        let job = opentrain.create_job(JobOptions::default());
        let hook = format!("http://{}/hooks/default", deployment.address());
        let token = opentrain.consent(ConsentOptions::default()).token.into();
        let platform =
            PlatformClient::new(&opentrain.base_url(), &token, Options::default()).unwrap();
        let secret = subscribe(&platform, &job, hook).await;
        let sides = Sides {
            opentrain: opentrain.base_url(),
            token,
            secret,
            tool: tool.base_url(),
            tool_token: "tool-canary".into(),
        };
        connect(&deployment, &sides).await.unwrap();
        tool_is(&deployment, &sides).await.unwrap();
        deployment.serve().await.unwrap();
        let clock = Arc::new(SystemClock);
        let queue = SqsQueue::new(deployment.clients(), deployment.queues(), clock);
        Self {
            opentrain,
            tool,
            deployment,
            queue,
            secret: sides.secret,
            token: sides.token,
            job,
        }
    }

    /// The Platform API, with the customer's token.
    pub(crate) fn platform(&self) -> PlatformClient {
        let base = self.opentrain.base_url();
        PlatformClient::new(&base, &self.token, Options::default()).unwrap()
    }

    /// A link to a project, without a job yet.
    pub(crate) fn link_to(project: &str) -> NewProjectLink {
        NewProjectLink {
            external_project_id: ProjectId::from(project),
            external_project_name: None,
            external_project_url: None,
            job_id: None,
            provisioning_mode: ProvisioningMode::PartnerWebhook,
        }
    }

    /// Returns when a scheduled function's queue of jobs is empty.
    pub(crate) async fn until_no_job_is_left(&self, function: &str) {
        use aws_sdk_sqs::types::QueueAttributeName as Name;
        let url = self.deployment.jobs_of(function).unwrap();
        let empty = async {
            let mut look = tokio::time::interval(Duration::from_millis(50));
            loop {
                look.tick().await;
                let sqs = &self.deployment.clients().sqs;
                let count = sqs.get_queue_attributes().queue_url(url);
                let count = count.attribute_names(Name::All).send().await.unwrap();
                let counts = count.attributes.unwrap();
                let kinds = [
                    Name::ApproximateNumberOfMessages,
                    Name::ApproximateNumberOfMessagesNotVisible,
                ];
                if kinds.iter().all(|kind| counts[kind] == "0") {
                    return;
                }
            }
        };
        let emptied = tokio::time::timeout(PATIENCE, empty).await;
        emptied.expect("the jobs are carried out");
    }

    /// Stores the connections as an earlier version did: as one text.
    pub(crate) async fn store_as_before(&self) {
        let default = json!({
            "token": self.token.expose_secret(),
            "webhooks": [{ "secret": self.secret.expose() }],
        });
        let text = json!({ "version": 1, "connections": { "default": default } });
        let secret = self.deployment.template().connections_secret().unwrap();
        put(&self.deployment, &secret.name, text.to_string())
            .await
            .unwrap();
    }

    /// Another connection of the same organisation; the Platform API, with its token.
    pub(crate) async fn connect_another(&self, name: &str) -> PlatformClient {
        let token: SecretString = self
            .opentrain
            .consent(ConsentOptions::default())
            .token
            .into();
        let base = self.opentrain.base_url();
        let platform = PlatformClient::new(&base, &token, Options::default()).unwrap();
        let url = format!("http://{}/hooks/{name}", self.deployment.address());
        let secret = endpoint(&platform, url).await;
        let store = self.deployment.connections().unwrap();
        let name = ConnectionName::parse(name).unwrap();
        let connected = aws_local::connect(&store, &name, &token, &secret).await;
        connected.unwrap();
        platform
    }

    /// Hires a new trainer. Returns the contract.
    pub(crate) fn hire(&self, trainer: &str) -> String {
        self.hire_for(&self.job, trainer)
    }

    /// Hires a new trainer for a job. Returns the contract.
    pub(crate) fn hire_for(&self, job: &str, trainer: &str) -> String {
        let trainer = self.trainer(trainer);
        self.opentrain.hire(job, &trainer).unwrap()
    }

    /// A new trainer.
    pub(crate) fn trainer(&self, id: &str) -> String {
        let options = TrainerOptions {
            id: Some(id.into()),
            display_name: "Canary".into(),
            work_email: Some(format!("{id}-canary@opentrain.work")),
            ..TrainerOptions::default()
        };
        self.opentrain.create_trainer(options).unwrap()
    }

    /// Whether the trainer is a member in the tool.
    pub(crate) fn has(&self, trainer: &str) -> bool {
        self.tool.member(PROJECT, trainer).is_some()
    }

    /// Returns when all of them are members in the tool.
    pub(crate) async fn until_all_in(&self, trainers: &[&str]) {
        let all = |tool: &AnnotationPlatform| {
            trainers.iter().all(|it| tool.member(PROJECT, it).is_some())
        };
        self.tool.until(all).await.unwrap();
    }

    /// Returns when no message is in flight and the queue has this depth.
    pub(crate) async fn until_queue_is(&self, wanted: Depth) {
        self.until_queue_is_within(PATIENCE, wanted).await;
    }

    pub(crate) async fn until_queue_is_within(&self, patience: Duration, wanted: Depth) {
        let empty = async {
            let mut look = tokio::time::interval(Duration::from_millis(50));
            loop {
                look.tick().await;
                if self.queue.depth().await.unwrap() == wanted {
                    return;
                }
            }
        };
        let emptied = tokio::time::timeout(patience, empty).await;
        emptied.expect("the queue gets there");
    }

    /// Asserts that the functions have printed no personal data and no secret.
    pub(crate) fn assert_nothing_leaks(&self) {
        let lines = self.deployment.output();
        assert!(
            !lines.is_empty(),
            "functions that print nothing prove nothing"
        );
        for line in lines {
            let text = line.to_lowercase();
            for planted in ["canary", "ot_ptk_", "whsec_"] {
                assert!(!text.contains(planted), "it leaks: {line}");
            }
        }
    }
}

/// Links the job and subscribes. Returns the endpoint's secret.
async fn subscribe(platform: &PlatformClient, job: &str, url: String) -> WebhookSecret {
    let link = NewProjectLink {
        job_id: Some(JobId::from(job)),
        ..World::link_to(PROJECT)
    };
    platform.create_link(&link).await.unwrap();
    endpoint(platform, url).await
}

/// Subscribes. Returns the endpoint's secret.
async fn endpoint(platform: &PlatformClient, url: String) -> WebhookSecret {
    let event_types = EventType::known().map(Into::into).collect();
    let endpoint = NewWebhookEndpoint { url, event_types };
    let made = platform.create_endpoint(&endpoint).await.unwrap();
    WebhookSecret::new(made.secret.expose_secret()).unwrap()
}

/// Stores the connection, as `bridge connect` and `bridge subscribe` do.
pub(crate) async fn connect(deployment: &Deployment, sides: &Sides) -> anyhow::Result<()> {
    let store = deployment.connections()?;
    let name = ConnectionName::default();
    aws_local::connect(&store, &name, &sides.token, &sides.secret).await
}

/// Writes the tool's URL into the stack's settings.
pub(crate) async fn tool_is(deployment: &Deployment, sides: &Sides) -> anyhow::Result<()> {
    let secret = deployment.template().settings_secret()?;
    let text = secret.value.context("the settings have a value")?;
    let mut settings: serde_json::Value = serde_json::from_str(&text)?;
    settings["TOOL_BASE_URL"] = sides.tool.as_str().into();
    settings["TOOL_API_TOKEN"] = sides.tool_token.expose_secret().into();
    put(deployment, &secret.name, settings.to_string()).await
}

async fn put(deployment: &Deployment, name: &str, text: String) -> anyhow::Result<()> {
    let put = deployment.clients().secrets.put_secret_value();
    put.secret_id(name).secret_string(text).send().await?;
    Ok(())
}
