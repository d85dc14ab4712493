//! Undocumented requests of clients.

use std::sync::{Mutex, PoisonError};

use super::mask::masked;

/// A request that violates the contract: an unknown path, field or query parameter, a body that is not the documented
/// JSON, or a missing credential.
///
/// Names the fault without any value: it contains no token, e-mail or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The HTTP method.
    pub method: String,
    /// The path as received, without its query, with credentials cut.
    pub path: String,
    /// The fault of the request.
    pub why: String,
}

#[derive(Default)]
pub(crate) struct Violations(Mutex<Vec<Violation>>);

impl Violations {
    pub(crate) fn record(&self, method: &str, path: &str, why: &str) {
        let violation = Violation {
            method: method.to_owned(),
            path: masked(path),
            why: why.to_owned(),
        };
        self.lock().push(violation);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn all(&self) -> Vec<Violation> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Violation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
