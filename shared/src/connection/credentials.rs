//! Credentials of a connection.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use crate::model::ConnectionName;
use crate::model::ids::{EndpointId, InstallId, ProjectId};
use crate::model::signature::WebhookSecret;

/// Credentials of a connection. `Debug` shows neither token nor secrets.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The Platform API token; a connection without one is not served.
    pub token: Option<SecretString>,
    /// The install that the token was for when it was stored.
    pub install: Option<InstallId>,
    /// The customer, by OpenTrain's id, when the token was stored.
    pub organization: Option<String>,
    /// The live webhook secrets, newest first. There are several during a rotation.
    pub webhooks: Vec<Webhook>,
    /// The projects that its organisation may use. `None` if it may use all, because the bridge serves one
    /// organisation.
    pub projects: Option<BTreeSet<ProjectId>>,
}

/// A live webhook secret.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The endpoint that signs with it; `None` if it is not known.
    pub endpoint: Option<EndpointId>,
    /// Key of the signatures.
    pub secret: WebhookSecret,
}

impl Credentials {
    /// The live secrets, newest first.
    pub fn secrets(&self) -> Vec<WebhookSecret> {
        self.webhooks
            .iter()
            .map(|webhook| webhook.secret.clone())
            .collect()
    }

    /// Whether the secret of that endpoint is kept.
    pub fn knows(&self, endpoint: &EndpointId) -> bool {
        self.webhooks
            .iter()
            .any(|webhook| webhook.endpoint.as_ref() == Some(endpoint))
    }
}

/// All connections of a store.
pub type Kept = BTreeMap<ConnectionName, Credentials>;
