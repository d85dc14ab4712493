//! The limit of open files, and how many connections fit below it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Most connections, however many files may be open.
const MOST: u64 = 2_048;

/// Files that are left to the database, to calls of OpenTrain and the tool, and to commands.
const RESERVED: u64 = 128;

/// Raises the soft limit of open files to the hard one: the usual 1,024 is there for programs that can't
/// handle more.
pub(crate) fn raise_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files can't be raised; it stays as it is");
    }
}

/// How many connections may be open at once.
pub(in crate::machine) fn max_connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let reserved = RESERVED.min(files / 2);
    usize::try_from((files - reserved).min(MOST)).unwrap_or(usize::MAX)
}
