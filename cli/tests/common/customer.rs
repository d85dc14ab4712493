//! A customer of the bridge: an install at the simulated OpenTrain.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use shared::connection::Connection;
use shared::http::RetryPolicy;
use shared::model::ConnectionName;
use shared::model::clock::SystemClock;
use shared::model::event::EventType;
use shared::model::ids::{JobId, LinkId, ProjectId};
use shared::model::signature::WebhookSecret;
use shared::opentrain::{
    NewProjectLink, NewWebhookEndpoint, Options, PlatformClient, ProvisioningMode,
};
use simulator::{ConsentOptions, Grant, OpenTrain};

/// A customer: their install and their connection.
pub(crate) struct Customer {
    pub(crate) grant: Grant,
    pub(crate) platform: PlatformClient,
    pub(crate) secret: WebhookSecret,
}

impl Customer {
    /// Consents, and subscribes the bridge to all events.
    pub(crate) async fn join(opentrain: &OpenTrain, consent: ConsentOptions, hook: String) -> Self {
        let grant = opentrain.consent(consent);
        let platform = platform(&opentrain.base_url(), &grant.token);
        let event_types = EventType::known().map(Into::into).collect();
        let created = platform
            .create_endpoint(&NewWebhookEndpoint {
                url: hook,
                event_types,
            })
            .await
            .unwrap();
        let secret = WebhookSecret::new(created.secret.expose_secret()).unwrap();
        Self {
            grant,
            platform,
            secret,
        }
    }

    /// Links a job to a project.
    pub(crate) async fn link(&self, job: &str, project: &str, mode: ProvisioningMode) -> LinkId {
        let new = NewProjectLink {
            external_project_id: ProjectId::from(project),
            external_project_name: None,
            external_project_url: None,
            job_id: Some(JobId::from(job)),
            provisioning_mode: mode,
        };
        self.platform.create_link(&new).await.unwrap().id
    }

    pub(crate) fn connection(&self, name: &str) -> Connection {
        Connection {
            name: ConnectionName::parse(name).unwrap(),
            secrets: vec![self.secret.clone()],
            platform: self.platform.clone(),
            projects: None,
        }
    }
}

/// A client of the Platform API without pauses between its attempts.
pub(crate) fn platform(base_url: &str, token: &str) -> PlatformClient {
    let first = Duration::from_millis(1);
    let retry = RetryPolicy {
        first,
        longest: first,
        ..RetryPolicy::default()
    };
    let options = Options {
        retry,
        clock: Arc::new(SystemClock),
        ..Options::default()
    };
    PlatformClient::new(base_url, &token.into(), options).unwrap()
}
