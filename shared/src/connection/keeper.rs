//! [`Keeper`]: what keeps connections, on a machine or on a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use async_trait::async_trait;

#[cfg(feature = "aws")]
use super::SecretStore;
use super::{ConnectionName, ConnectionStore, Credentials, FileStore, StoreError};

/// All connections that are kept in one place.
pub type Kept = BTreeMap<ConnectionName, Credentials>;

/// What keeps connections. It displays as people would name it.
#[derive(Debug, Clone)]
pub enum Keeper {
    /// A file.
    File(FileStore),
    /// A secret of a stack.
    #[cfg(feature = "aws")]
    Secret(SecretStore),
}

impl Keeper {
    /// All that is kept.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn read(&self) -> Result<Kept, StoreError> {
        match self {
            Self::File(file) => file.read(),
            #[cfg(feature = "aws")]
            Self::Secret(secret) => secret.read().await,
        }
    }

    /// Changes what is kept, and loses nobody else's change. `change` is called again when somebody else was
    /// faster; its error leaves everything as it was.
    ///
    /// # Errors
    /// When it can't be read or written, and those of `change`.
    pub async fn update<T, E: From<StoreError>>(
        &self,
        change: impl FnMut(&mut Kept) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::File(file) => file.update(change),
            #[cfg(feature = "aws")]
            Self::Secret(secret) => secret.update(change).await,
        }
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.path().display().fmt(f),
            #[cfg(feature = "aws")]
            Self::Secret(secret) => write!(f, "the secret {}", secret.name()),
        }
    }
}

#[async_trait]
impl ConnectionStore for Keeper {
    async fn names(&self) -> Result<BTreeSet<ConnectionName>, StoreError> {
        match self {
            Self::File(file) => file.names().await,
            #[cfg(feature = "aws")]
            Self::Secret(secret) => secret.names().await,
        }
    }

    async fn load(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        match self {
            Self::File(file) => file.load(name).await,
            #[cfg(feature = "aws")]
            Self::Secret(secret) => secret.load(name).await,
        }
    }

    async fn reload(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        match self {
            Self::File(file) => file.reload(name).await,
            #[cfg(feature = "aws")]
            Self::Secret(secret) => secret.reload(name).await,
        }
    }
}
