//! The connection `default` from environment variables, as in the reference integration. It takes precedence over the
//! stored one.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use super::projects::{as_served, complete};
use super::{
    ConnectionStore, Credentials, Index, Keeper, Kept, Readable, StoreError, Version, Webhook,
    document,
};
use crate::model::ConnectionName;
use crate::model::signature::WebhookSecret;

/// The environment's variables for the connection `default`.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `OPENTRAIN_PARTNER_TOKEN`.
    pub token: Option<SecretString>,
    /// `OPENTRAIN_WEBHOOK_SECRET`; empty if it is not set.
    pub secrets: Vec<WebhookSecret>,
}

impl Environment {
    /// Whether any of its variables is set.
    pub fn is_empty(&self) -> bool {
        self.token.is_none() && self.secrets.is_empty()
    }

    /// Overlays the stored credentials of `name` with the environment's variables. Each variable replaces only its own
    /// part: a token from the environment is used with secrets that `bridge subscribe` has stored.
    pub fn over(&self, name: &ConnectionName, kept: Option<Credentials>) -> Option<Credentials> {
        if *name != ConnectionName::default() || self.is_empty() {
            return kept;
        }
        let mut credentials = kept.unwrap_or_default();
        if let Some(token) = &self.token {
            credentials.token = Some(token.clone());
        }
        if !self.secrets.is_empty() {
            let webhook = |secret: &WebhookSecret| Webhook {
                endpoint: None,
                secret: secret.clone(),
            };
            credentials.webhooks = self.secrets.iter().map(webhook).collect();
        }
        Some(credentials)
    }
}

/// The connections as they are served: the stored ones, overlaid with the environment's `default`. On a machine, the
/// projects are those of [`as_served`].
#[derive(Debug, Clone)]
pub struct WithEnvironment {
    /// The connection of the environment.
    pub environment: Environment,
    /// The store.
    pub keeper: Keeper,
    /// The connections that were served last, on a machine.
    served: Arc<Mutex<Option<Served>>>,
}

/// The connections that are served after a reading of a machine's file.
#[derive(Debug)]
struct Served {
    /// The content of the file.
    of: Arc<Kept>,
    /// The connections as they are served.
    connections: Arc<Kept>,
}

impl WithEnvironment {
    /// The connections of `keeper` and of the environment.
    pub fn new(environment: Environment, keeper: Keeper) -> Self {
        Self {
            environment,
            keeper,
            served: Arc::default(),
        }
    }

    /// All connections of a machine. None on a stack, which reads them one by one.
    fn on_machine(&self) -> Result<Option<Arc<Kept>>, StoreError> {
        #[cfg_attr(
            not(feature = "aws"),
            allow(irrefutable_let_patterns, reason = "without AWS there is one keeper")
        )]
        let Keeper::File(file) = &self.keeper else {
            return Ok(None);
        };
        let read = file.current()?;
        let mut last = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| Arc::ptr_eq(&last.of, &read)) {
            return Ok(Some(Arc::clone(&last.connections)));
        }
        let (single, mut kept) = (ConnectionName::default(), Kept::clone(&read));
        let own = self.environment.over(&single, kept.remove(&single));
        kept.extend(own.map(|own| (single, own)));
        let connections = Arc::new(as_served(kept));
        *last = Some(Served {
            of: read,
            connections: Arc::clone(&connections),
        });
        Ok(Some(connections))
    }
}

/// The version of a connection that only the environment has. No store uses this version.
const ENVIRONMENT_ALONE: Version = 0;

#[async_trait]
impl ConnectionStore for WithEnvironment {
    async fn index(&self) -> Result<Index, StoreError> {
        if let Some(served) = self.on_machine()? {
            return Ok(document::index(&served));
        }
        let mut index = self.keeper.index().await?;
        let single = ConnectionName::default();
        if !self.environment.is_empty() && index.version(&single).is_none() {
            index.set(&single, ENVIRONMENT_ALONE);
        }
        Ok(index)
    }

    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError> {
        if let Some(served) = self.on_machine()? {
            return Ok(served.get(name).cloned().unwrap_or_default());
        }
        let kept = match version {
            ENVIRONMENT_ALONE => None,
            version => Some(self.keeper.load(name, version).await?),
        };
        Ok(self.environment.over(name, kept).unwrap_or_default())
    }

    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError> {
        if let Some(served) = self.on_machine()? {
            return Ok(Kept::clone(&served).into());
        }
        let single = ConnectionName::default();
        let mut stored = index.clone();
        if stored.version(&single) == Some(ENVIRONMENT_ALONE) {
            stored.remove(&single);
        }
        let mut read = self.keeper.load_all(&stored).await?;
        let own = read.kept.remove(&single);
        let own = self.environment.over(&single, own);
        read.kept.extend(own.map(|own| (single, own)));
        complete(&mut read.kept);
        Ok(read)
    }
}
