//! Memory for the bodies of requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Bytes of a body that are free: nearly every delivery is smaller, and waits for nothing. With the most connections
/// that there may be, these are 32 MiB.
pub(super) const FREE_BYTES: usize = 16 * 1024;

/// Most bytes of all bodies beyond that.
pub(super) const BODY_BYTES: usize = 32 * 1024 * 1024;

/// What is freed at once when bodies would take more.
pub(super) const BODY_BYTES_FREED: usize = BODY_BYTES / 8;

/// How long a body waits for memory before more of the old ones are closed for it.
const ROOM_WITHIN: Duration = Duration::from_millis(50);

/// Reserved bytes of all bodies. They are reserved before they are used, so that the most is a bound.
#[derive(Default)]
pub(super) struct Budget {
    reserved: AtomicUsize,
    /// Of these, those of connections that were chosen to be closed.
    closing: AtomicUsize,
    freed: Notify,
}

impl Budget {
    /// Reserves bytes; false when fewer are left.
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

    /// Lets one that waits try again. The latest first: an honest request has not waited for long.
    pub(super) fn wake(&self) {
        self.freed.notify_last();
    }

    /// Returns when bytes were given back, or after a while in which none were.
    pub(super) async fn more(&self) {
        let _elapsed = tokio::time::timeout(ROOM_WITHIN, self.freed.notified()).await;
    }

    /// Bytes of a connection that was chosen to be closed.
    pub(super) fn closes(&self, bytes: usize) {
        self.closing.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes of a chosen connection that were given back, or that stays.
    pub(super) fn closes_no_more(&self, bytes: usize) {
        self.closing.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that will be given back.
    pub(super) fn closing(&self) -> usize {
        self.closing.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
    }
}
