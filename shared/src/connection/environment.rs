//! The environment's connection, as in the reference integration: `default`, over what is kept.

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    ConnectionName, ConnectionStore, Credentials, Index, Keeper, Readable, StoreError, Version,
    Webhook,
};
use crate::delivery::signature::WebhookSecret;

/// What the environment says of the connection `default`.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `OPENTRAIN_PARTNER_TOKEN`.
    pub token: Option<SecretString>,
    /// `OPENTRAIN_WEBHOOK_SECRET`; empty when it is not set.
    pub secrets: Vec<WebhookSecret>,
}

impl Environment {
    /// Whether it says anything at all.
    pub fn is_empty(&self) -> bool {
        self.token.is_none() && self.secrets.is_empty()
    }

    /// Lays what the environment says of `name` over what is kept, each variable over its own part: a
    /// token from the environment goes with secrets that `bridge subscribe` has stored.
    pub fn over(&self, name: &ConnectionName, kept: Option<Credentials>) -> Option<Credentials> {
        if *name != ConnectionName::single() || self.is_empty() {
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

/// Connections as they are kept, with the environment's `default` over it.
#[derive(Debug, Clone)]
pub struct WithEnvironment {
    /// What the environment says.
    pub environment: Environment,
    /// What keeps them.
    pub keeper: Keeper,
}

/// The version of a connection that the environment alone has: it never changes, and no store has it.
const ENVIRONMENT_ALONE: Version = 0;

#[async_trait]
impl ConnectionStore for WithEnvironment {
    async fn index(&self) -> Result<Index, StoreError> {
        let mut index = self.keeper.index().await?;
        let single = ConnectionName::single();
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
        let kept = match version {
            ENVIRONMENT_ALONE => None,
            version => Some(self.keeper.load(name, version).await?),
        };
        Ok(self.environment.over(name, kept).unwrap_or_default())
    }

    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError> {
        let single = ConnectionName::single();
        let mut stored = index.clone();
        if stored.version(&single) == Some(ENVIRONMENT_ALONE) {
            stored.remove(&single);
        }
        let mut read = self.keeper.load_all(&stored).await?;
        let own = read.kept.remove(&single);
        let own = self.environment.over(&single, own);
        read.kept.extend(own.map(|own| (single, own)));
        Ok(read)
    }
}
