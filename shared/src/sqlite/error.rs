//! What can go wrong with the database file.

use std::path::PathBuf;
use std::sync::Arc;

/// Why the database could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is missing, or this user may not use the file.
    #[error(
        "can't use the database file {}: {source}; check that its folder exists and belongs to \
         the user the bridge runs as",
        path.display()
    )]
    File {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has it open for writing.
    #[error(
        "the database {} is in use by another bridge; stop that one first, or give this one \
         another file",
        path.display()
    )]
    InUse {
        /// The file asked for.
        path: PathBuf,
    },
    /// It was to be read, and is not there.
    #[error("there is no database at {}; check the path, or start the bridge once to make it", path.display())]
    Missing {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is something else than a SQLite database, or damaged.
    #[error(
        "{} is not a SQLite database; give another path, or put the file back from a backup",
        path.display()
    )]
    NotADatabase {
        /// The file asked for.
        path: PathBuf,
    },
    /// It is a SQLite database, but not one of ours.
    #[error("{} is another program's database; give the bridge a path of its own", path.display())]
    Foreign {
        /// The file asked for.
        path: PathBuf,
    },
    /// A newer bridge has written it.
    #[error(
        "{} was written by a newer bridge (layout {found}, this one knows {known}); install that \
         version again, or put back the backup made before it",
        path.display()
    )]
    Newer {
        /// The file asked for.
        path: PathBuf,
        /// The layout of the file.
        found: i64,
        /// The newest layout known here.
        known: i64,
    },
    /// An older bridge has written it, and it was to be read only.
    #[error(
        "{} was written by an older bridge (layout {found}, this one needs {known}); start this \
         version's bridge once, it brings the file up to date",
        path.display()
    )]
    Older {
        /// The file asked for.
        path: PathBuf,
        /// The layout of the file.
        found: i64,
        /// The layout needed here.
        known: i64,
    },
    /// SQLite refused for a reason of its own.
    #[error(
        "can't open the database {}: {source}; check that the user the bridge runs as may read \
         and write it and its folder",
        path.display()
    )]
    Sqlite {
        /// The file asked for.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The system gave no thread.
    #[error("can't start the thread that writes to {}: {source}; free some memory", path.display())]
    Thread {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Why the database didn't do it. Never holds what was to be stored.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refused this job; its changes are undone.
    #[error("SQLite refused: {0}")]
    Refused(#[source] Arc<rusqlite::Error>),
    /// The commit failed that this job shared with others; treat it as not done.
    #[error("nothing was stored, the commit failed: {0}; check the disk's space and health")]
    NotCommitted(#[source] Arc<rusqlite::Error>),
    /// The thread that owns the file has ended.
    #[error("the database was closed; restart the bridge")]
    Stopped,
}
