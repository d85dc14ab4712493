//! Addresses of a stack's queues, and their names in errors.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::{AwsError, Call, fault};
use crate::queue::QueueError;

/// Addresses of a stack's queues. A process knows those that it uses.
#[derive(Debug, Clone, Default)]
pub struct QueueUrls {
    /// The FIFO queue of events (`BRIDGE_QUEUE_URL`).
    pub events: String,
    /// Its dead-letter queue (`BRIDGE_DEAD_LETTER_QUEUE_URL`).
    pub dead_letters: Option<String>,
    /// The retry queue (`BRIDGE_RETRY_QUEUE_URL`).
    pub retry: Option<String>,
    /// The retry queue's dead-letter queue.
    pub retry_dead_letters: Option<String>,
}

/// A queue whose address this process does not know.
#[derive(Debug, thiserror::Error)]
#[error("the address of the queue is not known here: set {0}")]
struct Unknown(&'static str);

/// One queue.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) url: String,
    /// Its name in errors.
    what: String,
    /// Setting that contains its address.
    setting: &'static str,
}

pub(super) const EVENTS: &str = "BRIDGE_QUEUE_URL";
pub(super) const DEAD_LETTERS: &str = "BRIDGE_DEAD_LETTER_QUEUE_URL";
pub(super) const RETRY: &str = "BRIDGE_RETRY_QUEUE_URL";
pub(super) const JOBS: &str = "BRIDGE_JOBS_QUEUE_URL";
/// Setting of a queue that is found by its name.
pub(super) const NAME: &str = "the stack's name";

impl Place {
    pub(super) fn new(url: &str, setting: &'static str) -> Self {
        let name = url.rsplit('/').next().unwrap_or_default();
        Self {
            url: url.to_owned(),
            what: format!("queue `{name}`"),
            setting,
        }
    }

    pub(super) fn call(&self, action: &'static str) -> Call<'_> {
        Call {
            action,
            what: &self.what,
            setting: self.setting,
        }
    }

    /// Describes a call that SQS refused.
    pub(super) fn fault<E>(
        &self,
        action: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        fault(&self.call(action), error)
    }
}

/// The queue, or an error that names the setting with its address.
pub(super) fn known<'a>(
    place: Option<&'a Place>,
    setting: &'static str,
) -> Result<&'a Place, QueueError> {
    place.ok_or_else(|| QueueError::Unavailable(Box::new(Unknown(setting))))
}
