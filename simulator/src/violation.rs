//! What a client did that no documented client does.

use std::sync::{Mutex, PoisonError};

/// A request outside the contract: an unknown path, field or query parameter, a body that is
/// not the documented JSON, or no credential at all.
///
/// Names what was wrong, never a value: no token, e-mail or body is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The HTTP method.
    pub method: String,
    /// The path as it was sent, without its query.
    pub path: String,
    /// What was wrong with the request.
    pub why: String,
}

#[derive(Default)]
pub(crate) struct Violations(Mutex<Vec<Violation>>);

impl Violations {
    pub(crate) fn record(&self, method: &str, path: &str, why: &str) {
        let violation = Violation {
            method: method.to_owned(),
            path: path.to_owned(),
            why: why.to_owned(),
        };
        self.lock().push(violation);
    }

    pub(crate) fn all(&self) -> Vec<Violation> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Violation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
