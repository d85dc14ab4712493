//! AWS clients that the stores over SQS, DynamoDB, Secrets Manager and the Parameter Store share.
//!
//! The SDK sends through our own HTTP client (`wire`), so that the program has one TLS provider and one bundle of
//! roots. A function's clients use its own variables ([`Clients::new`]), an operator's clients the operator's profile
//! ([`Clients::of_operator`]).

mod fault;
mod settings;
mod wire;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sqs::config::StalledStreamProtectionConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::{ReconnectMode, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use secrecy::ExposeSecret;

use crate::http::{SetupError, cause};

pub use fault::{AwsError, Kind};
pub(crate) use fault::{Call, entry_fault, fault};
pub use settings::{AwsSettings, Endpoints};

/// Time limit of one attempt. All our requests are small.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Time limit of a call with all its attempts: intake must report a failure within 8 s.
const OPERATION: Duration = Duration::from_secs(7);

/// Maximum number of attempts. Throttling and broken connections rarely last until the second one.
const ATTEMPTS: u32 = 3;

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Clients of the services, created once and shared. Clones share connections.
#[derive(Debug, Clone)]
pub struct Clients {
    /// The queue.
    pub sqs: aws_sdk_sqs::Client,
    /// The ledger.
    #[cfg(feature = "dynamodb")]
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The index of the connections, and settings.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// The connections.
    pub ssm: aws_sdk_ssm::Client,
}

impl Clients {
    /// Creates a function's clients. Makes no call and reads no file.
    ///
    /// # Errors
    /// If the HTTP client cannot be created.
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

    /// Creates the clients for a region and credentials from another source: a profile, SSO.
    ///
    /// # Errors
    /// If the HTTP client cannot be created.
    pub fn of_operator(config: SdkConfig, endpoints: &Endpoints) -> Result<Self, SetupError> {
        let config = config
            .into_builder()
            .http_client(http_client(endpoints)?)
            .timeout_config(timeouts(ATTEMPT, OPERATION))
            .retry_config(retries())
            // Meant for streaming bodies. Ours are in memory, and each attempt has its time-out.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let (mut sqs, mut secrets, mut ssm) = (
            aws_sdk_sqs::config::Builder::from(&config),
            aws_sdk_secretsmanager::config::Builder::from(&config),
            aws_sdk_ssm::config::Builder::from(&config),
        );
        if let Some(url) = endpoints.sqs() {
            sqs = sqs.endpoint_url(url);
        }
        if let Some(url) = endpoints.secrets() {
            secrets = secrets.endpoint_url(url);
        }
        if let Some(url) = endpoints.ssm() {
            ssm = ssm.endpoint_url(url);
        }
        Ok(Self {
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            #[cfg(feature = "dynamodb")]
            dynamodb: dynamodb(&config, endpoints),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
            ssm: aws_sdk_ssm::Client::from_conf(ssm.build()),
        })
    }
}

#[cfg(feature = "dynamodb")]
fn dynamodb(config: &SdkConfig, endpoints: &Endpoints) -> aws_sdk_dynamodb::Client {
    let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(config);
    if let Some(url) = endpoints.dynamodb() {
        dynamodb = dynamodb.endpoint_url(url);
    }
    aws_sdk_dynamodb::Client::from_conf(dynamodb.build())
}

/// Version of the SDK's defaults. It is pinned, so that an update of the SDK changes none of them.
pub fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The operator has no AWS credentials.
#[derive(Debug, thiserror::Error)]
#[error(
    "there are no credentials for AWS ({0}): log in (`aws sso login`), choose a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY"
)]
pub struct NoCredentials(String);

/// Checks that the operator has credentials, so that missing ones are reported clearly.
///
/// # Errors
/// If there are none.
pub async fn assert_credentials(config: &SdkConfig) -> Result<(), NoCredentials> {
    let provider = config.credentials_provider();
    let provider = provider.ok_or_else(|| NoCredentials("no provider is configured".into()))?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(NoCredentials(cause(&error))),
    }
}

/// Our HTTP client in the SDK's form. An operator's credentials are also fetched with it.
///
/// # Errors
/// If the HTTP client cannot be created.
pub fn http_client(endpoints: &Endpoints) -> Result<SharedHttpClient, SetupError> {
    Ok(SharedHttpClient::new(wire::Wire::new(
        endpoints.is_loopback(),
        endpoints.roots(),
    )?))
}

/// `wire` has its own time limit for connecting.
pub(crate) fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// Time limits of a call that waits on purpose, such as a long poll.
pub(crate) fn waiting(wait: Duration) -> TimeoutConfig {
    timeouts(ATTEMPT + wait, OPERATION + wait)
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_max_backoff(LONGEST_PAUSE)
        // Our HTTP client drops broken connections itself, and does not pass connections to the SDK.
        .with_reconnect_mode(ReconnectMode::ReuseAllConnections)
}
