//! Dead letters: stored with their reason, and read without removing them.
//!
//! A letter keeps its group, so that it can be sent back to the queue as it is. What SQS would forget when a message
//! changes queues is stored in message attributes. Letters of the retry queue are moved only by SQS, and have the retry
//! queue's header instead.

use std::time::Duration;

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName,
    QueueAttributeName,
};
use jiff::Timestamp;
use serde_json::Value;

use super::limits::{attribute, seconds, visibility_seconds};
use super::record::{SENT_AT, millis, number};
use super::{Place, SqsQueue, received, retry, value};
use crate::aws::waiting;
use crate::queue::{DeadLetter, DeduplicationId, MAX_BATCH, QueueError, Received};

/// Time for which a dead letter is hidden while it is read. If the process ends meanwhile, it is visible again after it.
const GLANCE: Duration = Duration::from_secs(30);

/// Reason for which it was abandoned.
const REASON: &str = "reason";
/// Its id in the queue that it came from.
const MESSAGE: &str = "messageId";
/// Its receive count there.
const RECEIVED: &str = "receiveCount";

/// Number of messages in one queue.
pub(super) struct Count {
    pub(super) visible: u64,
    pub(super) hidden: u64,
}

impl Count {
    pub(super) fn all(&self) -> u64 {
        self.visible + self.hidden
    }
}

impl SqsQueue {
    /// Sends a copy to the dead letters. The same letter sent twice within five minutes is stored once.
    pub(super) async fn bury(&self, message: &Received, reason: &str) -> Result<(), QueueError> {
        let count = message.receive_count.to_string();
        let sent_at = message.sent_at.as_millisecond().to_string();
        let deduplication = DeduplicationId::of(&["dead", &message.message_id, &count]);
        let dead = self.dead()?;
        self.client
            .send_message()
            .queue_url(&dead.url)
            .message_body(&message.body)
            .message_group_id(message.group.as_str())
            .message_deduplication_id(deduplication.as_str())
            .message_attributes(REASON, value("String", &attribute(reason))?)
            .message_attributes(MESSAGE, value("String", &message.message_id)?)
            .message_attributes(RECEIVED, value("Number", &count)?)
            .message_attributes(SENT_AT, value("Number", &sent_at)?)
            .send()
            .await
            .map(drop)
            .map_err(|error| dead.fault("sqs:SendMessage", &error).into())
    }

    /// Number of messages in a queue, as SQS estimates it.
    pub(super) async fn count(&self, place: &Place) -> Result<Count, QueueError> {
        use QueueAttributeName as Name;
        let (visible, hidden, delayed) = (
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        );
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&place.url)
            .attribute_names(visible.clone())
            .attribute_names(hidden.clone())
            .attribute_names(delayed.clone())
            .send()
            .await
            .map_err(|error| place.fault("sqs:GetQueueAttributes", &error))?;
        let count = |name: &Name| {
            let text = answer.attributes().and_then(|all| all.get(name));
            text.and_then(|text| text.parse().ok()).unwrap_or(0_u64)
        };
        Ok(Count {
            visible: count(&visible),
            hidden: count(&hidden) + count(&delayed),
        })
    }

    /// The dead letters of both queues, oldest first.
    pub(super) async fn peek(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let most = self.most_receives(&self.events).await?;
        let read = |message: &Message| letter(message, most);
        let mut letters = self.peek_at(self.dead()?, max, read).await?;
        let most = self.most_receives(self.retry()?).await?;
        let read = |message: &Message| retry_letter(message, most);
        letters.extend(self.peek_at(self.retry_dead()?, max, read).await?);
        letters.sort_by_key(|letter| letter.at);
        letters.truncate(max);
        Ok(letters)
    }

    /// Letters are hidden while they are read, and then shown again. At most ten letters of one group are read, because
    /// SQS returns no more while these are hidden.
    async fn peek_at(
        &self,
        place: &Place,
        max: usize,
        read: impl Fn(&Message) -> Result<DeadLetter, QueueError>,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let there = self.count(place).await?.visible;
        let wanted = max.min(usize::try_from(there).unwrap_or(usize::MAX));
        let (mut seen, mut letters) = (Vec::new(), Vec::new());
        while letters.len() < wanted {
            let batch = self.glance(place).await?;
            if batch.is_empty() {
                break;
            }
            letters.extend(batch.iter().map(&read));
            seen.extend(batch);
        }
        self.show_again(place, &seen).await;
        letters.into_iter().collect()
    }

    pub(super) async fn glance(&self, place: &Place) -> Result<Vec<Message>, QueueError> {
        // With a wait, SQS looks at all of its servers.
        let wait = 1;
        let answer = self
            .client
            .receive_message()
            .queue_url(&place.url)
            .max_number_of_messages(i32::try_from(MAX_BATCH).unwrap_or(1))
            .visibility_timeout(visibility_seconds(GLANCE))
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .customize()
            .config_override(
                aws_sdk_sqs::config::Builder::new().timeout_config(waiting(seconds(wait))),
            )
            .send()
            .await
            .map_err(|error| place.fault("sqs:ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Makes letters visible again. Where that fails, they become visible when [`GLANCE`] is over.
    pub(super) async fn show_again(&self, place: &Place, seen: &[Message]) {
        for batch in seen.chunks(MAX_BATCH) {
            let entries = batch.iter().enumerate().filter_map(|(at, message)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(at.to_string())
                    .receipt_handle(message.receipt_handle.clone()?)
                    .visibility_timeout(0)
                    .build()
                    .ok()
            });
            let shown = self
                .client
                .change_message_visibility_batch()
                .queue_url(&place.url)
                .set_entries(Some(entries.collect()))
                .send()
                .await;
            if let Err(error) = shown {
                let error = place.fault("sqs:ChangeMessageVisibility", &error);
                tracing::warn!(%error, "dead letters that were looked at stay hidden for half a minute");
            }
        }
    }

    /// Number of receives after which SQS itself moves a message to the dead letters, where it keeps no count of them.
    async fn most_receives(&self, place: &Place) -> Result<u32, QueueError> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&place.url)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .send()
            .await
            .map_err(|error| place.fault("sqs:GetQueueAttributes", &error))?;
        let policy = answer
            .attributes()
            .and_then(|all| all.get(&QueueAttributeName::RedrivePolicy));
        let policy: Value = policy
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let most = &policy["maxReceiveCount"];
        let most = most.as_u64().or_else(|| most.as_str()?.parse().ok());
        Ok(most.and_then(|it| u32::try_from(it).ok()).unwrap_or(0))
    }
}

/// A dead letter: one that the bridge stored with attributes, or one that SQS moved here after `most` receives.
pub(super) fn letter(message: &Message, most: u32) -> Result<DeadLetter, QueueError> {
    let there = received(message)?;
    let told = |name: &str| message.message_attributes()?.get(name)?.string_value();
    Ok(DeadLetter {
        message_id: told(MESSAGE).unwrap_or(&there.message_id).to_owned(),
        group: there.group.as_str().to_owned(),
        at: since(message)?,
        receive_count: match told(RECEIVED) {
            Some(count) => number(RECEIVED, count)?,
            None => most,
        },
        reason: match told(REASON) {
            Some(reason) => reason.to_owned(),
            None => format!("it was received {most} times, and never done"),
        },
        body: there.body.into(),
    })
}

/// A dead letter of the retry queue: SQS moved it after `most` receives.
pub(super) fn retry_letter(message: &Message, most: u32) -> Result<DeadLetter, QueueError> {
    let text = message.body().unwrap_or_default();
    let (group, body) = match retry::parts(text) {
        Some((header, body)) => (header.group, body),
        None => ("unknown".to_owned(), text),
    };
    Ok(DeadLetter {
        message_id: message.message_id().unwrap_or_default().to_owned(),
        group,
        at: since(message)?,
        receive_count: most,
        reason: format!("{most} attempts to move it from the retry queue to its group failed"),
        body: body.to_owned().into(),
    })
}

/// Time since which the message is in its queue. For a letter of the retry queue, SQS keeps the time of the send.
fn since(message: &Message) -> Result<Timestamp, QueueError> {
    let name = MessageSystemAttributeName::SentTimestamp;
    let sent = message.attributes().and_then(|all| all.get(&name));
    Ok(millis("SentTimestamp", sent.map_or("", String::as_str))?)
}
