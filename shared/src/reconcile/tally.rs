//! Counts finished pieces of work for a progress display.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::progress::{Progress, Watcher};

/// Progress of a run.
pub(super) struct Tally<'a> {
    watcher: Watcher<'a>,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl<'a> Tally<'a> {
    pub(super) fn told_to(watcher: Watcher<'a>) -> Self {
        Self {
            watcher,
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
        }
    }

    /// Adds `pieces` to the total.
    pub(super) fn expect(&self, pieces: usize) {
        self.total.fetch_add(pieces, Ordering::Relaxed);
        self.tell();
    }

    /// Counts one more finished piece.
    pub(super) fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        let (done, total) = (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        );
        (self.watcher)(Progress { done, total });
    }
}
