//! [`SecretStore`]: the connections of a stack, all in one secret of Secrets Manager.
//!
//! A change is a new version that nobody reads yet, which then becomes the current one in the place of exactly
//! the version that was read:
//!
//! ```text
//! GetSecretValue            → version 1, AWSCURRENT
//! PutSecretValue            → version 2, bridge-pending
//! UpdateSecretVersionStage    AWSCURRENT from 1 to 2
//! ```
//!
//! Where another operator was faster, version 1 is not the current one any more, the last call is refused,
//! and all three are done again: neither change is lost.
//!
//! A stack creates the secret without a value, so that no deployment can overwrite one: a secret without any version
//! has no connections. Secrets Manager makes the first version of a secret the current one by itself.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{ConnectionName, ConnectionStore, Credentials, Kept, StoreError, document};
use crate::aws::{AwsError, Call, Clients, Kind, fault, timeouts};
use crate::clock::{Clock, after};

/// How long a reading is given out again: a bridge that looks up all its customers reads once.
const FRESH: Duration = Duration::from_secs(2);

/// How long a reading may take, in one attempt and in all: a delivery waits for it.
const ATTEMPT: Duration = Duration::from_secs(2);
const OPERATION: Duration = Duration::from_secs(4);

/// How often a change is made anew because others were faster.
const ROUNDS: usize = 8;

/// The most bytes that a secret takes.
const LARGEST: usize = 64 * 1024;

/// The version that counts.
const CURRENT: &str = "AWSCURRENT";

/// A version that does not count yet. It is one label for all, so that at most one version has it.
const PENDING: &str = "bridge-pending";

/// A secret that holds connections. Clones share what they remember.
#[derive(Clone)]
pub struct SecretStore {
    client: Client,
    name: String,
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Option<Reading>>>,
}

/// What the secret held.
#[derive(Clone)]
struct Reading {
    at: Timestamp,
    /// None where the secret has no value yet.
    version: Option<String>,
    kept: Arc<Kept>,
}

impl SecretStore {
    /// The secret of this name (`BRIDGE_CONNECTIONS_SECRET`); calls nobody.
    pub fn new(clients: &Clients, name: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            client: clients.secrets.clone(),
            name: name.to_owned(),
            clock,
            last: Arc::default(),
        }
    }

    /// The secret's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All that is kept, as it is now.
    ///
    /// # Errors
    /// When the secret can't be read, or holds something else.
    pub async fn read(&self) -> Result<Kept, StoreError> {
        let mut last = self.last.lock().await;
        Ok(Kept::clone(&*self.fetch(&mut last).await?.kept))
    }

    /// Changes what is kept; see the module's own words. An error of `change` leaves the secret as it was.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), a secret that can't be written or has no room, those of `change`.
    pub async fn update<T, E: From<StoreError>>(
        &self,
        mut change: impl FnMut(&mut Kept) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut last = self.last.lock().await;
        let mut before = self.fetch(&mut last).await?;
        for _ in 0..ROUNDS {
            let mut kept = Kept::clone(&*before.kept);
            let outcome = change(&mut kept)?;
            let pending = self.put(&kept).await?;
            let promoted = self.promote(before.version.as_deref(), &pending);
            let Err(refusal) = promoted.await else {
                // What is remembered is of before.
                *last = None;
                return Ok(outcome);
            };
            if refusal.code() != Some("InvalidParameterException") {
                return Err(StoreError::from(refusal).into());
            }
            let now = self.fetch(&mut last).await?;
            // Refused, and done all the same: the answer to an earlier attempt was lost.
            if now.version.as_ref() == Some(&pending) {
                return Ok(outcome);
            }
            // Nobody was faster: the refusal is about something else.
            if now.version == before.version {
                return Err(StoreError::from(refusal).into());
            }
            before = now;
        }
        let name = self.name.clone();
        Err(StoreError::Contended { name }.into())
    }

    async fn current(&self) -> Result<Arc<Kept>, StoreError> {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        if let Some(reading) = &*last
            && reading.at <= now
            && now < after(reading.at, FRESH)
        {
            return Ok(Arc::clone(&reading.kept));
        }
        Ok(self.fetch(&mut last).await?.kept)
    }

    /// Reads the secret. A version never changes, so one that is known is not parsed again.
    async fn fetch(&self, last: &mut Option<Reading>) -> Result<Reading, StoreError> {
        let answer = self.get().await?;
        let at = self.clock.now();
        let version = answer.as_ref().and_then(|it| it.version_id.clone());
        let kept = match (last.take(), answer) {
            (Some(known), _) if known.version == version => known.kept,
            (_, Some(answer)) => Arc::new(self.parse(&answer)?),
            (_, None) => Arc::default(),
        };
        let reading = Reading { at, version, kept };
        *last = Some(reading.clone());
        Ok(reading)
    }

    /// The current version; none where the secret has no value yet.
    async fn get(&self) -> Result<Option<GetSecretValueOutput>, StoreError> {
        match self.get_current().await {
            // The same code stands for a secret that is not there and for one that has no current version.
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
            .config_override(limits())
            .send()
            .await
            .map_err(|error| self.fault("secretsmanager:GetSecretValue", &error))
    }

    /// Whether the secret is there and has no version at all.
    async fn is_empty(&self) -> Result<bool, StoreError> {
        let described = self
            .client
            .describe_secret()
            .secret_id(&self.name)
            .customize()
            .config_override(limits())
            .send()
            .await;
        match described {
            Ok(described) => Ok(described
                .version_ids_to_stages()
                .is_none_or(HashMap::is_empty)),
            Err(error) => match self.fault("secretsmanager:DescribeSecret", &error) {
                fault if fault.kind() == Kind::Missing => Ok(false),
                fault => Err(fault.into()),
            },
        }
    }

    fn parse(&self, answer: &GetSecretValueOutput) -> Result<Kept, StoreError> {
        let text = answer.secret_string().unwrap_or_default();
        document::read(text.as_bytes()).map_err(|fault| fault.of_secret(&self.name))
    }

    /// Stores a version that does not count yet, and says its id.
    async fn put(&self, kept: &Kept) -> Result<String, StoreError> {
        let text = document::write_short(kept);
        if text.len() > LARGEST {
            return Err(StoreError::Full {
                name: self.name.clone(),
                bytes: text.len(),
                most: LARGEST,
                connections: kept.len(),
            });
        }
        let id = uuid::Uuid::new_v4().to_string();
        self.client
            .put_secret_value()
            .secret_id(&self.name)
            .client_request_token(&id)
            .secret_string(text)
            .version_stages(PENDING)
            .send()
            .await
            .map_err(|error| self.fault("secretsmanager:PutSecretValue", &error))?;
        Ok(id)
    }

    /// Makes `pending` the version that counts, if `before` still is.
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

#[async_trait]
impl ConnectionStore for SecretStore {
    async fn names(&self) -> Result<BTreeSet<ConnectionName>, StoreError> {
        Ok(self.current().await?.keys().cloned().collect())
    }

    async fn load(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        Ok(self.current().await?.get(name).cloned())
    }

    async fn reload(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        let mut last = self.last.lock().await;
        Ok(self.fetch(&mut last).await?.kept.get(name).cloned())
    }
}

fn limits() -> Builder {
    Builder::new().timeout_config(timeouts(ATTEMPT, OPERATION))
}

impl From<AwsError> for StoreError {
    fn from(error: AwsError) -> Self {
        Self::Secret(Box::new(error))
    }
}

impl fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretStore({})", self.name)
    }
}
