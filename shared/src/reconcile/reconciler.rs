//! [`Reconciler`]: the services and limits of a reconcile.

use super::guard::Guard;
use crate::provision::Provisioner;

/// Compares the ledger with OpenTrain, and repairs it.
#[derive(Clone)]
pub struct Reconciler {
    /// Grants and revokes access.
    pub provisioner: Provisioner,
    /// Limits of the removals.
    pub guard: Guard,
}
