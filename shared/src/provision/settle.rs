//! Reports a message's verdict to the queue.

use jiff::Timestamp;

use super::Verdict;
use crate::model::clock::after;
use crate::queue::{Queue, QueueError, Received};

/// The party that deletes a processed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// The bridge deletes it.
    Explicit,
    /// Lambda's event source mapping deletes it if the function's response does not name it.
    ByEventSource,
}

/// Reports a message's verdict to `queue`. Returns true if the message will be redelivered. If the call fails, the
/// message is redelivered too, which is safe because its work is idempotent.
pub(super) async fn acknowledge(
    queue: &dyn Queue,
    received: &Received,
    verdict: &Verdict,
    ack: Ack,
    now: Timestamp,
) -> bool {
    let told = match verdict {
        Verdict::Done if ack == Ack::ByEventSource => Ok(()),
        Verdict::Done => queue.delete(&received.handle).await,
        Verdict::Retry(delay) => queue.change_visibility(&received.handle, *delay).await,
        Verdict::PutBack(delay) => queue.put_back(received, after(now, *delay)).await,
        Verdict::Dead(reason) => queue.dead_letter(received, reason).await,
    };
    match &told {
        Ok(()) => {}
        Err(QueueError::Expired) => {
            tracing::warn!(message.id = %received.message_id, "a message exceeded its visibility timeout and will be redelivered");
        }
        Err(error) => {
            tracing::error!(message.id = %received.message_id, %error, "the verdict on a message could not be reported to the queue; the message will be redelivered");
        }
    }
    told.is_err() || matches!(verdict, Verdict::Retry(_))
}
