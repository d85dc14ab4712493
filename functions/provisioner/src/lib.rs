//! The provisioner function: a batch of the queue comes in, and what has failed is named in the answer.
//!
//! A message is decoded for itself, so that a bad one can't fail the batch. Groups are worked on side by
//! side, in order within a group; after one that has failed, the rest of its group comes again with it.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use futures::future::join_all;
use jiff::Timestamp;
use shared::provision::{Provisioner, Settled, Verdict, work_batch};
use shared::queue::{QueueError, Received, Record, RecordError};

/// What is left of a call's time when its last message has come to its end.
pub const MARGIN: Duration = Duration::from_secs(5);

/// Works the queue off.
pub struct Consumer {
    provisioner: Provisioner,
}

impl Consumer {
    /// With this provisioner.
    pub fn new(provisioner: Provisioner) -> Self {
        Self { provisioner }
    }

    /// Works a batch off, and names what has to come again. No message is begun that might not come to its
    /// end by `until`.
    ///
    /// # Errors
    /// When a record is no message of a FIFO queue: then all of the batch comes again.
    pub async fn work(
        &self,
        records: &[SqsMessage],
        until: Timestamp,
    ) -> Result<SqsBatchResponse, RecordError> {
        let batch = records.iter().map(received).collect::<Result<_, _>>()?;
        let settled = work_batch(&self.provisioner, batch, Some(until)).await;
        let settled = settled.into_iter().map(|it| self.settle(it));
        let mut response = SqsBatchResponse::default();
        for again in join_all(settled).await.into_iter().flatten() {
            response.add_failure(again);
        }
        Ok(response)
    }

    /// The message's id, if it comes again. One that is done is deleted by Lambda, once it isn't named.
    async fn settle(&self, Settled { received, verdict }: Settled) -> Option<String> {
        let queue = &self.provisioner.queue;
        let (told, again) = match &verdict {
            Verdict::Done => (Ok(()), false),
            Verdict::Retry(delay) => {
                let told = queue.change_visibility(&received.handle, *delay).await;
                (told, true)
            }
            Verdict::Dead(reason) => {
                let told = queue.dead_letter(&received, reason).await;
                let again = told.is_err();
                (told, again)
            }
        };
        match told {
            Ok(()) => {}
            Err(QueueError::Expired) => {
                tracing::warn!(message.id = %received.message_id, "a message was worked on for longer than it was hidden; it comes again");
            }
            Err(error) => {
                tracing::error!(message.id = %received.message_id, %error, "a message could not be settled; it comes again when its visibility time-out is over");
            }
        }
        again.then_some(received.message_id)
    }
}

/// A record of Lambda's event as a message of the queue.
fn received(record: &SqsMessage) -> Result<Received, RecordError> {
    let parts = Record {
        message_id: record.message_id.as_deref(),
        receipt_handle: record.receipt_handle.as_deref(),
        body: record.body.as_deref(),
    };
    parts.received(|name| record.attributes.get(name).map(String::as_str))
}
