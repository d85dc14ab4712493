//! The queue is told what became of a message.

use super::{Settled, Verdict};
use crate::queue::{Queue, QueueError};

/// Who takes a message off the queue when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// We do.
    Ours,
    /// Whoever handed it to us: Lambda's event source mapping.
    Theirs,
}

/// Tells `queue` what became of a message, and says whether it comes again. When that can't be told, it
/// comes again, too: its work is idempotent.
pub async fn settle(queue: &dyn Queue, settled: &Settled, deletion: Deletion) -> bool {
    let Settled { received, verdict } = settled;
    let told = match verdict {
        Verdict::Done if deletion == Deletion::Theirs => Ok(()),
        Verdict::Done => queue.delete(&received.handle).await,
        Verdict::Retry(delay) => queue.change_visibility(&received.handle, *delay).await,
        Verdict::Dead(reason) => queue.dead_letter(received, reason).await,
    };
    match &told {
        Ok(()) => {}
        Err(QueueError::Expired) => {
            tracing::warn!(message.id = %received.message_id, "a message was worked on for longer than it was hidden; it comes again");
        }
        Err(error) => {
            tracing::error!(message.id = %received.message_id, %error, "a message could not be settled; it comes again");
        }
    }
    told.is_err() || matches!(verdict, Verdict::Retry(_))
}
