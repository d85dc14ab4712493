//! A message of SQS, as both its API and Lambda's event contain it: strings that may be missing.

use jiff::Timestamp;

use super::super::{GroupId, Handle, JobRecord, Received};

/// The parts of a message that are not attributes.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// `messageId`.
    pub message_id: Option<&'a str>,
    /// `receiptHandle`.
    pub receipt_handle: Option<&'a str>,
    /// `body`.
    pub body: Option<&'a str>,
    /// The message attribute [`SENT_AT`], where it is set.
    pub sent_at: Option<&'a str>,
}

/// Message attribute of a message that was sent anew: when it was first sent, in milliseconds since 1970.
pub const SENT_AT: &str = "sentAt";

/// A message without a value that every message of its queue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A part or an attribute is missing or empty.
    #[error(
        "a message of SQS has no {0}: is the queue a FIFO queue, and does the event source give all attributes?"
    )]
    Missing(&'static str),
    /// An attribute is no number.
    #[error("the attribute {0} of a message of SQS is no number")]
    NoNumber(&'static str),
}

/// A received message of the retry queue. That is a standard queue, so it has no group. Not `Debug`: the text has personal
/// data.
#[derive(Clone)]
pub struct Retry {
    /// SQS's id of the message.
    pub message_id: String,
    /// Identifies this receive.
    pub handle: Handle,
    /// The header and the text for the group.
    pub text: String,
    /// Receive count, including this receive.
    pub receive_count: u32,
}

impl Record<'_> {
    /// The message, if it is one of a queue of jobs.
    ///
    /// # Errors
    /// A part or an attribute is missing.
    pub fn job<'b>(
        self,
        attribute: impl Fn(&'static str) -> Option<&'b str>,
    ) -> Result<JobRecord, RecordError> {
        let Retry {
            message_id,
            handle,
            text,
            receive_count,
        } = self.retry(attribute)?;
        Ok(JobRecord {
            message_id,
            handle,
            text,
            receive_count,
        })
    }

    /// The message, if it is one of the retry queue.
    ///
    /// # Errors
    /// A part or an attribute is missing.
    pub fn retry<'b>(
        self,
        attribute: impl Fn(&'static str) -> Option<&'b str>,
    ) -> Result<Retry, RecordError> {
        let count = there(RECEIVES, attribute(RECEIVES))?;
        Ok(Retry {
            message_id: there("messageId", self.message_id)?,
            handle: Handle(there("receiptHandle", self.receipt_handle)?),
            text: there("body", self.body)?,
            receive_count: number(RECEIVES, &count)?,
        })
    }

    /// The message. `attribute` gives its system attributes by SQS's names: `ApproximateReceiveCount`,
    /// `SentTimestamp` (milliseconds), `MessageGroupId`.
    ///
    /// # Errors
    /// A part or an attribute is missing: a message without its count has no fence, and can't be processed.
    pub fn received<'b>(
        self,
        attribute: impl Fn(&'static str) -> Option<&'b str>,
    ) -> Result<Received, RecordError> {
        let named = |name| there(name, attribute(name));
        Ok(Received {
            message_id: there("messageId", self.message_id)?,
            handle: Handle(there("receiptHandle", self.receipt_handle)?),
            body: self.body.ok_or(RecordError::Missing("body"))?.to_owned(),
            group: GroupId::from_stored(named("MessageGroupId")?),
            receive_count: number(RECEIVES, &named(RECEIVES)?)?,
            sent_at: match self.sent_at {
                Some(first) => millis(SENT_AT, first)?,
                None => millis("SentTimestamp", &named("SentTimestamp")?)?,
            },
        })
    }
}

const RECEIVES: &str = "ApproximateReceiveCount";

fn there(name: &'static str, value: Option<&str>) -> Result<String, RecordError> {
    let value = value.filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or(RecordError::Missing(name))
}

/// A count.
pub(super) fn number(name: &'static str, text: &str) -> Result<u32, RecordError> {
    text.parse().map_err(|_| RecordError::NoNumber(name))
}

/// A moment, in milliseconds since 1970.
pub(super) fn millis(name: &'static str, text: &str) -> Result<Timestamp, RecordError> {
    let millis = text.parse().ok();
    let moment = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    moment.ok_or(RecordError::NoNumber(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: Record<'_> = Record {
        message_id: Some("m1"),
        receipt_handle: Some("r1"),
        body: Some("{}"),
        sent_at: None,
    };

    /// The attributes in Lambda's event, with one of them changed.
    fn but(
        changed: &'static str,
        to: Option<&'static str>,
    ) -> impl Fn(&'static str) -> Option<&'static str> {
        move |name| match name {
            name if name == changed => to,
            "MessageGroupId" => Some("trainer:t1"),
            "ApproximateReceiveCount" => Some("3"),
            "SentTimestamp" => Some("1786000000123"),
            _ => None,
        }
    }

    #[test]
    fn a_record_is_a_message() {
        let message = RECORD.received(but("", None)).unwrap();
        assert_eq!(message.message_id, "m1");
        assert_eq!(message.handle, Handle("r1".into()));
        assert_eq!(message.body, "{}");
        assert_eq!(message.group.as_str(), "trainer:t1");
        assert_eq!(message.receive_count, 3);
        assert_eq!(message.sent_at.as_millisecond(), 1_786_000_000_123);
    }

    #[test]
    fn a_message_that_was_sent_anew_keeps_its_first_time() {
        let anew = Record {
            sent_at: Some("1785000000456"),
            ..RECORD
        };
        let message = anew.received(but("", None)).unwrap();
        assert_eq!(message.sent_at.as_millisecond(), 1_785_000_000_456);
        let odd = Record {
            sent_at: Some("yesterday"),
            ..RECORD
        };
        let told = odd.received(but("", None)).err();
        assert_eq!(told, Some(RecordError::NoNumber(SENT_AT)));
    }

    #[test]
    fn what_is_missing_is_told_by_its_name() {
        for name in ["MessageGroupId", "ApproximateReceiveCount", "SentTimestamp"] {
            for gone in [None, Some("")] {
                let told = RECORD.received(but(name, gone)).err();
                assert_eq!(told, Some(RecordError::Missing(name)));
            }
        }
        let bare = Record {
            receipt_handle: None,
            ..RECORD
        };
        let told = bare.received(but("", None)).err();
        assert_eq!(told, Some(RecordError::Missing("receiptHandle")));
    }

    #[test]
    fn a_count_is_a_number() {
        for name in ["ApproximateReceiveCount", "SentTimestamp"] {
            let told = RECORD.received(but(name, Some("many"))).err();
            assert_eq!(told, Some(RecordError::NoNumber(name)));
        }
    }
}
