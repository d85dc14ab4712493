//! Puts a backup in the place of the database.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::OpenError;
use super::owner::Owner;
use super::{Database, advice, open};

/// Why a backup was not restored. Each message says what to do.
#[allow(missing_docs, reason = "each message names its fields")]
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The database is in use, or the backup is not one of this bridge's.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite finds faults in the backup.
    #[error("the backup {} is damaged ({fault}); restore another one", path.display())]
    Damaged { path: PathBuf, fault: String },
    /// An earlier restore has set a database aside, which would be overwritten.
    #[error("{} is left from an earlier restore; move it away first", path.display())]
    Kept { path: PathBuf },
    /// The system refused a file.
    #[error("can't restore to {}: {source}; {}", path.display(), advice::io(source))]
    File { path: PathBuf, source: io::Error },
}

impl Database {
    /// Replaces the database at `path` with a copy of `backup`, and returns the new name of the database that was
    /// there, if one was. That one is kept whole, with its write-ahead log. No bridge may run on it meanwhile.
    ///
    /// # Errors
    /// [`OpenError::InUse`] among others. An error leaves the database as it was, or without the name `path` and kept
    /// under the other one.
    pub fn restore(backup: &Path, path: &Path) -> Result<Option<PathBuf>, RestoreError> {
        let path = open::resolve(path)?;
        let refused = |source| RestoreError::File {
            path: path.clone(),
            source,
        };
        check(backup)?;
        let owner = Owner::take(&path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        // Mode 0600; removed when this fails.
        let mut copy = NamedTempFile::new_in(folder).map_err(refused)?;
        let mut from = File::open(backup).map_err(|source| RestoreError::File {
            path: backup.to_owned(),
            source,
        })?;
        io::copy(&mut from, copy.as_file_mut()).map_err(refused)?;
        copy.as_file().sync_all().map_err(refused)?;
        let kept = keep(&path)?;
        copy.persist_noclobber(&path)
            .map_err(|error| refused(error.error))?;
        let folder = File::open(folder).map_err(refused)?;
        folder.sync_all().map_err(refused)?;
        drop(owner);
        Ok(kept)
    }
}

/// Reads the whole backup: it has to be a sound database of this bridge's, of this layout or an earlier one.
fn check(backup: &Path) -> Result<(), RestoreError> {
    let (connection, _) = open::readable(backup)?;
    let verdict = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    let fault: String = verdict.map_err(|error| open::named(backup, error))?;
    let path = backup.to_owned();
    match fault.as_str() {
        "ok" => Ok(()),
        _ => Err(RestoreError::Damaged { path, fault }),
    }
}

/// Gives the database and its write-ahead log another name: a log that stays would be applied to the backup.
fn keep(path: &Path) -> Result<Option<PathBuf>, RestoreError> {
    let kept = open::beside(path, ".replaced");
    if kept.exists() {
        return Err(RestoreError::Kept { path: kept });
    }
    // The log first: a database without its log is whole but for the newest commits, which are in the log.
    for ending in ["-shm", "-wal", ""] {
        let (from, to) = (open::beside(path, ending), open::beside(&kept, ending));
        if from.exists() {
            fs::rename(&from, &to).map_err(|source| RestoreError::File { path: from, source })?;
        }
    }
    Ok(kept.exists().then_some(kept))
}
