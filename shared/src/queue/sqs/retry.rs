//! The retry queue: a standard queue whose messages are delayed until they are due.
//!
//! The provisioner receives its messages, and only [forwards](SqsQueue::forward) them to their groups. A message is one
//! line of JSON, the header, and then the text for the group. That text is not parsed here, so messages of a newer
//! version pass. It is not escaped either, so it does not grow.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::limits::{HOLD, delay_seconds, visibility_seconds};
use super::record::{Retry, SENT_AT};
use super::{SqsQueue, value};
use crate::queue::{DeduplicationId, GroupId, LONGEST_DELAY, Queue, QueueError, Received};

/// The version of the header. A reader refuses a newer version, and the message waits for a reader that can read it.
const VERSION: u32 = 1;

/// SQS delays by whole seconds, and its clock may differ from ours: a message that is due this soon counts as due.
const SOON: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    v: u32,
    due: Timestamp,
    pub(super) group: String,
    sent_at: Timestamp,
}

/// A message of the retry queue that this version can't read.
#[derive(Debug, thiserror::Error)]
#[error("a message of the retry queue can't be read by this version of the bridge ({0})")]
struct Unreadable(String);

impl SqsQueue {
    /// Sends a text to the retry queue.
    pub(super) async fn delay(
        &self,
        group: &GroupId,
        body: &str,
        due: Timestamp,
        sent_at: Timestamp,
    ) -> Result<(), QueueError> {
        let header = Header {
            v: VERSION,
            due,
            group: group.as_str().to_owned(),
            sent_at,
        };
        self.send_delayed(due, &write(&header, body)).await
    }

    pub(super) async fn withdraw(
        &self,
        message: &Received,
        due: Timestamp,
    ) -> Result<(), QueueError> {
        // A receiver that has lost the message must not send it again: another one has it.
        self.change_visibility(&message.handle, HOLD).await?;
        self.delay(&message.group, &message.body, due, message.sent_at)
            .await?;
        self.delete(&message.handle).await
    }

    async fn send_delayed(&self, due: Timestamp, text: &str) -> Result<(), QueueError> {
        let retry = self.retry()?;
        self.client
            .send_message()
            .queue_url(&retry.url)
            .message_body(text)
            .delay_seconds(delay_seconds(self.until(due).min(LONGEST_DELAY)))
            .send()
            .await
            .map(drop)
            .map_err(|error| retry.fault("sqs:SendMessage", &error).into())
    }

    /// Time until `due`.
    fn until(&self, due: Timestamp) -> Duration {
        let left = due.duration_since(self.clock.now());
        Duration::try_from(left).unwrap_or_default()
    }

    /// Moves a message of the retry queue into its group. A message that is not due yet is sent to the retry queue
    /// again, with the rest of its delay. In both cases the caller then deletes it.
    ///
    /// The message's id is the deduplication id: SQS may deliver a message of a standard queue twice.
    ///
    /// # Errors
    /// A message that can't be read; a queue that can't be reached.
    pub async fn forward(&self, message: &Retry) -> Result<(), QueueError> {
        let Retry {
            message_id, text, ..
        } = message;
        let (header, body) = read(text).map_err(|it| QueueError::Unavailable(Box::new(it)))?;
        if self.until(header.due) > SOON {
            return self.send_delayed(header.due, text).await;
        }
        let sent_at = header.sent_at.as_millisecond().to_string();
        self.client
            .send_message()
            .queue_url(&self.events.url)
            .message_body(body)
            .message_group_id(header.group)
            .message_deduplication_id(DeduplicationId::of(&["retry", message_id]).as_str())
            .message_attributes(SENT_AT, value("Number", &sent_at)?)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.events.fault("sqs:SendMessage", &error).into())
    }

    /// Hides a message of the retry queue that could not be forwarded.
    ///
    /// # Errors
    /// When the queue refuses or can't be reached.
    pub async fn hold(&self, message: &Retry, time: Duration) -> Result<(), QueueError> {
        let retry = self.retry()?;
        self.client
            .change_message_visibility()
            .queue_url(&retry.url)
            .receipt_handle(&message.handle.0)
            .visibility_timeout(visibility_seconds(time))
            .send()
            .await
            .map(drop)
            .map_err(|error| retry.fault("sqs:ChangeMessageVisibility", &error).into())
    }
}

fn write(header: &Header, body: &str) -> String {
    #[allow(
        clippy::expect_used,
        reason = "a header is texts and a number, which always serialise"
    )]
    let header = serde_json::to_string(header).expect("a header serialises");
    format!("{header}\n{body}")
}

/// The header, and the text for the group.
pub(super) fn parts(text: &str) -> Option<(Header, &str)> {
    read(text).ok()
}

fn read(text: &str) -> Result<(Header, &str), Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let (line, body) = text
        .split_once('\n')
        .ok_or_else(|| Unreadable("it has no header".to_owned()))?;
    // The error may quote an id.
    let unreadable = |error: serde_json::Error| {
        Unreadable(format!("its header is wrong at column {}", error.column()))
    };
    let Version { v } = serde_json::from_str(line).map_err(unreadable)?;
    if v != VERSION {
        return Err(Unreadable(format!("version {v}, not {VERSION}")));
    }
    Ok((serde_json::from_str(line).map_err(unreadable)?, body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(group: String) -> Header {
        Header {
            v: VERSION,
            due: "2026-06-12T10:15:00Z".parse().unwrap(),
            group,
            sent_at: "2026-06-12T10:00:00.123Z".parse().unwrap(),
        }
    }

    proptest! {
        /// Even a text that begins with a header, or has line breaks.
        #[test]
        fn any_text_passes_unread(kind in "[a-z]{1,9}", id in any::<String>(), body in any::<String>()) {
            let group = GroupId::new(&kind, &id);
            let nested = write(&sample("other".into()), &body);
            for body in [body, nested] {
                let text = write(&sample(group.as_str().into()), &body);
                let (header, passed) = read(&text).unwrap();
                prop_assert_eq!(header.group, group.as_str());
                prop_assert_eq!(passed, body);
            }
        }
    }

    #[test]
    fn a_header_that_is_not_ours_is_refused_without_being_quoted() {
        let newer = "{\"v\":2,\"due\":\"canary\"}\n{}";
        let cases = [
            ("canary", "no header"),
            ("canary\n{}", "wrong at column 1"),
            ("{\"v\":1,\"due\":\"canary\"}\n{}", "wrong at column"),
            (newer, "version 2, not 1"),
        ];
        for (text, reason) in cases {
            let told = read(text).err().unwrap().to_string();
            assert!(told.contains(reason) && !told.contains("canary"), "{told}");
        }
    }
}
