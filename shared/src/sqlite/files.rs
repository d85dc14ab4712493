//! The database's files as they were opened, told apart from later ones of the same name.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::{CommitError, OpenError};
use super::open::beside;

/// Rights of users who are neither the owner nor in the file's group.
const WRITE_BY_ALL: u32 = 0o002;

/// Rights of anyone but the owner.
const OTHERS: u32 = 0o077;

/// Device and inode.
type Identity = (u64, u64);

/// The database and its write-ahead log. SQLite keeps both open and would go on writing to them after they
/// were removed.
pub(super) struct Files([(PathBuf, Identity); 2]);

impl Files {
    /// The files of a database that is open in WAL mode, so that both exist.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let identified = |path: PathBuf| {
            let identity = identity(&fs::metadata(&path)?);
            Ok::<_, io::Error>((path, identity))
        };
        Ok(Self([
            identified(path.to_owned())?,
            identified(beside(path, "-wal"))?,
        ]))
    }

    /// Compares the files at the paths with those that were opened. Costs two `stat`.
    pub(super) fn check(&self) -> Result<(), CommitError> {
        let is_same = |(path, opened): &&(PathBuf, Identity)| {
            fs::metadata(path).is_ok_and(|found| identity(&found) == *opened)
        };
        match self.0.iter().find(|file| !is_same(file)) {
            None => Ok(()),
            Some((path, _)) => Err(CommitError::Displaced { file: path.clone() }),
        }
    }
}

fn identity(found: &Metadata) -> Identity {
    (found.dev(), found.ino())
}

/// Refuses a file with several names or that every user may write to; warns of other rights.
pub(super) fn inspect(path: &Path) -> Result<(), OpenError> {
    let about = fs::metadata(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })?;
    let (links, mode) = (about.nlink(), about.mode() & 0o7777);
    let path = path.to_owned();
    if links > 1 {
        return Err(OpenError::HardLinked { path, links });
    }
    if mode & WRITE_BY_ALL != 0 {
        return Err(OpenError::WritableByAll { path, mode });
    }
    if mode & OTHERS != 0 {
        tracing::warn!(path = %path.display(), mode = format!("{mode:04o}"), "other users may read the database, which holds names and e-mail addresses: run `chmod 600` on it");
    }
    Ok(())
}
