//! Telling the queue what becomes of a message.

use jiff::Timestamp;

use super::Verdict;
use crate::model::clock::after;
use crate::queue::{Queue, QueueError, Received};

/// Who deletes a message that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// We do.
    Explicit,
    /// Lambda's event source mapping does, when the function's answer does not name the message.
    ByEventSource,
}

/// Tells `queue` what becomes of a message; true when it will be redelivered. When the queue can't be told, the
/// message is redelivered, too: its work is idempotent.
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
            tracing::error!(message.id = %received.message_id, %error, "the queue could not be told what becomes of a message; it will be redelivered");
        }
    }
    told.is_err() || matches!(verdict, Verdict::Retry(_))
}
