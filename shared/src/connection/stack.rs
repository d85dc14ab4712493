//! [`StackStore`]: the connections of a stack.
//!
//! Each connection is a parameter of the Parameter Store. The index, in a secret, lists the connections and the version
//! of each that is current. A change first writes new versions of the parameters, and then the index on condition of
//! the version that was read, so that either the whole change takes effect or none of it. If another operator was
//! faster, the change is repeated on the new state.
//!
//! A stack of an earlier bridge has all connections as one text in the same secret. The bridge can read that text. The
//! first change requires the operator to [move](StackStore::migrate) the connections, because earlier functions cannot
//! read the new form.
//! If it has several organisations and no record of their projects, no organisation may use a project until then.

mod change;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt, stream};

use super::parameters::Parameters;
use super::projects::as_served;
use super::secret::{Held, Secret, Value};
use super::{ConnectionStore, Credentials, Index, Kept, Readable, StoreError, Version, document};
use crate::aws::{AwsError, Clients, Kind};
use crate::model::ConnectionName;

/// Number of parameters that are read at the same time.
const SIDE_BY_SIDE: usize = 8;

/// The connections of a stack. Clones share their cache.
#[derive(Clone)]
pub struct StackStore {
    secret: Secret,
    parameters: Parameters,
    /// The connections of an earlier bridge, if the secret contained them when it was last read.
    earlier: Arc<Mutex<Option<Arc<Kept>>>>,
}

/// Content of the secret.
enum Content {
    Index(Index),
    /// All connections, as an earlier bridge wrote them.
    Earlier(Arc<Kept>),
}

impl StackStore {
    /// The connections of the stack, with the index in the secret of this name (`BRIDGE_CONNECTIONS_SECRET`). Makes no
    /// call.
    pub fn new(clients: &Clients, stack: &str, secret: &str) -> Self {
        Self {
            secret: Secret::new(clients, secret),
            parameters: Parameters::of_stack(clients, stack),
            earlier: Arc::default(),
        }
    }

    /// Reads all connections.
    ///
    /// # Errors
    /// The secret or one of the connections cannot be read or parsed.
    pub async fn read(&self) -> Result<Kept, StoreError> {
        self.read_each().await?.whole()
    }

    /// Reads all connections that can be read, with the faults of the others.
    ///
    /// # Errors
    /// The secret cannot be read or parsed.
    pub async fn read_each(&self) -> Result<Readable, StoreError> {
        match self.content().await?.1 {
            Content::Index(index) => self.load_all(&index).await,
            Content::Earlier(kept) => Ok(Kept::clone(&kept).into()),
        }
    }

    /// Content of the secret, and its version.
    async fn content(&self) -> Result<(Option<String>, Content), StoreError> {
        let Held { version, value } = self.secret.read().await?;
        let content = match value {
            Value::None => Content::Index(Index::default()),
            Value::Bytes(bytes) => {
                let index = Index::decode(&bytes);
                let name = self.secret.name().to_owned();
                Content::Index(index.ok_or(StoreError::NewerSecret { name })?)
            }
            Value::Text(text) => {
                let kept = document::read(text.as_bytes());
                let kept = kept.map_err(|fault| fault.of_secret(self.secret.name()))?;
                Content::Earlier(Arc::new(kept))
            }
        };
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        *earlier = match &content {
            Content::Index(_) => None,
            Content::Earlier(kept) => Some(Arc::clone(kept)),
        };
        drop(earlier);
        Ok((version, content))
    }

    /// Parses a parameter.
    fn parse(&self, name: &ConnectionName, text: &str) -> Result<Credentials, StoreError> {
        document::read_one(name, text)
            .map_err(|fault| fault.of_parameter(self.parameters.name(name)))
    }

    fn remembered(&self) -> Option<Kept> {
        let earlier = self.earlier.lock();
        let earlier = earlier.unwrap_or_else(PoisonError::into_inner);
        earlier.as_deref().cloned()
    }
}

#[async_trait]
impl ConnectionStore for StackStore {
    async fn index(&self) -> Result<Index, StoreError> {
        Ok(match self.content().await?.1 {
            Content::Index(index) => index,
            Content::Earlier(kept) => document::index(&as_served(Kept::clone(&kept))),
        })
    }

    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError> {
        if let Some(kept) = self.remembered() {
            return Ok(as_served(kept).remove(name).unwrap_or_default());
        }
        let text = self.parameters.read(name, version).await;
        let text = text.map_err(|error| match error.kind() {
            Kind::Missing => StoreError::NoParameter {
                name: self.parameters.name(name),
                version,
            },
            _ => error.into(),
        })?;
        self.parse(name, &text)
    }

    /// Reads the latest versions, ten in one call, and then singly those that are not the version of the index.
    /// Parameters that are not in the index, such as those of an interrupted change, are ignored.
    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError> {
        if let Some(kept) = self.remembered() {
            return Ok(as_served(kept).into());
        }
        if index.is_empty() {
            return Ok(Readable::default());
        }
        let latest = self.parameters.read_all().await?.into_iter();
        let listed = latest.filter_map(|(name, latest, text)| {
            let version = index.version(&name)?;
            Some((name, version, (latest == version).then_some(text)))
        });
        let read = stream::iter(listed).map(|(name, version, text)| async move {
            let own = match text {
                Some(text) => self.parse(&name, &text)?,
                None => self.load(&name, version).await?,
            };
            Ok((name, own))
        });
        let read: Vec<Result<_, StoreError>> = read.buffered(SIDE_BY_SIDE).collect().await;
        let listed = read.len();
        let mut all = Readable::default();
        for one in read {
            match one {
                Ok((name, own)) => {
                    all.kept.insert(name, own);
                }
                Err(fault) => all.faults.push(fault),
            }
        }
        let gone = index.len().saturating_sub(listed);
        if gone > 0 {
            let path = self.parameters.path().to_owned();
            all.faults.push(StoreError::Gone { path, gone });
        }
        Ok(all)
    }
}

impl From<AwsError> for StoreError {
    fn from(error: AwsError) -> Self {
        Self::Aws(Box::new(error))
    }
}

impl fmt::Display for StackStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameters below {}", self.parameters.path())
    }
}

impl fmt::Debug for StackStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StackStore({})", self.secret.name())
    }
}
