//! [`Keeper`]: the store of the connections, on a machine or on a stack.

use std::fmt;

use async_trait::async_trait;

#[cfg(feature = "aws")]
use super::StackStore;
use super::projects::complete;
use super::{ConnectionStore, Credentials, FileStore, Index, Kept, Readable, StoreError, Version};
use crate::model::ConnectionName;

/// Store of connections. `Display` names it for operators.
#[derive(Debug, Clone)]
pub enum Keeper {
    /// A file.
    File(FileStore),
    /// The parameters of a stack.
    #[cfg(feature = "aws")]
    Stack(StackStore),
}

impl Keeper {
    /// Remarks about the file, if it is one.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::File(file) => file.note(),
            #[cfg(feature = "aws")]
            Self::Stack(_) => None,
        }
    }

    /// Reads all connections.
    ///
    /// # Errors
    /// If the store or one of the connections can't be read.
    pub async fn read(&self) -> Result<Kept, StoreError> {
        self.read_each().await?.whole()
    }

    /// Reads all connections that can be read, with the faults of the others.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn read_each(&self) -> Result<Readable, StoreError> {
        match self {
            Self::File(file) => file.read().map(Readable::from),
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.read_each().await,
        }
    }

    /// Credentials of one connection; `None` if there is no connection of this name.
    ///
    /// # Errors
    /// If they can't be read.
    pub async fn read_one(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        match self.index().await?.version(name) {
            Some(version) => Ok(Some(self.load(name, version).await?)),
            None => Ok(None),
        }
    }

    /// Changes one connection, as [`update`](Self::update) does. `None` means that the connection does not exist.
    ///
    /// # Errors
    /// The errors of [`update`](Self::update).
    pub async fn update_one<T, E: From<StoreError>>(
        &self,
        name: &ConnectionName,
        mut change: impl FnMut(&mut Option<Credentials>) -> Result<T, E>,
    ) -> Result<T, E> {
        let change = |kept: &mut Kept| {
            let mut own = kept.remove(name);
            let outcome = change(&mut own)?;
            kept.extend(own.map(|own| (name.clone(), own)));
            complete(kept);
            Ok(outcome)
        };
        match self {
            Self::File(file) => file.update(change),
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.update(Some(name), change).await,
        }
    }

    /// Changes the connections without losing another operator's change. If another operator was faster, `change` is
    /// called again. An error of `change` leaves everything unchanged. `change` does not get damaged connections; they
    /// stay unless it sets a connection of the same name. If the owners of projects are recorded, a connection without
    /// a list of projects then gets the list of its organisation, or an empty one.
    ///
    /// # Errors
    /// If the connections can't be read or written, and the errors of `change`.
    pub async fn update<T, E: From<StoreError>>(
        &self,
        mut change: impl FnMut(&mut Kept) -> Result<T, E>,
    ) -> Result<T, E> {
        let change = |kept: &mut Kept| {
            let outcome = change(kept)?;
            complete(kept);
            Ok(outcome)
        };
        match self {
            Self::File(file) => file.update(change),
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.update(None, change).await,
        }
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.path().display().fmt(f),
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.fmt(f),
        }
    }
}

#[async_trait]
impl ConnectionStore for Keeper {
    async fn index(&self) -> Result<Index, StoreError> {
        match self {
            Self::File(file) => file.index().await,
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.index().await,
        }
    }

    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError> {
        match self {
            Self::File(file) => file.load(name, version).await,
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.load(name, version).await,
        }
    }

    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError> {
        match self {
            Self::File(file) => file.load_all(index).await,
            #[cfg(feature = "aws")]
            Self::Stack(stack) => stack.load_all(index).await,
        }
    }
}
