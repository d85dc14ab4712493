//! Limit of open files, and the number of connections within it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Maximum number of connections, regardless of the limit of open files.
const MOST: u64 = 2_048;

/// Files that are reserved for the database, for calls of OpenTrain and the tool, and for commands.
const RESERVED: u64 = 128;

/// Raises the soft limit of open files to the hard one. The usual 1,024 exists for programs that can't handle more.
pub(crate) fn raise_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files can't be raised; it is unchanged");
    }
}

pub(in crate::server) fn max_connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let reserved = RESERVED.min(files / 2);
    usize::try_from((files - reserved).min(MOST)).unwrap_or(usize::MAX)
}
