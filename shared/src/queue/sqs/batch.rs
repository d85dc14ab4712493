//! Sending many messages: ten a request, several requests at once.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::{StreamExt, stream};

use super::Place;
use crate::aws::{AwsError, entry_fault};
use crate::queue::{DeduplicationId, GroupId, MAX_BATCH, Outgoing, QueueError};

/// The most bytes of one request: SQS takes 1 MiB, in which the ids of messages and groups count too.
const LARGEST: usize = 1_000_000;

/// Number of concurrent requests.
const SIDE_BY_SIDE: usize = 8;

/// Maximum number of sends of a message that SQS does not accept, with pauses from [`PAUSE`] on.
const ROUNDS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(100);

/// A message of a FIFO queue, or of a standard queue, which has no groups.
pub(super) struct Entry {
    pub(super) body: String,
    pub(super) group: Option<(GroupId, DeduplicationId)>,
}

impl From<Outgoing> for Entry {
    fn from(message: Outgoing) -> Self {
        Self {
            body: message.body,
            group: Some((message.group, message.deduplication)),
        }
    }
}

/// Messages of one request, each with its position among all.
type Batch = Vec<(usize, Entry)>;

/// Messages that were not stored, and why the first of them was not.
struct Unsent {
    positions: Vec<usize>,
    error: AwsError,
}

/// Sends messages to a queue. [`QueueError::Unsent`] names those that were not stored.
pub(super) async fn send_batches(
    client: &Client,
    place: &Place,
    messages: Vec<Entry>,
) -> Result<(), QueueError> {
    let of = messages.len();
    let outcomes = stream::iter(batches(messages))
        .map(|batch| send_batch(client, place, batch))
        .buffer_unordered(SIDE_BY_SIDE);
    let unsent: Vec<Unsent> = outcomes
        .filter_map(async |outcome| outcome.err())
        .collect()
        .await;
    let mut failed: Vec<usize> = unsent
        .iter()
        .flat_map(|it| &it.positions)
        .copied()
        .collect();
    failed.sort_unstable();
    match unsent.into_iter().next() {
        None => Ok(()),
        Some(Unsent { error, .. }) => Err(QueueError::Unsent {
            failed,
            of,
            source: Box::new(error),
        }),
    }
}

/// The SDK repeats a request that fails as a whole. An entry that SQS does not accept by its own fault is sent again
/// here.
async fn send_batch(client: &Client, place: &Place, mut left: Batch) -> Result<(), Unsent> {
    let (mut refused, mut first) = (Vec::new(), None);
    for round in 0..ROUNDS {
        if round > 0 {
            tokio::time::sleep(PAUSE * 2_u32.pow(round - 1)).await;
        }
        let answer = client
            .send_message_batch()
            .queue_url(&place.url)
            .set_entries(Some(left.iter().filter_map(entry).collect()))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                first.get_or_insert(place.fault(SEND, &error));
                break;
            }
        };
        let stored = |at: &usize| answer.successful().iter().any(|it| it.id == at.to_string());
        left.retain(|(at, _)| !stored(at));
        for failure in answer.failed() {
            let (code, message) = (failure.code(), failure.message());
            let call = place.call(SEND);
            first = Some(entry_fault(&call, code, message, failure.sender_fault()));
            if failure.sender_fault() {
                let is_it = |(at, _): &mut (usize, Entry)| at.to_string() == failure.id();
                refused.extend(left.extract_if(.., is_it).map(|(at, _)| at));
            }
        }
        if left.is_empty() {
            break;
        }
    }
    refused.extend(left.into_iter().map(|(at, _)| at));
    if refused.is_empty() {
        return Ok(());
    }
    // An entry that SQS reports neither as stored nor as failed is not stored.
    let unreported = || entry_fault(&place.call(SEND), "NoResult", None, false);
    Err(Unsent {
        positions: refused,
        error: first.unwrap_or_else(unreported),
    })
}

/// IAM action of the call.
const SEND: &str = "sqs:SendMessage";

fn entry((at, message): &(usize, Entry)) -> Option<SendMessageBatchRequestEntry> {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(&message.body);
    let entry = match &message.group {
        Some((group, deduplication)) => entry
            .message_group_id(group.as_str())
            .message_deduplication_id(deduplication.as_str()),
        None => entry,
    };
    entry.build().ok()
}

/// As few requests as their limits allow. A message that is too large for any request is alone in one, which SQS
/// refuses.
fn batches(messages: Vec<Entry>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut bytes = 0;
    for (at, message) in messages.into_iter().enumerate() {
        let size = message.body.len() + 200;
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_BATCH && bytes + size <= LARGEST => {
                bytes += size;
                batch.push((at, message));
            }
            _ => {
                bytes = size;
                batches.push(vec![(at, message)]);
            }
        }
    }
    batches
}
