//! Where connections are kept: the port.

use std::path::PathBuf;

use async_trait::async_trait;

use super::{Credentials, Index, Kept, Version};
use crate::connection::secret_file;
use crate::model::ConnectionName;
use crate::model::failure::Failure;

/// Where connections are kept.
#[async_trait]
pub trait ConnectionStore: Send + Sync {
    /// Which connections are kept, as of now.
    async fn index(&self) -> Result<Index, StoreError>;

    /// What is kept of one, in the version that the index has. One that was removed meanwhile has nothing.
    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError>;

    /// What is kept of all that are in the index. One that can't be read is named, and the others are returned.
    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError>;
}

/// The connections that can be read, and why others can't.
#[derive(Debug, Default)]
pub struct Readable {
    /// Those that can be read.
    pub kept: Kept,
    /// One for each that can't, or for several.
    pub faults: Vec<StoreError>,
}

impl Readable {
    /// All connections.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn whole(self) -> Result<Kept, StoreError> {
        match self.faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(self.kept),
        }
    }
}

impl From<Kept> for Readable {
    fn from(kept: Kept) -> Self {
        Self {
            kept,
            faults: Vec::new(),
        }
    }
}

impl StoreError {
    /// Whether a connection is damaged or gone, so that no later read succeeds and another value may take its place.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::UnreadableParameter { .. }
                | Self::NoParameter { .. }
                | Self::Gone { .. }
                | Self::Damaged(_)
        )
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
    /// The file was there, and is gone.
    #[error(
        "the connections file {} is gone; put it back from a backup, or run `bridge connect` again",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
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
    /// AWS does not read or write them.
    #[error("the connections can't be used: {0}")]
    Aws(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The secret does not hold connections.
    #[error(
        "the secret {name} does not hold connections ({why}); make an older version of it the current one"
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
    /// A parameter does not hold its connection.
    #[error(
        "the parameter {name} does not hold a connection ({why}); write an older version of it again, or run \
         `bridge connect --connection {}` again",
        connection_of(name)
    )]
    UnreadableParameter {
        /// The parameter.
        name: String,
        /// What is wrong, and where; nothing of the parameter is quoted.
        why: String,
    },
    /// A parameter, or the version of it that counts, is gone.
    #[error(
        "the parameter {name} is gone in the version that counts ({version}): run `bridge connect --connection {}` \
         again",
        connection_of(name)
    )]
    NoParameter {
        /// The parameter.
        name: String,
        /// The version that the index has.
        version: Version,
    },
    /// Parameters that the index names are gone. It has no names, so that each delivery to one of them names it.
    #[error(
        "{gone} of the connections in the index have no parameter below {path}: run `bridge connect --connection \
         NAME` again for each; errors in the log of the webhook function name them"
    )]
    Gone {
        /// Where they should be.
        path: String,
        /// How many are missing.
        gone: usize,
    },
    /// An earlier bridge wrote the secret.
    #[error(
        "the secret {name} holds the connections in the form of an earlier version: deploy the stack with this \
         version, then run `bridge migrate`"
    )]
    Earlier {
        /// The secret.
        name: String,
    },
    /// The index has no room for one more.
    #[error(
        "the secret {name} has room for an index of {most} connections, and there would be {connections}: serve \
         some of the customers from another stack"
    )]
    Full {
        /// The secret.
        name: String,
        /// How many connections it takes.
        most: usize,
        /// How many connections there would be.
        connections: usize,
    },
    /// A connection has no room in its parameter.
    #[error(
        "connection `{name}` takes {bytes} bytes, and a parameter has {most}: unsubscribe endpoints that are not \
         needed any more, or connect the customer twice and divide the projects"
    )]
    TooLarge {
        /// The connection.
        name: ConnectionName,
        /// How many bytes would have to be stored.
        bytes: usize,
        /// How many a parameter takes.
        most: usize,
    },
    /// Other operators change the connections all the time.
    #[error("other operators keep changing the secret {name}; try again when they are done")]
    Contended {
        /// The secret.
        name: String,
    },
    /// A connection was damaged or gone a moment ago, and is not read again yet.
    #[error("{0}")]
    Damaged(String),
    /// The store failed a moment ago and is not asked again yet.
    #[error("{0}")]
    Failing(String),
}

fn connection_of(parameter: &str) -> &str {
    parameter.rsplit('/').next().unwrap_or(parameter)
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

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::store(error.to_string())
    }
}
