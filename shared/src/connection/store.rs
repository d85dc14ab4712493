//! Where connections are kept: the port.

use std::collections::BTreeSet;
use std::path::PathBuf;

use async_trait::async_trait;

use super::{ConnectionName, Credentials};
use crate::secret_file;

/// Where connections are kept.
#[async_trait]
pub trait ConnectionStore: Send + Sync {
    /// The names of all that are kept.
    async fn names(&self) -> Result<BTreeSet<ConnectionName>, StoreError>;

    /// What is kept of one; nothing when there is none of that name.
    async fn load(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError>;

    /// The same, read now: what the store remembers from a moment ago does not count.
    async fn reload(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        self.load(name).await
    }
}

/// Why connections could not be read or stored. Never holds a token or a secret.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Others than its owner may read the file.
    #[error(
        "{} is open to others (mode {mode:04o}), and there are tokens in it; {}, and replace the tokens if \
         another user may have read them",
        path.display(), secret_file::fix(path)
    )]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file does not hold connections.
    #[error(
        "{} does not hold connections ({why}); put it back from a backup, or move it away and run \
         `bridge connect` again",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where; nothing of the file is quoted.
        why: String,
    },
    /// A newer bridge has written it.
    #[error("{} was written by a newer bridge; use that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The system refused the file.
    #[error(
        "can't use the connections file {}: {source}; {}",
        path.display(), advice(source)
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another command writes to it, and does not come to an end.
    #[error(
        "another command has held {}.lock for {seconds} s; end that one, then try again",
        path.display()
    )]
    Held {
        /// The file.
        path: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// The secret can't be read or written.
    #[error("the connections can't be used: {0}")]
    Secret(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The secret does not hold connections.
    #[error(
        "the secret {name} does not hold connections ({why}); make an older version of it the current one, \
         or put `{{\"version\":1,\"connections\":{{}}}}` into it and run `bridge connect` again"
    )]
    UnreadableSecret {
        /// The secret.
        name: String,
        /// What is wrong, and where; nothing of the secret is quoted.
        why: String,
    },
    /// A newer bridge has written it.
    #[error("the secret {name} was written by a newer bridge; use that version")]
    NewerSecret {
        /// The secret.
        name: String,
    },
    /// The secret has no room for one more.
    #[error(
        "the secret {name} has room for {most} bytes, and {connections} connections take {bytes}: serve some of \
         the customers from another stack"
    )]
    Full {
        /// The secret.
        name: String,
        /// How many bytes would have to be stored.
        bytes: usize,
        /// How many it takes.
        most: usize,
        /// How many connections there would be.
        connections: usize,
    },
    /// Others write to the secret all the time.
    #[error("others keep changing the secret {name}; try again when they are done")]
    Contended {
        /// The secret.
        name: String,
    },
    /// The store failed a moment ago and is not asked again yet.
    #[error("{0}")]
    Failing(String),
}

/// What to do where the system refused the file.
fn advice(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        ReadOnlyFilesystem => {
            "it is mounted read-only: change the secret where it is mounted from, or set BRIDGE_CONNECTIONS to a \
             file that the bridge may write"
        }
        StorageFull | QuotaExceeded => "the disk is full: free space on its file system",
        _ => {
            "check that its folder exists, and that the user the bridge runs as may read and write both; a mounted \
             secret is changed where it is mounted from"
        }
    }
}
