//! How far a long job is, for whoever watches it.

use serde::{Deserialize, Serialize};

/// So many pieces of so many are done; the total may grow while the job finds more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Pieces that are done.
    pub done: usize,
    /// Pieces that there are, as far as is known.
    pub total: usize,
}

/// Is told of progress. It must return at once: the job waits for it.
pub type Watcher<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Nobody watches.
pub fn unwatched(_: Progress) {}
