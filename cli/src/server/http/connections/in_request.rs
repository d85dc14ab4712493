//! A request between its head and its answer.

use super::{Connection, Phase};
use crate::server::http::budget::FREE_BYTES;

/// A request between its head and its answer.
pub(in crate::server::http) struct InRequest<'a>(pub(super) &'a Connection);

impl InRequest<'_> {
    /// Returns when the body may use this number of bytes in total. If the bodies use too much memory, the oldest
    /// incomplete ones are closed, including this one if none is older.
    pub(in crate::server::http) async fn reserve(&self, size: usize) {
        let all = &self.0.all;
        let more = || {
            let reserved = self.0.lock().body;
            size.saturating_sub(FREE_BYTES).saturating_sub(reserved)
        };
        while !self.0.try_reserve(more()) {
            all.free_body_bytes();
            // After a longer wait, more of them are closed.
            all.bodies.more().await;
        }
        // There may be capacity for the next one, too.
        all.bodies.wake();
    }

    /// Records that the body is complete. From now on the connection stays open until the answer.
    pub(in crate::server::http) fn storing(&self) {
        self.0.enter(Phase::Storing);
    }
}

impl Drop for InRequest<'_> {
    fn drop(&mut self) {
        self.0.enter(Phase::Head);
        self.0.lock().answered = true;
        self.0.release_body();
    }
}
