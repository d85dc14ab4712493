//! Waiting for a condition instead of sleeping.

use std::time::Duration;

use tokio::sync::Notify;

/// A condition did not come true in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the awaited condition did not come true within {0:?}")]
pub struct TimedOut(pub Duration);

/// Tells waiters that something changed, so that they look again.
#[derive(Default)]
pub(crate) struct Progress(Notify);

impl Progress {
    pub(crate) fn made(&self) {
        self.0.notify_waiters();
    }

    /// Waits until `condition` holds; it is asked again after every change.
    pub(crate) async fn until(
        &self,
        limit: Duration,
        condition: impl Fn() -> bool,
    ) -> Result<(), TimedOut> {
        tokio::time::timeout(limit, self.watch(condition))
            .await
            .map_err(|_| TimedOut(limit))
    }

    async fn watch(&self, condition: impl Fn() -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.0.notified());
            // Listen before looking, or a change between the two is missed.
            changed.as_mut().enable();
            if condition() {
                return;
            }
            changed.await;
        }
    }
}
