//! The database's files as they were opened, distinguished from later ones of the same name.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::{CommitError, OpenError};
use super::owner::Owner;
use super::paths::beside;

/// Write permission of users who are neither the owner nor in the file's group.
const WRITE_BY_ALL: u32 = 0o002;

/// Permissions of all users but the owner.
const OTHERS: u32 = 0o077;

/// Device and inode.
type Identity = (u64, u64);

/// The database and its write-ahead log. SQLite keeps both open and would continue to write to them after they were
/// removed. If the lock file is the only lock, it is included: once it is removed, a second bridge could lock a new
/// file of that name.
pub(super) struct Files(Vec<(PathBuf, Identity)>);

impl Files {
    /// The files of a database that is open in WAL mode, so that all of them exist.
    pub(super) fn of(path: &Path, owner: &Owner) -> io::Result<Self> {
        let identified = |path: PathBuf| {
            let identity = identity(&fs::metadata(&path)?);
            Ok::<_, io::Error>((path, identity))
        };
        let mut files = vec![
            identified(path.to_owned())?,
            identified(beside(path, "-wal"))?,
        ];
        if let Some(lock) = owner.only_lock() {
            files.push((beside(path, ".lock"), identity(&lock.metadata()?)));
        }
        Ok(Self(files))
    }

    /// Compares the files at the paths with those that were opened. Costs a `stat` each.
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

/// Refuses a path that is not a file or is a mount of its own, a file with several names, and files that every user may
/// write to. Warns of other permissions of other users.
pub(super) fn inspect(path: &Path) -> Result<(), OpenError> {
    let about = metadata(path)?;
    refuse_other_kinds(path, &about)?;
    if is_mount_point(path) {
        let path = path.to_owned();
        return Err(OpenError::MountPoint { path });
    }
    let links = about.nlink();
    if links > 1 {
        let path = path.to_owned();
        return Err(OpenError::HardLinked { path, links });
    }
    inspect_mode(path, path, &about)?;
    for ending in ["-wal", "-shm"] {
        let file = beside(path, ending);
        // SQLite makes the file with the database's mode where there is none.
        if let Ok(about) = fs::metadata(&file) {
            inspect_mode(path, &file, &about)?;
        }
    }
    Ok(())
}

/// Refuses an empty file with a write-ahead log beside it, because SQLite would delete the log.
pub(super) fn refuse_stray_log(path: &Path) -> Result<(), OpenError> {
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    match metadata(path)?.len() {
        0 if has_log => Err(OpenError::StrayLog {
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Refuses a folder, a device and the like.
pub(super) fn refuse_other_kinds(path: &Path, about: &Metadata) -> Result<(), OpenError> {
    match about.is_file() {
        true => Ok(()),
        false => Err(OpenError::NotAFile {
            path: path.to_owned(),
            is_folder: about.is_dir(),
        }),
    }
}

pub(super) fn metadata(path: &Path) -> Result<Metadata, OpenError> {
    fs::metadata(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}

fn inspect_mode(database: &Path, file: &Path, about: &Metadata) -> Result<(), OpenError> {
    let mode = about.mode() & 0o7777;
    if mode & WRITE_BY_ALL != 0 {
        return Err(OpenError::WritableByAll {
            database: database.to_owned(),
            file: file.to_owned(),
            mode,
        });
    }
    if mode & OTHERS != 0 {
        tracing::warn!(path = %file.display(), mode = format!("{mode:04o}"), "other users may read the database, which holds names and e-mail addresses: run `chmod 600 {}*`", database.display());
    }
    Ok(())
}

/// Whether something is mounted at the path itself, and not at one of its folders. A kernel before 5.8 does not report
/// it.
#[cfg(target_os = "linux")]
pub(super) fn is_mount_point(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let about = statx(CWD, path, AtFlags::empty(), StatxFlags::empty());
    about.is_ok_and(|it| {
        it.stx_attributes
            .intersection(it.stx_attributes_mask)
            .contains(StatxAttributes::MOUNT_ROOT)
    })
}

/// Only Linux can mount single files.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_mount_point(_path: &Path) -> bool {
    false
}
