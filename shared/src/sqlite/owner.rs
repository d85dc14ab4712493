//! One process at a time owns the database for writing.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::error::OpenError;
use super::open;

/// Proof that this process owns the database; dropping it gives the ownership back.
///
/// SQLite itself would let two processes take turns. Receivers that wait are woken from within the
/// process, though, and a second bridge on one file is a mistake in any case. The lock is the
/// system's, so that it goes with the process however that ends.
pub(super) struct Owner {
    _lock: File,
}

impl Owner {
    /// Locks `<path>.lock`, a file of its own: a lock on the database file could collide with SQLite's.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let lock = open::private_file(&open::beside(path, ".lock"))
            .map_err(|source| file_error(path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(file_error(path, source)),
        }
    }
}

fn file_error(path: &Path, source: std::io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}
