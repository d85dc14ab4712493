//! [`Wake`]: wakes one receiver, even if the task that should wake it is cancelled.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes one receiver when it is dropped.
///
/// A job returns it with its result, so that it is dropped after the commit, even if the sender has stopped waiting. A
/// receiver that was woken holds one until it has read the queue.
pub(super) struct Wake(Option<Arc<Notify>>);

impl Wake {
    /// Wakes a receiver of `bell` when it is dropped.
    pub(super) fn new(bell: &Arc<Notify>) -> Self {
        Self(Some(Arc::clone(bell)))
    }

    /// Drops it without waking a receiver.
    pub(super) fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some(bell) = &self.0 {
            bell.notify_one();
        }
    }
}
