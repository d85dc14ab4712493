//! [`ConnectionStore`]: the port to the stored connections.

use std::path::PathBuf;

use async_trait::async_trait;

use super::{Credentials, Index, Kept, Version};
use crate::connection::secret_file;
use crate::model::ConnectionName;
use crate::model::failure::Failure;

/// Store of the connections.
#[async_trait]
pub trait ConnectionStore: Send + Sync {
    /// The names and versions of all stored connections.
    async fn index(&self) -> Result<Index, StoreError>;

    /// Credentials of one connection, in the version of the index. Empty if the connection was removed meanwhile.
    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError>;

    /// Credentials of all connections in the index. Connections that cannot be read are returned as faults.
    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError>;
}

/// The connections that can be read, and the faults of the others.
#[derive(Debug, Default)]
pub struct Readable {
    /// The connections that can be read.
    pub kept: Kept,
    /// The faults; one may concern several connections.
    pub faults: Vec<StoreError>,
}

impl Readable {
    /// All connections.
    ///
    /// # Errors
    /// One of them cannot be read.
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

/// Reason why connections could not be read or stored. Never contains a token or a secret.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Users other than the owner may read the file.
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
        /// The fault and its position. Nothing of the file is quoted.
        why: String,
    },
    /// The file does not hold an employer's token.
    #[error(
        "{} does not hold an employer's token ({why}); put it back from a backup, or move it away and run \
         `bridge employer register`",
        path.display()
    )]
    NoEmployer {
        /// The file.
        path: PathBuf,
        /// The fault and its position. Nothing of the file is quoted.
        why: String,
    },
    /// The file existed, and is gone.
    #[error(
        "the connections file {} is gone; put it back from a backup, or run `bridge connect` again",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of the bridge wrote the file.
    #[error("{} was written by a newer bridge; use that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused the file.
    #[error(
        "can't use {}: {source}; {}",
        path.display(), advice(source)
    )]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// Another command holds the lock for too long.
    #[error(
        "another command has held {}.lock for {seconds} s; end that one, then try again",
        path.display()
    )]
    Held {
        /// The file.
        path: PathBuf,
        /// Time that this command waited.
        seconds: u64,
    },
    /// AWS refused to read or write the connections, or was unavailable.
    #[error("the connections can't be used: {0}")]
    Aws(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The secret does not hold connections.
    #[error(
        "the secret {name} does not hold connections ({why}); make an older version of it the current one"
    )]
    UnreadableSecret {
        /// The secret.
        name: String,
        /// The fault and its position. Nothing of the secret is quoted.
        why: String,
    },
    /// A newer bridge wrote the secret.
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
        /// The fault and its position. Nothing of the parameter is quoted.
        why: String,
    },
    /// A parameter, or its current version, is gone.
    #[error(
        "the current version ({version}) of the parameter {name} is gone: run `bridge connect --connection {}` \
         again",
        connection_of(name)
    )]
    NoParameter {
        /// The parameter.
        name: String,
        /// The version that the index has.
        version: Version,
    },
    /// Parameters in the index are gone. The index has no names, so only a delivery to such a connection logs its name.
    #[error(
        "{gone} of the connections in the index have no parameter below {path}: run `bridge connect --connection \
         NAME` again for each; errors in the log of the webhook function name them"
    )]
    Gone {
        /// Path below which they are expected.
        path: String,
        /// Number of missing parameters.
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
    /// The index has no room for another connection.
    #[error(
        "the secret {name} has room for an index of {most} connections, and there would be {connections}: serve \
         some of the customers from another stack"
    )]
    Full {
        /// The secret.
        name: String,
        /// Maximum number of connections.
        most: usize,
        /// Number of connections after the change.
        connections: usize,
    },
    /// A connection does not fit into its parameter.
    #[error(
        "connection `{name}` takes {bytes} bytes, and a parameter has {most}: unsubscribe endpoints that are no \
         longer needed, or connect the customer twice and divide the projects"
    )]
    TooLarge {
        /// The connection.
        name: ConnectionName,
        /// Size of the connection, in bytes.
        bytes: usize,
        /// Maximum size of a parameter, in bytes.
        most: usize,
    },
    /// Other operators changed the connections during each attempt.
    #[error("other operators keep changing the secret {name}; try again when they are done")]
    Contended {
        /// The secret.
        name: String,
    },
    /// A connection was damaged or gone a moment ago, and is not read again yet.
    #[error("{0}")]
    Damaged(String),
    /// The store failed a moment ago and is not called again yet.
    #[error("{0}")]
    Failing(String),
}

fn connection_of(parameter: &str) -> &str {
    parameter.rsplit('/').next().unwrap_or(parameter)
}

/// Advice to the operator when the operating system refused the file.
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
