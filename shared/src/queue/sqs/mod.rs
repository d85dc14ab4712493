//! [`SqsQueue`]: the queue of a bridge on AWS.
//!
//! SQS FIFO keeps the promises of [`Queue`] by itself. What is ours: whole seconds, its limits, the dead
//! letters with their reasons, and which of its refusals mean that a receive is over.

mod dead;
mod limits;
mod record;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{DeadLetter, Depth, Handle, MAX_BATCH, Outgoing, Queue, QueueError, Receipt, Received};
use crate::aws::{AwsError, Call, Clients, Kind, fault, waiting};
use limits::{seconds, visibility_seconds, wait_seconds};

pub use record::{Record, RecordError};

/// A FIFO queue of SQS, and its dead-letter queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    main: Place,
    dead: Place,
}

/// One queue.
#[derive(Debug, Clone)]
struct Place {
    url: String,
    /// As errors speak of it.
    what: String,
    /// Where its address comes from.
    setting: &'static str,
}

impl Place {
    fn new(url: &str, setting: &'static str) -> Self {
        let name = url.rsplit('/').next().unwrap_or_default();
        Self {
            url: url.to_owned(),
            what: format!("queue `{name}`"),
            setting,
        }
    }

    /// Puts SQS's refusal into our words.
    fn fault<E>(&self, action: &'static str, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = Call {
            action,
            what: &self.what,
            setting: self.setting,
        };
        fault(&call, error)
    }
}

impl SqsQueue {
    /// The queues at these addresses (`BRIDGE_QUEUE_URL`, `BRIDGE_DEAD_LETTER_QUEUE_URL`); calls nobody.
    pub fn new(clients: &Clients, url: &str, dead_letters: &str) -> Self {
        Self {
            client: clients.sqs.clone(),
            main: Place::new(url, "BRIDGE_QUEUE_URL"),
            dead: Place::new(dead_letters, "BRIDGE_DEAD_LETTER_QUEUE_URL"),
        }
    }

    /// The queue at this address, for whoever only sends: no word of dead letters is understood.
    pub fn sender(clients: &Clients, url: &str) -> Self {
        Self::new(clients, url, "")
    }

    /// The address of the queue of this name.
    ///
    /// # Errors
    /// When there is none of that name, or SQS can't be asked.
    pub async fn url(clients: &Clients, name: &str) -> Result<String, QueueError> {
        let found = clients.sqs.get_queue_url().queue_name(name).send().await;
        let found = found.map_err(|error| {
            Place::new(name, "the stack's name").fault("sqs:GetQueueUrl", &error)
        })?;
        Ok(found.queue_url.unwrap_or_default())
    }

    /// Opens the connection to SQS, so that the first delivery need not wait for TLS. A role that may only
    /// send is refused the question, and the connection is open all the same.
    ///
    /// # Errors
    /// When there is no such queue, or SQS can't be reached.
    pub async fn warm(&self) -> Result<(), QueueError> {
        let asked = self
            .client
            .get_queue_attributes()
            .queue_url(&self.main.url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await;
        match asked.map_err(|error| self.main.fault("sqs:GetQueueAttributes", &error)) {
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
            .queue_url(&self.main.url)
            .message_body(message.body)
            .message_group_id(message.group.as_str())
            .message_deduplication_id(message.deduplication.as_str())
            .send()
            .await
            .map_err(|error| self.main.fault("sqs:SendMessage", &error))?;
        Ok(Receipt::new(sent.message_id.unwrap_or_default()))
    }

    /// SQS waits for 20 s at most; a longer wait ends early, with nothing.
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
            .queue_url(&self.main.url)
            .max_number_of_messages(max)
            .visibility_timeout(visibility_seconds(visibility))
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            // An answer that was lost is given again to an attempt by the same name.
            .receive_request_attempt_id(uuid::Uuid::new_v4().to_string())
            .customize()
            .config_override(Builder::new().timeout_config(waiting(seconds(wait))))
            .send()
            .await
            .map_err(|error| self.main.fault("sqs:ReceiveMessage", &error))?;
        answer.messages().iter().map(received).collect()
    }

    async fn delete(&self, handle: &Handle) -> Result<(), QueueError> {
        self.client
            .delete_message()
            .queue_url(&self.main.url)
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
            .queue_url(&self.main.url)
            .receipt_handle(&handle.0)
            .visibility_timeout(visibility_seconds(visibility))
            .send()
            .await
            .map(drop)
            .map_err(|error| self.over("sqs:ChangeMessageVisibility", &error))
    }

    async fn dead_letter(&self, message: &Received, reason: &str) -> Result<(), QueueError> {
        // Whoever has lost the message must not put it among the dead letters: another one works on it.
        self.change_visibility(&message.handle, dead::HOLD).await?;
        self.bury(message, reason).await?;
        self.delete(&message.handle).await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let (main, dead) = futures::try_join!(self.count(&self.main), self.count(&self.dead))?;
        Ok(Depth {
            waiting: main.visible,
            in_flight: main.hidden,
            dead: dead.visible + dead.hidden,
        })
    }

    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        self.peek(max).await
    }
}

impl SqsQueue {
    /// A refusal of delete or change. The handle is all that differs from call to call, so a parameter that
    /// is taken for wrong is the handle: its receive is over.
    fn over<E>(&self, action: &'static str, error: &SdkError<E, HttpResponse>) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let error = self.main.fault(action, error);
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

/// A message as SQS gives it.
fn received(message: &Message) -> Result<Received, QueueError> {
    let attributes = message.attributes.as_ref();
    let record = Record {
        message_id: message.message_id(),
        receipt_handle: message.receipt_handle(),
        body: message.body(),
    };
    Ok(record.received(|name| {
        let name = MessageSystemAttributeName::from(name);
        attributes?.get(&name).map(String::as_str)
    })?)
}
