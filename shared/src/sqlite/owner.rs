//! One process at a time owns the database for writing.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::error::OpenError;
use super::paths::{beside, private_file};

/// Proof that this process owns the database; dropping it ends the ownership.
///
/// SQLite itself would let two processes write in turn. But waiting receivers are woken only within their process, and
/// a second bridge on one file is a mistake in any case. These are locks of the operating system, so they end with the
/// process, even if it crashes.
pub(super) struct Owner {
    lock: File,
    /// Locked as well: the lock file can be removed, and the database may have another name.
    database: Option<File>,
}

impl Owner {
    /// Locks `<path>.lock`, then the database itself, if there is one.
    ///
    /// The lock file comes first because it keeps this process from opening a database that it has open: SQLite's own
    /// locks end when any descriptor of the file is closed.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let refused = |source| OpenError::File {
            path: path.to_owned(),
            source,
        };
        let lock = private_file(&beside(path, ".lock")).map_err(refused)?;
        exclusive(&lock, path)?;
        let mut owner = Self {
            lock,
            database: None,
        };
        // On other systems this lock (flock) and those of SQLite (fcntl) may exclude each other.
        if cfg!(target_os = "linux") && path.exists() {
            let database = File::options().read(true).write(true).open(path);
            let database = database.map_err(refused)?;
            exclusive(&database, path)?;
            owner.database = Some(database);
        }
        Ok(owner)
    }

    /// Refuses a path whose lock file another process holds. Creates nothing.
    pub(super) fn refuse_other(path: &Path) -> Result<(), OpenError> {
        match File::open(beside(path, ".lock")) {
            Ok(lock) => exclusive(&lock, path),
            Err(_) => Ok(()),
        }
    }

    /// The lock file, where the database itself is not locked.
    pub(super) fn only_lock(&self) -> Option<&File> {
        self.database.is_none().then_some(&self.lock)
    }
}

fn exclusive(file: &File, path: &Path) -> Result<(), OpenError> {
    let path = path.to_owned();
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path }),
        Err(TryLockError::Error(source)) => Err(OpenError::File { path, source }),
    }
}
