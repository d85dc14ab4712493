//! Waits for conditions, without sleeping.

use std::time::Duration;

use tokio::sync::Notify;

/// A condition did not become true in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the awaited condition did not come true within {0:?}")]
pub struct TimedOut(pub Duration);

/// Wakes waiters after a change, so that they check again.
#[derive(Default)]
pub(crate) struct Progress(Notify);

impl Progress {
    pub(crate) fn made(&self) {
        self.0.notify_waiters();
    }

    /// Waits until `condition` holds. Checks it after every change.
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
            // Listens before the check, so that a change between the two is not missed.
            changed.as_mut().enable();
            if condition() {
                return;
            }
            changed.await;
        }
    }
}
