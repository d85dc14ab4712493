//! Waking one receiver, whatever becomes of the one who should do it.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes one receiver when it is dropped.
///
/// A job hands it back with its result: it is dropped after the commit, even if the sender has stopped
/// waiting by then. A receiver that was woken holds one until it has looked.
pub(super) struct Wake(Option<Arc<Notify>>);

impl Wake {
    /// Will ring `bell`.
    pub(super) fn new(bell: &Arc<Notify>) -> Self {
        Self(Some(Arc::clone(bell)))
    }

    /// There is nothing to be woken for.
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
