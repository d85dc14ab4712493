//! What OpenTrain says now against what the ledger says.

mod guard;
mod outcome;
mod wish;

pub use guard::Guard;
pub use outcome::Outcome;
pub use wish::Wish;

use crate::progress::Watcher;
use crate::provision::{Failure, Provisioner};

/// Compares the ledger with OpenTrain, and repairs it.
#[derive(Clone)]
pub struct Reconciler {
    /// Gives access and takes it away.
    pub provisioner: Provisioner,
    /// When it asks before it removes.
    pub guard: Guard,
}

impl Reconciler {
    /// Runs once.
    ///
    /// # Errors
    /// When nothing could be compared.
    pub async fn run(&self, _wish: &Wish, _watcher: Watcher<'_>) -> Result<Outcome, Failure> {
        Err(Failure::wrong("reconcile is not built yet"))
    }
}
