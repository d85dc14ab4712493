//! [`Secret`]: a secret of Secrets Manager that is changed on condition of its version.
//!
//! A change first stores a new version that is not read. Then it makes that version the current one, but only if the
//! version that was read is still current:
//!
//! ```text
//! GetSecretValue            → version 1, AWSCURRENT
//! PutSecretValue            → version 2, bridge-pending
//! UpdateSecretVersionStage    AWSCURRENT from 1 to 2
//! ```
//!
//! If another operator was faster, version 1 is no longer the current one, and Secrets Manager refuses the last call.
//!
//! A stack creates the secret without a value, so that no deployment can overwrite one. Secrets Manager makes the
//! first version of a secret the current one by itself.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::aws::{AwsError, Call, Clients, Kind, fault, timeouts};
use crate::model::chance;

/// Label of the current version.
const CURRENT: &str = "AWSCURRENT";

/// Label of a version that is not yet current. All writers use the same label, so at most one version has it.
const PENDING: &str = "bridge-pending";

/// Time limits of a read, per attempt and in total. A delivery may wait for two reads and for the queue.
pub(super) fn read_limits() -> TimeoutConfig {
    timeouts(Duration::from_millis(1200), Duration::from_millis(2500))
}

/// A secret of this name.
#[derive(Clone)]
pub(super) struct Secret {
    client: Client,
    name: String,
}

/// The current version of a secret.
pub(super) struct Held {
    /// `None` if the secret has no value yet.
    pub(super) version: Option<String>,
    pub(super) value: Value,
}

pub(super) enum Value {
    None,
    Text(String),
    Bytes(Vec<u8>),
}

/// Result of a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    Done,
    /// Another change came first; nothing was changed.
    Overtaken,
}

impl Secret {
    pub(super) fn new(clients: &Clients, name: &str) -> Self {
        Self {
            client: clients.secrets.clone(),
            name: name.to_owned(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn read(&self) -> Result<Held, AwsError> {
        let Some(answer) = self.get().await? else {
            return Ok(Held {
                version: None,
                value: Value::None,
            });
        };
        let value = match (answer.secret_binary, answer.secret_string) {
            (Some(bytes), _) => Value::Bytes(bytes.into_inner()),
            (None, text) => Value::Text(text.unwrap_or_default()),
        };
        Ok(Held {
            version: answer.version_id,
            value,
        })
    }

    /// Stores `bytes` as the current version, if the current version is still `before`.
    pub(super) async fn replace(
        &self,
        before: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<Replaced, AwsError> {
        let pending = self.put(bytes).await?;
        let Err(refusal) = self.promote(before, &pending).await else {
            return Ok(Replaced::Done);
        };
        if refusal.code() != Some("InvalidParameterException") {
            return Err(refusal);
        }
        let now = self.read().await?.version;
        match now.as_deref() {
            // Refused although it is done: it was the first version, or the answer to an earlier attempt was lost.
            Some(now) if now == pending => Ok(Replaced::Done),
            // No other change came first, so the refusal has another reason.
            now if now == before => Err(refusal),
            _ => Ok(Replaced::Overtaken),
        }
    }

    /// The current version; `None` if the secret has no value yet.
    async fn get(&self) -> Result<Option<GetSecretValueOutput>, AwsError> {
        match self.get_current().await {
            // AWS returns the same code for a missing secret and for one without a current version.
            Err(fault) if fault.kind() == Kind::Missing => match self.is_empty().await? {
                true => Ok(None),
                // Another operator may have written the first version in between.
                false => Ok(Some(self.get_current().await?)),
            },
            answer => Ok(Some(answer?)),
        }
    }

    async fn get_current(&self) -> Result<GetSecretValueOutput, AwsError> {
        self.client
            .get_secret_value()
            .secret_id(&self.name)
            .customize()
            .config_override(Builder::new().timeout_config(read_limits()))
            .send()
            .await
            .map_err(|error| self.fault("secretsmanager:GetSecretValue", &error))
    }

    /// Whether the secret exists and has no version.
    async fn is_empty(&self) -> Result<bool, AwsError> {
        let described = self
            .client
            .describe_secret()
            .secret_id(&self.name)
            .customize()
            .config_override(Builder::new().timeout_config(read_limits()))
            .send()
            .await;
        match described {
            Ok(described) => Ok(described
                .version_ids_to_stages()
                .is_none_or(HashMap::is_empty)),
            Err(error) => match self.fault("secretsmanager:DescribeSecret", &error) {
                fault if fault.kind() == Kind::Missing => Ok(false),
                fault => Err(fault),
            },
        }
    }

    /// Stores a version that is not current yet, and returns its id.
    async fn put(&self, bytes: Vec<u8>) -> Result<String, AwsError> {
        let id = chance::unique();
        self.client
            .put_secret_value()
            .secret_id(&self.name)
            .client_request_token(&id)
            .secret_binary(Blob::new(bytes))
            .version_stages(PENDING)
            .send()
            .await
            .map_err(|error| self.fault("secretsmanager:PutSecretValue", &error))?;
        Ok(id)
    }

    /// Makes `pending` the current version, if the current version is still `before`.
    async fn promote(&self, before: Option<&str>, pending: &str) -> Result<(), AwsError> {
        self.client
            .update_secret_version_stage()
            .secret_id(&self.name)
            .version_stage(CURRENT)
            .set_remove_from_version_id(before.map(str::to_owned))
            .move_to_version_id(pending)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.fault("secretsmanager:UpdateSecretVersionStage", &error))
    }

    fn fault<E>(&self, action: &'static str, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = Call {
            action,
            what: &format!("secret `{}`", self.name),
            setting: "BRIDGE_CONNECTIONS_SECRET",
        };
        fault(&call, error)
    }
}
