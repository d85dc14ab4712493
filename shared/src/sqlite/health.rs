//! Whether the database can be written to.

use std::error::Error;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Reason of the last failed commit; none while commits succeed. One thread writes it, and any thread may read it.
#[derive(Default)]
pub(super) struct Health(Mutex<Option<String>>);

impl Health {
    pub(super) fn failure(&self) -> Option<String> {
        self.last().clone()
    }

    /// Records the result of a commit, and logs a change. A failure lasts until `probe`, which writes, has
    /// succeeded: a batch that only reads commits on a full disk, too.
    pub(super) fn record<E: Error, P: Error>(
        &self,
        path: &Path,
        committed: &Result<(), E>,
        probe: impl FnOnce() -> Result<(), P>,
    ) {
        match committed {
            Err(error) => self.failed(format!("database {}: {error}", path.display())),
            Ok(()) if self.last().is_some() && probe().is_ok() => {
                tracing::info!("the database can be written to again");
                *self.last() = None;
            }
            Ok(()) => {}
        }
    }

    fn failed(&self, reason: String) {
        let mut last = self.last();
        if last.as_ref() != Some(&reason) {
            tracing::error!(%reason, "the database cannot be written to; deliveries are answered with 503");
        }
        *last = Some(reason);
    }

    fn last(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[test]
    fn a_failure_lasts_until_a_write_has_succeeded() {
        let health = Health::default();
        let path = Path::new("a.db");
        let failed: Result<(), _> = Err(fmt::Error);
        health.record(
            path,
            &Ok::<_, fmt::Error>(()),
            || -> Result<(), fmt::Error> { unreachable!("nothing failed before") },
        );
        assert_eq!(health.failure(), None);
        health.record(path, &failed, || Ok::<_, fmt::Error>(()));
        assert_eq!(
            health.failure(),
            Some(format!("database a.db: {}", fmt::Error))
        );
        health.record(path, &Ok::<_, fmt::Error>(()), || Err(fmt::Error));
        assert!(health.failure().is_some(), "only a read succeeded");
        health.record(path, &Ok::<_, fmt::Error>(()), || Ok::<_, fmt::Error>(()));
        assert_eq!(health.failure(), None);
    }
}
