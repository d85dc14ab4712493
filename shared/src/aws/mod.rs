//! AWS: the clients that the stores over SQS, DynamoDB, Secrets Manager and the Parameter Store share.
//!
//! The SDK speaks through our own HTTP client (`wire`), so that there is one TLS provider and one bundle of
//! roots in the program. A function's clients are made from its own variables ([`Clients::new`]), an
//! operator's from whatever profile they have ([`Clients::of_operator`]).

mod fault;
pub mod function;
mod settings;
mod wire;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::{ReconnectMode, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use secrecy::ExposeSecret;

use crate::config::{AwsSettings, Endpoints};
use crate::http::{SetupError, cause};

pub use fault::{AwsError, Kind};
pub(crate) use fault::{Call, entry_fault, fault};
pub use settings::{StoredSettingsError, with_stored_settings};

/// How long one attempt may take; all our requests are small.
const ATTEMPT: Duration = Duration::from_secs(3);

/// How long a call may take with all its attempts: the door has to answer within 8 s that it took nothing.
const OPERATION: Duration = Duration::from_secs(7);

/// How often a call is attempted: throttling and broken connections are mostly over at the second time.
const ATTEMPTS: u32 = 3;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The clients of the services, made once and shared. Clones share connections.
#[derive(Debug, Clone)]
pub struct Clients {
    /// The queue.
    pub sqs: aws_sdk_sqs::Client,
    /// The ledger.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The index of the connections, and settings.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// The connections.
    pub ssm: aws_sdk_ssm::Client,
}

impl Clients {
    /// A function's clients; calls nobody and reads no file.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: &AwsSettings) -> Result<Self, SetupError> {
        let token = settings.session_token.as_ref();
        let credentials = Credentials::new(
            settings.key_id.clone(),
            settings.key.expose_secret(),
            token.map(|token| token.expose_secret().to_owned()),
            None,
            "the function's environment",
        );
        let config = SdkConfig::builder()
            .behavior_version(behavior())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .build();
        Self::of_operator(config, &settings.endpoints)
    }

    /// The clients of somebody whose region and credentials come from elsewhere: a profile, SSO.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn of_operator(config: SdkConfig, endpoints: &Endpoints) -> Result<Self, SetupError> {
        let config = config
            .into_builder()
            .http_client(http_client(endpoints)?)
            .timeout_config(timeouts(ATTEMPT, OPERATION))
            .retry_config(retries())
            // For bodies that stream; ours are in memory, and each attempt has its time-out.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let (mut sqs, mut dynamodb, mut secrets, mut ssm) = (
            aws_sdk_sqs::config::Builder::from(&config),
            aws_sdk_dynamodb::config::Builder::from(&config),
            aws_sdk_secretsmanager::config::Builder::from(&config),
            aws_sdk_ssm::config::Builder::from(&config),
        );
        if let Some(url) = endpoints.sqs() {
            sqs = sqs.endpoint_url(url);
        }
        if let Some(url) = endpoints.dynamodb() {
            dynamodb = dynamodb.endpoint_url(url);
        }
        if let Some(url) = endpoints.secrets() {
            secrets = secrets.endpoint_url(url);
        }
        if let Some(url) = endpoints.ssm() {
            ssm = ssm.endpoint_url(url);
        }
        Ok(Self {
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
            ssm: aws_sdk_ssm::Client::from_conf(ssm.build()),
        })
    }
}

/// The version of the SDK's own defaults: pinned, so that an update of the SDK changes none of them.
pub fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// Why an operator is nobody to AWS.
#[derive(Debug, thiserror::Error)]
#[error(
    "there are no credentials for AWS ({0}): log in (`aws sso login`), choose a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY"
)]
pub struct NoCredentials(String);

/// Looks for an operator's credentials, so that their absence is told as what it is.
///
/// # Errors
/// When there are none.
pub async fn assert_credentials(config: &SdkConfig) -> Result<(), NoCredentials> {
    let provider = config.credentials_provider();
    let provider = provider.ok_or_else(|| NoCredentials("nothing gives any".into()))?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(NoCredentials(cause(&error))),
    }
}

/// Our HTTP client in the SDK's form; an operator's credentials are fetched with it, too.
///
/// # Errors
/// When no HTTP client can be made.
pub fn http_client(endpoints: &Endpoints) -> Result<SharedHttpClient, SetupError> {
    Ok(SharedHttpClient::new(wire::Wire::new(
        endpoints.is_loopback(),
        endpoints.roots(),
    )?))
}

/// Connecting has its own limit, in `wire`.
pub(crate) fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// A call that waits on purpose, such as a long poll, takes as much longer.
pub(crate) fn waiting(wait: Duration) -> TimeoutConfig {
    timeouts(ATTEMPT + wait, OPERATION + wait)
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_max_backoff(LONGEST_PAUSE)
        // Our HTTP client drops broken connections by itself, and shows the SDK none to close.
        .with_reconnect_mode(ReconnectMode::ReuseAllConnections)
}
