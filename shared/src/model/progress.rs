//! Progress of a long job.

use serde::{Deserialize, Serialize};

/// Number of pieces that are done, and in total. The total may grow while the job finds more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of pieces that are done.
    pub done: usize,
    /// Number of known pieces.
    pub total: usize,
}

/// Receives progress. It must return at once, because the job waits for it.
pub type Watcher<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Ignores progress.
pub fn unwatched(_: Progress) {}
