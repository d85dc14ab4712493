//! The environment's connection, as in the reference integration: `default`, over what is kept.

use std::collections::BTreeSet;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{ConnectionName, ConnectionStore, Credentials, Keeper, StoreError, Webhook};
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

#[async_trait]
impl ConnectionStore for WithEnvironment {
    async fn names(&self) -> Result<BTreeSet<ConnectionName>, StoreError> {
        let mut names = self.keeper.names().await?;
        if !self.environment.is_empty() {
            names.insert(ConnectionName::single());
        }
        Ok(names)
    }

    async fn load(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        Ok(self.environment.over(name, self.keeper.load(name).await?))
    }

    async fn reload(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        Ok(self.environment.over(name, self.keeper.reload(name).await?))
    }
}
