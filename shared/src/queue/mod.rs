//! The queue between intake and provisioner, with the semantics of SQS FIFO.
//!
//! - **Groups.** Messages of one group are received in the order they were sent. While one of them is in flight
//!   (received, not deleted, visibility timeout not over), no receiver gets another message of the group. A batch may
//!   contain several messages of one group, in order.
//! - **Visibility.** A received message is hidden for the visibility timeout. Then it is redelivered with a new handle,
//!   and its receive count is one higher. The old handle is refused.
//! - **Deduplication.** A message whose deduplication id was sent within the last
//!   [`DEDUPLICATION_WINDOW`] is accepted and not stored again, even if the first has been deleted.
//! - **Dead letters.** A message received [`Limits::max_receives`] times is not received again; it is
//!   moved to the dead letters.
//! - **Retry queue.** A message sent for later joins its group, as the last message there, when it is due. Until
//!   then it does not block its group.
//!
//! The tests in [`contract`] run against every implementation.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod dead;
mod ids;
mod jobs;
mod message;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "aws")]
mod sqs;
mod statement;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::failure::Failure;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

pub use dead::{Cause, DeadBody, DeadLetter, causes, without_ids};
pub use ids::{DeduplicationId, GroupId};
pub use jobs::{Job, JobError, JobKind, JobRecord, Jobs, carry_out, hand_out};
pub use message::{EventMessage, HandedOn, Message, Undecodable, Unreadable};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteQueue;
#[cfg(feature = "aws")]
pub use sqs::{QueueUrls, Record, RecordError, Retry, SENT_AT, SqsJobs, SqsQueue};
pub use statement::{StatedContract, Statement};

/// Lifetime of a deduplication id (SQS: five minutes).
pub const DEDUPLICATION_WINDOW: Duration = Duration::from_secs(300);

/// Maximum number of messages that one receive returns (SQS: ten).
pub const MAX_BATCH: usize = 10;

/// Maximum time that a message stays in the retry queue at once (SQS: 15 minutes).
pub const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);

/// Store of acknowledged messages until they are processed.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Stores a message for good. When this returns, the message survives a crash.
    async fn send(&self, message: Outgoing) -> Result<Receipt, QueueError>;

    /// Stores all of these messages for good. Their order is not kept, not even within a group.
    ///
    /// # Errors
    /// [`QueueError::Unsent`] names those that were not stored; after any other error, none is known to be.
    /// Sending a stored message once more is harmless within [`DEDUPLICATION_WINDOW`].
    async fn send_all(&self, messages: Vec<Outgoing>) -> Result<(), QueueError>;

    /// Stores a message in the retry queue for good. It joins its group at `due`, which is at most
    /// [`LONGEST_DELAY`] away; a later `due` may count as now, since the clock may have been set back. The
    /// deduplication id is not used: each call stores one message. SQS may deliver it more than once.
    async fn send_later(&self, message: Outgoing, due: Timestamp) -> Result<(), QueueError>;

    /// Moves a received message to the retry queue until `due`, as [`send_later`](Self::send_later) does. It
    /// keeps [`Received::sent_at`], and its receive count starts anew: for messages that were not tried.
    ///
    /// # Errors
    /// [`QueueError::Expired`] as for [`delete`](Self::delete).
    async fn put_back(&self, message: &Received, due: Timestamp) -> Result<(), QueueError>;

    /// Receives up to `max` messages (at most [`MAX_BATCH`]) and hides them for `visibility`; waits
    /// up to `wait` for the first one. An empty answer is not an error.
    async fn receive(
        &self,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError>;

    /// Deletes a message whose work is done.
    ///
    /// # Errors
    /// [`QueueError::Expired`] if the message has become visible again: it is not deleted. If the message is gone
    /// already, a store may return this error or succeed.
    async fn delete(&self, handle: &Handle) -> Result<(), QueueError>;

    /// Hides a received message for `visibility` from now; zero shows it at once.
    ///
    /// # Errors
    /// [`QueueError::Expired`] as for [`delete`](Self::delete).
    async fn change_visibility(
        &self,
        handle: &Handle,
        visibility: Duration,
    ) -> Result<(), QueueError>;

    /// Moves a received message to the dead letters, with the reason: a retry cannot succeed.
    ///
    /// # Errors
    /// [`QueueError::Expired`] as for [`delete`](Self::delete).
    async fn dead_letter(&self, message: &Received, reason: &str) -> Result<(), QueueError>;

    /// Number of messages by state.
    async fn depth(&self) -> Result<Depth, QueueError>;

    /// The dead letters, oldest first, at most `max`.
    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError>;

    /// The ids of the dead letters, oldest first, at most `max`.
    async fn dead_letter_ids(&self, max: usize) -> Result<Vec<String>, QueueError> {
        let letters = self.dead_letters(max).await?;
        Ok(letters.into_iter().map(|it| it.message_id).collect())
    }

    /// Removes the dead letters with these ids. With [`Taking::Redrive`] each is first sent to its group, as the last
    /// message there and with a receive count that starts anew. Returns the ids of those that existed. SQS may send a
    /// letter twice if the process stops in between.
    async fn take_dead(
        &self,
        ids: BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError>;
}

/// Use of a removed dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// It is sent to its group again.
    Redrive,
    /// It is deleted.
    Drop,
}

/// Limits of a queue.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A message received this many times goes to the dead letters (SQS: `maxReceiveCount`).
    pub max_receives: u32,
}

impl Default for Limits {
    /// With the delays of the provisioner (5 s doubling to 15 min) 100 receives span a day.
    fn default() -> Self {
        Self { max_receives: 100 }
    }
}

/// A message to send.
#[derive(Clone)]
pub struct Outgoing {
    /// The text that is stored; personal data may be in it.
    pub body: String,
    /// Messages of one group are processed in order, one batch at a time.
    pub group: GroupId,
    /// Sending the same id again within five minutes stores nothing.
    pub deduplication: DeduplicationId,
}

/// Proof that a message was stored. Only a queue can make one.
#[derive(Debug)]
pub struct Receipt {
    message: String,
}

impl Receipt {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// The receipt of a queue in another crate's test.
    #[cfg(feature = "contract")]
    pub fn of_test(message: impl Into<String>) -> Self {
        Self::new(message)
    }

    /// The queue's id of the message (the first one's, for a duplicate).
    pub fn message_id(&self) -> &str {
        &self.message
    }
}

/// A message that was received and is hidden from other receivers for a while.
#[derive(Clone)]
pub struct Received {
    /// The queue's id of the message.
    pub message_id: String,
    /// Identifies this receive; needed to delete the message or to change its visibility.
    pub handle: Handle,
    /// The body, as it was sent.
    pub body: String,
    /// The group, as it was sent.
    pub group: GroupId,
    /// Receive count, including this receive.
    pub receive_count: u32,
    /// When it was sent; it does not change when the message is put back.
    pub sent_at: Timestamp,
}

/// Number of messages in a queue, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Depth {
    /// Messages that are not in flight: ready, or waiting for one before them in their group.
    pub waiting: u64,
    /// Messages that are hidden: in process, or put back with a delay.
    pub in_flight: u64,
    /// Messages in the retry queue, which have not joined their groups yet.
    pub retrying: u64,
    /// Dead letters.
    pub dead: u64,
}

/// Identifies one receive of one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(pub(crate) String);

#[cfg(feature = "contract")]
impl Handle {
    /// The handle of a queue in another crate's test.
    pub fn of_test(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text of the handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Errors of the queue.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The handle's receive is over: the message has become visible again, or is gone.
    #[error("the message is no longer ours: its visibility timeout has expired")]
    Expired,
    /// The queue could not be reached, or refused the call. No message is known to be stored.
    #[error("the queue is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Some of the messages were not stored; all others were.
    #[error("{} of {of} messages were not stored: {source}", failed.len())]
    Unsent {
        /// Positions of the messages that were not stored, in the order in which they were given.
        failed: Vec<usize>,
        /// Number of messages given.
        of: usize,
        /// Why the first of them was not stored.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        Self::store(error.to_string())
    }
}
