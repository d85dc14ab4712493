//! [`SqsQueue`]: the queue of a bridge on AWS.
//!
//! SQS FIFO has the semantics of [`Queue`]. This module adds whole seconds, SQS's limits, the retry queue, dead letters
//! with their reasons, and the refusals that mean that a receive is over.

mod again;
mod batch;
mod dead;
mod jobs;
mod limits;
mod place;
mod record;
mod retry;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;

use super::{
    DeadLetter, Depth, Handle, MAX_BATCH, Outgoing, Queue, QueueError, Receipt, Received, Taking,
};
use crate::aws::{AwsError, Clients, Kind, waiting};
use crate::model::chance;
use crate::model::clock::Clock;
use limits::{HOLD, seconds, visibility_seconds, wait_seconds};
use place::{DEAD_LETTERS, EVENTS, NAME, Place, RETRY, known};

pub use jobs::SqsJobs;
pub use place::QueueUrls;
pub use record::{Record, RecordError, Retry, SENT_AT};

/// A FIFO queue of SQS with its retry queue, and the dead letters of both.
#[derive(Clone)]
pub struct SqsQueue {
    client: Client,
    clock: Arc<dyn Clock>,
    events: Place,
    dead: Option<Place>,
    retry: Option<Place>,
    retry_dead: Option<Place>,
}

impl SqsQueue {
    /// The queues at these addresses; makes no call.
    pub fn new(clients: &Clients, urls: &QueueUrls, clock: Arc<dyn Clock>) -> Self {
        let place = |url: &Option<String>, setting| {
            let url = url.as_deref();
            url.map(|url| Place::new(url, setting))
        };
        Self {
            client: clients.sqs.clone(),
            clock,
            events: Place::new(&urls.events, EVENTS),
            dead: place(&urls.dead_letters, DEAD_LETTERS),
            retry: place(&urls.retry, RETRY),
            retry_dead: place(&urls.retry_dead_letters, NAME),
        }
    }

    fn dead(&self) -> Result<&Place, QueueError> {
        known(self.dead.as_ref(), DEAD_LETTERS)
    }

    fn retry(&self) -> Result<&Place, QueueError> {
        known(self.retry.as_ref(), RETRY)
    }

    fn retry_dead(&self) -> Result<&Place, QueueError> {
        known(self.retry_dead.as_ref(), NAME)
    }

    /// The address of the queue of this name.
    ///
    /// # Errors
    /// There is no queue of that name, or SQS cannot be reached.
    pub async fn url(clients: &Clients, name: &str) -> Result<String, QueueError> {
        let found = clients.sqs.get_queue_url().queue_name(name).send().await;
        let found =
            found.map_err(|error| Place::new(name, NAME).fault("sqs:GetQueueUrl", &error))?;
        Ok(found.queue_url.unwrap_or_default())
    }

    /// Opens the connection to SQS, so that the first delivery does not wait for TLS. SQS refuses the call from a role
    /// that may only send, but the connection is open then.
    ///
    /// # Errors
    /// There is no such queue, or SQS cannot be reached.
    pub async fn warm(&self) -> Result<(), QueueError> {
        let asked = self
            .client
            .get_queue_attributes()
            .queue_url(&self.events.url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await;
        match asked.map_err(|error| self.events.fault("sqs:GetQueueAttributes", &error)) {
            Err(error) if error.kind() != Kind::Denied => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, message: Outgoing) -> Result<Receipt, QueueError> {
        let sent = self
            .client
            .send_message()
            .queue_url(&self.events.url)
            .message_body(message.body)
            .message_group_id(message.group.as_str())
            .message_deduplication_id(message.deduplication.as_str())
            .send()
            .await
            .map_err(|error| self.events.fault("sqs:SendMessage", &error))?;
        Ok(Receipt::new(sent.message_id.unwrap_or_default()))
    }

    async fn send_all(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let messages = messages.into_iter().map(Into::into).collect();
        batch::send_batches(&self.client, &self.events, messages).await
    }

    async fn send_later(&self, message: Outgoing, due: Timestamp) -> Result<(), QueueError> {
        let now = self.clock.now();
        self.delay(&message.group, &message.body, due, now).await
    }

    async fn put_back(&self, message: &Received, due: Timestamp) -> Result<(), QueueError> {
        self.withdraw(message, due).await
    }

    /// SQS waits for at most 20 s; a longer wait ends early, without a message.
    async fn receive(
        &self,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        let wait = wait_seconds(wait);
        let max = i32::try_from(max.clamp(1, MAX_BATCH)).unwrap_or(1);
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.events.url)
            .max_number_of_messages(max)
            .visibility_timeout(visibility_seconds(visibility))
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names(SENT_AT)
            // SQS returns a lost response again to an attempt with the same id.
            .receive_request_attempt_id(chance::unique())
            .customize()
            .config_override(Builder::new().timeout_config(waiting(seconds(wait))))
            .send()
            .await
            .map_err(|error| self.events.fault("sqs:ReceiveMessage", &error))?;
        answer.messages().iter().map(received).collect()
    }

    async fn delete(&self, handle: &Handle) -> Result<(), QueueError> {
        self.client
            .delete_message()
            .queue_url(&self.events.url)
            .receipt_handle(&handle.0)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.over("sqs:DeleteMessage", &error))
    }

    async fn change_visibility(
        &self,
        handle: &Handle,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.events.url)
            .receipt_handle(&handle.0)
            .visibility_timeout(visibility_seconds(visibility))
            .send()
            .await
            .map(drop)
            .map_err(|error| self.over("sqs:ChangeMessageVisibility", &error))
    }

    async fn dead_letter(&self, message: &Received, reason: &str) -> Result<(), QueueError> {
        // A worker that has lost the message must not move it to the dead letters: another worker processes it.
        self.change_visibility(&message.handle, HOLD).await?;
        self.bury(message, reason).await?;
        self.delete(&message.handle).await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let (events, dead, retry, retry_dead) = futures::try_join!(
            self.count(&self.events),
            self.count(self.dead()?),
            self.count(self.retry()?),
            self.count(self.retry_dead()?),
        )?;
        Ok(Depth {
            waiting: events.visible,
            in_flight: events.hidden,
            retrying: retry.all(),
            dead: dead.all() + retry_dead.all(),
        })
    }

    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        self.peek(max).await
    }

    async fn take_dead(
        &self,
        ids: BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        self.take_away(&ids, taking).await
    }
}

impl SqsQueue {
    /// The error for a refused delete or change. Only the handle differs between calls, so an invalid parameter is the
    /// handle: its receive is over.
    fn over<E>(&self, action: &'static str, error: &SdkError<E, HttpResponse>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let error = self.events.fault(action, error);
        match error.code() {
            Some(
                "ReceiptHandleIsInvalid"
                | "InvalidParameterValue"
                | "InvalidParameterValueException"
                | "MessageNotInflight"
                | "AWS.SimpleQueueService.MessageNotInflight",
            ) => QueueError::Expired,
            _ => error.into(),
        }
    }
}

impl From<AwsError> for QueueError {
    fn from(error: AwsError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<RecordError> for QueueError {
    fn from(error: RecordError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// Converts a message of SQS.
fn received(message: &Message) -> Result<Received, QueueError> {
    let attributes = message.attributes.as_ref();
    let first = || message.message_attributes()?.get(SENT_AT)?.string_value();
    let record = Record {
        message_id: message.message_id(),
        receipt_handle: message.receipt_handle(),
        body: message.body(),
        sent_at: first(),
    };
    Ok(record.received(|name| {
        let name = MessageSystemAttributeName::from(name);
        attributes?.get(&name).map(String::as_str)
    })?)
}

/// A message attribute.
fn value(kind: &str, text: &str) -> Result<MessageAttributeValue, QueueError> {
    let value = MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(text);
    value
        .build()
        .map_err(|error| QueueError::Unavailable(Box::new(error)))
}
