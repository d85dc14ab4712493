//! Errors of the database file.

use std::path::PathBuf;
use std::sync::Arc;

use super::advice;

/// Why the database could not be opened. Each message contains the fix.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refused the file, its lock or its folder.
    #[error("can't use the database file {}: {source}; {}", path.display(), advice::io(source))]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Another process has it open for writing.
    #[error(
        "the database {} is in use by another bridge; stop that one first, or give this one \
         another file",
        path.display()
    )]
    InUse { path: PathBuf },
    /// It was opened only for reading, and does not exist.
    #[error("there is no database at {}; check the path, or start the bridge once to make it", path.display())]
    Missing { path: PathBuf },
    /// It was opened only for reading, and has no content, for example because a copy ran into a full disk.
    #[error("the file {} is empty; put the database back from a backup", path.display())]
    Empty { path: PathBuf },
    /// It has no content, and the write-ahead log beside it belongs to another file. SQLite would delete the log.
    #[error(
        "the database {} is empty, but its log {0}-wal is not: put back the database file that this log belongs to",
        path.display()
    )]
    StrayLog { path: PathBuf },
    /// It is not a SQLite database, or is damaged.
    #[error(
        "{} is not a SQLite database; give another path, or put the file back from a backup",
        path.display()
    )]
    NotADatabase { path: PathBuf },
    /// It is a SQLite database of another program.
    #[error("{} is another program's database; give the bridge a path of its own", path.display())]
    Foreign { path: PathBuf },
    /// A newer bridge has written it.
    #[error(
        "{} was written by a newer bridge (layout {found}, this one knows {known}); install that \
         version again, or put back the backup made before it",
        path.display()
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// An older bridge has written it, and it was opened only for reading.
    #[error(
        "{} was written by an older bridge (layout {found}, this one needs {known}); start this \
         version's bridge once, it brings the file up to date",
        path.display()
    )]
    Older {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// Another name leads to the same file. Each name would have its own lock and its own `-wal`, so two
    /// bridges would run on one file.
    #[error(
        "the database {} has {links} hard links, and a bridge started through another one would \
         destroy it; find them with `find -samefile`, and remove all but this one",
        path.display()
    )]
    HardLinked { path: PathBuf, links: u64 },
    /// Any user of the machine may change it, and so may have granted access.
    #[error(
        "every user of this machine may write to the database's file {} (mode {mode:04o}); check who \
         has, then run `chmod 600 {}*`",
        file.display(), database.display()
    )]
    WritableByAll {
        database: PathBuf,
        file: PathBuf,
        mode: u32,
    },
    /// A folder, a device, a pipe.
    #[error(
        "the database {} is {}, not a file; set BRIDGE_DB to the path of a file{}",
        path.display(),
        if *is_folder { "a folder" } else { "a device or a pipe" },
        if *is_folder { format!(", e.g. {}", path.join("bridge.db").display()) } else { String::new() }
    )]
    NotAFile { path: PathBuf, is_folder: bool },
    /// The file alone is mounted, as by `-v ./bridge.db:/data/bridge.db`. Its write-ahead log and its lock would
    /// stay in the container: what they hold is lost with it, and a second bridge could use the file.
    #[error(
        "the database {} is a mount of its own, and its log {0}-wal would be lost with this container or machine; \
         mount the folder that holds the file, not the file",
        path.display()
    )]
    MountPoint { path: PathBuf },
    /// The file system has no shared memory for the write-ahead log, as is usual over a network.
    #[error(
        "the file system of {} can't hold the database's write-ahead log (SQLite uses the mode \
         `{mode}` there); set BRIDGE_DB to a path on a local disk, not on NFS or SMB",
        path.display()
    )]
    NoWriteAheadLog { path: PathBuf, mode: String },
    /// SQLite refused for another reason.
    #[error("can't open the database {}: {source}; {}", path.display(), advice::sqlite(source))]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    /// The system started no thread.
    #[error("can't start the thread that writes to {}: {source}; free some memory", path.display())]
    Thread {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Why a job was not done. Never contains the data of the job.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refused this job; its changes are undone.
    #[error("SQLite refused: {}; {}", .0, advice::sqlite(.0))]
    Refused(#[source] Arc<rusqlite::Error>),
    /// The commit that this job shared with others failed; treat the job as not done.
    #[error("nothing was stored: {0}")]
    NotCommitted(#[source] CommitError),
    /// The thread that owns the file has ended.
    #[error("the database was closed; restart the bridge")]
    Stopped,
}

/// Why a transaction was not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// SQLite could not write it.
    #[error("{}; {}", .0, advice::sqlite(.0))]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// The path no longer leads to the file that was opened, so a commit would be lost with the old file.
    #[error(
        "{} was removed, moved or replaced while the bridge uses it; move the original back and \
         the bridge continues, or restart the bridge to use what is at that path now",
        file.display()
    )]
    Displaced { file: PathBuf },
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}
