//! The provisioner function: processes a batch of queue messages, and returns the ids of failed ones.
//!
//! It only moves messages of the retry queue back into their groups. It decodes each of the others separately, so that
//! an invalid one can't fail the batch. It processes groups concurrently, and the messages of a group in order.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use futures::future::join_all;
use jiff::Timestamp;
use shared::app::function::{self, StartError};
use shared::model::clock::{Clock, SystemClock, after};
use shared::provision::{Ack, Delays, Provisioner, work_batch};
use shared::queue::{Queue, Received, Record, RecordError, Retry, SENT_AT};
use shared::telemetry::Metric;
use tokio::sync::OnceCell;

/// Time that is left of an invocation when its last message ends. It is enough to update the queue while SQS is slow,
/// even for a dead letter (three calls).
pub const MARGIN: Duration = Duration::from_secs(25);

/// From this receive on, a message is sent again instead of hidden if the settings can't be used. Otherwise it would
/// become a dead letter without an attempt.
const HIDDEN_RECEIVES: u32 = 8;

pub struct Consumer {
    stack: function::Consumer,
    provisioner: OnceCell<Provisioner>,
}

impl Consumer {
    pub fn new(stack: function::Consumer) -> Self {
        let provisioner = OnceCell::new();
        Self { stack, provisioner }
    }

    /// Reads the settings once. Fails if a setting is invalid or can't be read.
    pub async fn provisioner(&self) -> Result<&Provisioner, StartError> {
        self.provisioner
            .get_or_try_init(|| self.stack.provisioner(tools::settings))
            .await
    }

    /// Processes a batch. Returns the ids of messages that are redelivered. Starts no message that might not end by
    /// `until`.
    ///
    /// # Errors
    /// If a record is not a message of a FIFO queue. Then the whole batch is redelivered.
    pub async fn work(
        &self,
        records: &[SqsMessage],
        until: Timestamp,
    ) -> Result<SqsBatchResponse, RecordError> {
        let is_retry = |record: &&SqsMessage| {
            let arn = record.event_source_arn.as_deref();
            arn.is_some_and(|arn| self.stack.is_retry(arn))
        };
        let (retries, messages): (Vec<_>, Vec<_>) = records.iter().partition(is_retry);
        let messages = messages.into_iter().map(received);
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        let mut response = SqsBatchResponse::default();
        let failed = self.forward_all(&retries).await?;
        let failed = failed
            .into_iter()
            .chain(self.process(messages, until).await);
        failed.for_each(|id| response.add_failure(id));
        Ok(response)
    }

    async fn process(&self, batch: Vec<Received>, until: Timestamp) -> Vec<String> {
        if batch.is_empty() {
            return Vec::new();
        }
        let provisioner = match self.provisioner().await {
            Ok(provisioner) => provisioner,
            Err(error) => return self.give_back(&batch, &error).await,
        };
        let processed = work_batch(provisioner, batch, Some(until), Ack::ByEventSource).await;
        let redelivered = processed.into_iter().filter(|it| it.redelivered);
        redelivered.map(|it| it.received.message_id).collect()
    }

    /// Has all messages of a batch redelivered. Returns their ids.
    async fn give_back(&self, batch: &[Received], error: &StartError) -> Vec<String> {
        tracing::error!(%error, messages = batch.len(), "the settings can't be used; the messages are redelivered");
        if error.needs_operator() {
            Metric::OperatorNeeded.count();
        }
        join_all(batch.iter().map(|received| self.give_back_one(received))).await
    }

    async fn give_back_one(&self, received: &Received) -> String {
        Metric::Retried.count();
        let queue = self.stack.queue();
        let delay = Delays::default().after(received.receive_count, None);
        let told = match received.receive_count {
            ..HIDDEN_RECEIVES => queue.change_visibility(&received.handle, delay).await,
            _ => {
                let due = after(SystemClock.now(), delay);
                queue.put_back(received, due).await
            }
        };
        if let Err(error) = told {
            tracing::warn!(message.id = %received.message_id, %error, "a message is redelivered late");
        }
        received.message_id.clone()
    }

    /// Moves messages of the retry queue into their groups. Returns the ids of those that could not be moved.
    async fn forward_all(&self, records: &[&SqsMessage]) -> Result<Vec<String>, RecordError> {
        let retries = records.iter().map(|record| {
            let attribute = |name| record.attributes.get(name).map(String::as_str);
            parts(record).retry(attribute)
        });
        let retries = retries.collect::<Result<Vec<_>, _>>()?;
        let moved = retries.iter().map(|retry| self.forward(retry));
        let moved = join_all(moved).await;
        let failed = retries.into_iter().zip(moved).filter(|(_, moved)| !moved);
        Ok(failed.map(|(retry, _)| retry.message_id).collect())
    }

    /// Moves a message. Returns whether it can be deleted from the retry queue.
    async fn forward(&self, retry: &Retry) -> bool {
        let queue = self.stack.queue();
        let Err(error) = queue.forward(retry).await else {
            return true;
        };
        let delay = Delays::default().after(retry.receive_count, None);
        tracing::error!(message.id = %retry.message_id, %error, delay_s = delay.as_secs(), "a message stays in the retry queue");
        if let Err(error) = queue.hold(retry, delay).await {
            tracing::warn!(message.id = %retry.message_id, %error, "a message is redelivered late");
        }
        false
    }
}

/// Parses a record of Lambda's event.
fn received(record: &SqsMessage) -> Result<Received, RecordError> {
    parts(record).received(|name| record.attributes.get(name).map(String::as_str))
}

fn parts(record: &SqsMessage) -> Record<'_> {
    let first = record.message_attributes.get(SENT_AT);
    Record {
        message_id: record.message_id.as_deref(),
        receipt_handle: record.receipt_handle.as_deref(),
        body: record.body.as_deref(),
        sent_at: first.and_then(|it| it.string_value.as_deref()),
    }
}
