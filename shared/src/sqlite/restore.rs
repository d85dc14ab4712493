//! Replaces the database with a backup.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::error::OpenError;
use super::owner::Owner;
use super::{Database, advice, open, paths};

/// Why a backup was not restored. Each message contains the fix.
#[allow(missing_docs, reason = "each message names its fields")]
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The database is in use, or the backup is not one of this bridge's.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite finds faults in the backup.
    #[error("the backup {} is damaged ({fault}); restore another one", path.display())]
    Damaged { path: PathBuf, fault: String },
    /// An earlier restore has kept the database that it replaced, which would be overwritten.
    #[error("{} is left from an earlier restore; move it away first", path.display())]
    Kept { path: PathBuf },
    /// The system refused a file.
    #[error("can't restore to {}: {source}; {}", path.display(), advice::io(source))]
    File { path: PathBuf, source: io::Error },
    /// SQLite could not copy the backup.
    #[error("can't copy the backup to {}: {source}; {}", path.display(), advice::sqlite(source))]
    Copy {
        path: PathBuf,
        source: rusqlite::Error,
    },
}

/// SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// The file can't be read.
pub fn file_sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut part = vec![0; 64 * 1024];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hex::encode(hash.finalize())),
            length => hash.update(&part[..length]),
        }
    }
}

impl Database {
    /// Replaces the database at `path` with a copy of `backup`, which is read with its write-ahead log if it has one.
    /// Returns the new name of the replaced database, if there was one: it is kept whole, with its own log. No bridge
    /// may run on the database meanwhile.
    ///
    /// # Errors
    /// [`OpenError::InUse`] among others. After an error the database is as it was, or has both names, and its log has
    /// the new one. No bridge starts on a database with two names.
    pub fn restore(backup: &Path, path: &Path) -> Result<Option<PathBuf>, RestoreError> {
        let path = open::resolve(path)?;
        let refused = |source| RestoreError::File {
            path: path.clone(),
            source,
        };
        let from = check(backup)?;
        let owner = Owner::take(&path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        // Mode 0600; removed when this fails.
        let copy = NamedTempFile::new_in(folder).map_err(refused)?;
        let name = copy.path().to_str();
        let name = name.ok_or_else(|| refused(io::ErrorKind::InvalidFilename.into()))?;
        from.execute("VACUUM INTO ?", [name])
            .map_err(|source| RestoreError::Copy {
                path: path.clone(),
                source,
            })?;
        copy.as_file().sync_all().map_err(refused)?;
        let sync = || File::open(folder)?.sync_all();
        let kept = keep(&path)?;
        sync().map_err(refused)?;
        remove_log(&path).map_err(refused)?;
        copy.persist(&path).map_err(|error| refused(error.error))?;
        sync().map_err(refused)?;
        drop(owner);
        Ok(kept)
    }
}

/// Checks the whole backup: it must be an undamaged database of the bridge, of this layout or an earlier one.
fn check(backup: &Path) -> Result<Connection, RestoreError> {
    let (connection, _) = open::readable(backup)?;
    let verdict = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    let fault: String = verdict.map_err(|error| open::named(backup, error))?;
    let path = backup.to_owned();
    match fault.as_str() {
        "ok" => Ok(connection),
        _ => Err(RestoreError::Damaged { path, fault }),
    }
}

/// Gives the database and its write-ahead log a second name.
fn keep(path: &Path) -> Result<Option<PathBuf>, RestoreError> {
    let kept = paths::beside(path, ".replaced");
    let files =
        ["", "-wal"].map(|ending| (paths::beside(path, ending), paths::beside(&kept, ending)));
    if let Some((_, left)) = files.iter().find(|(_, to)| to.exists()) {
        let path = left.clone();
        return Err(RestoreError::Kept { path });
    }
    for (from, to) in files.iter().filter(|(from, _)| from.exists()) {
        fs::hard_link(from, to).map_err(|source| RestoreError::File {
            path: to.clone(),
            source,
        })?;
    }
    Ok(kept.exists().then_some(kept))
}

/// Removes the write-ahead log of the database that is replaced: SQLite would apply it to the backup.
fn remove_log(path: &Path) -> io::Result<()> {
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(paths::beside(path, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
