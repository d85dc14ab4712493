//! The provisioner function: a batch of the queue comes in, and what has failed is named in the answer.
//!
//! A message is decoded for itself, so that a bad one can't fail the batch. Groups are worked on side by
//! side, in order within a group; after one that has failed, the rest of its group comes again with it.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use futures::future::join_all;
use jiff::Timestamp;
use shared::provision::{Deletion, Provisioner, settle, work_batch};
use shared::queue::{Received, Record, RecordError};

/// What is left of a call's time when its last message has come to its end: enough to tell the queue of it, even of
/// a dead letter (three calls) while SQS is slow.
pub const MARGIN: Duration = Duration::from_secs(25);

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
        let queue = self.provisioner.queue.as_ref();
        // What is done is deleted by Lambda, once it isn't named.
        let told = settled.iter().map(|it| settle(queue, it, Deletion::Theirs));
        let told = join_all(told).await;
        let mut response = SqsBatchResponse::default();
        for (settled, again) in settled.iter().zip(told) {
            if again {
                response.add_failure(&settled.received.message_id);
            }
        }
        Ok(response)
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
