//! Memory limits for request bodies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Bytes of a body that need no reservation. Nearly every delivery is smaller and never waits. With the maximum number
/// of connections, these are 32 MiB.
pub(super) const FREE_BYTES: usize = 16 * 1024;

/// Maximum bytes of all bodies beyond that.
pub(super) const BODY_BYTES: usize = 32 * 1024 * 1024;

/// Bytes that are freed at once when the maximum is reached.
pub(super) const BODY_BYTES_FREED: usize = BODY_BYTES / 8;

/// Waiting time of a body before more of the old ones are closed.
const ROOM_WITHIN: Duration = Duration::from_millis(50);

/// Reserved bytes of all bodies. They are reserved before use, so the maximum is a bound.
#[derive(Default)]
pub(super) struct Budget {
    reserved: AtomicUsize,
    /// Bytes of connections that are marked to be closed.
    closing: AtomicUsize,
    freed: Notify,
}

impl Budget {
    /// Reserves bytes. Returns false if fewer are left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let taken = |held: usize| held.checked_add(bytes).filter(|held| *held <= BODY_BYTES);
        self.reserved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken)
            .is_ok()
    }

    pub(super) fn give_back(&self, bytes: usize) {
        if bytes > 0 {
            self.reserved.fetch_sub(bytes, Ordering::Relaxed);
            self.wake();
        }
    }

    /// Wakes the latest waiting reservation, because a legitimate request has not waited for long.
    pub(super) fn wake(&self) {
        self.freed.notify_last();
    }

    /// Returns after bytes were released, or after a while without a release.
    pub(super) async fn more(&self) {
        let _elapsed = tokio::time::timeout(ROOM_WITHIN, self.freed.notified()).await;
    }

    /// Adds the bytes of a connection that is marked to be closed.
    pub(super) fn closes(&self, bytes: usize) {
        self.closing.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Subtracts the bytes of a marked connection that were released, or that remains open.
    pub(super) fn closes_no_more(&self, bytes: usize) {
        self.closing.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that will be released.
    pub(super) fn closing(&self) -> usize {
        self.closing.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
    }
}
