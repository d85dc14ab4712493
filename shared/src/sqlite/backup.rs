//! A copy of the database, made while a bridge runs.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Database, DatabaseError, advice};

/// Why there is no backup. Each message contains the fix.
#[allow(missing_docs, reason = "each message names its fields")]
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name; backups never overwrite.
    #[error("{} exists already, and a backup never overwrites: give another name", path.display())]
    Exists { path: PathBuf },
    /// The system refused the file or its folder.
    #[error("can't write the backup {}: {source}; {}", path.display(), advice::io(source))]
    File { path: PathBuf, source: io::Error },
    /// The database could not be copied.
    #[error("can't copy the database to {}: {source}", path.display())]
    Copy {
        path: PathBuf,
        source: DatabaseError,
    },
}

impl Database {
    /// Writes a consistent copy to `path`: as of one moment, with everything acknowledged before it. The copy has mode
    /// 0600, contains no deleted rows, and appears whole or not at all. The bridge that runs on the database is not
    /// delayed.
    ///
    /// # Errors
    /// [`BackupError::Exists`] among others.
    pub async fn back_up(&self, path: &Path) -> Result<(), BackupError> {
        let refused = |source| BackupError::File {
            path: path.to_owned(),
            source,
        };
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).to_owned();
        // Mode 0600; removed when this fails.
        let copy = NamedTempFile::new_in(&folder).map_err(refused)?;
        let name = copy.path().to_str().map(str::to_owned);
        let name = name.ok_or_else(|| refused(io::ErrorKind::InvalidFilename.into()))?;
        self.read(move |db| db.execute("VACUUM INTO ?", [name]))
            .await
            .map_err(|source| BackupError::Copy {
                path: path.to_owned(),
                source,
            })?;
        copy.as_file().sync_all().map_err(refused)?;
        copy.persist_noclobber(path)
            .map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => exists(path),
                _ => refused(error.error),
            })?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(refused)
    }
}

fn exists(path: &Path) -> BackupError {
    BackupError::Exists {
        path: path.to_owned(),
    }
}
