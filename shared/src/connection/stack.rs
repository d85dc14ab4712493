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

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt, stream};

use super::parameters::Parameters;
use super::projects::as_served;
use super::secret::{Held, Replaced, Secret, Value};
use super::{ConnectionStore, Credentials, Index, Kept, Readable, StoreError, Version, document};
use crate::aws::{AwsError, Clients, Kind};
use crate::model::ConnectionName;

/// Maximum number of attempts at a change when other operators are faster.
const ROUNDS: usize = 8;

/// The most bytes of a parameter.
const LARGEST: usize = 8192;

/// Number of parameters that are read at the same time.
const SIDE_BY_SIDE: usize = 8;

/// The connections of a stack. Clones share their cache.
#[derive(Clone)]
pub struct StackStore {
    secret: Secret,
    parameters: Parameters,
    /// The connections of an earlier bridge's stack, where the secret held them when it was last read.
    earlier: Arc<Mutex<Option<Arc<Kept>>>>,
}

/// Content of the secret.
enum Content {
    Index(Index),
    /// All connections, as an earlier bridge wrote them.
    Earlier(Arc<Kept>),
}

impl StackStore {
    /// Those of the stack, with the index in the secret of this name (`BRIDGE_CONNECTIONS_SECRET`). Makes no call.
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

    /// Changes the connections; see the module. `change` gets all connections, or only the one named by `only`, which
    /// takes five calls for any number of connections. Damaged connections are left out and stay as they are, unless
    /// `change` sets one of that name. An error of `change` leaves everything as it was.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), of a write, and of `change`; connections in the earlier form.
    pub async fn update<T, E: From<StoreError>>(
        &self,
        only: Option<&ConnectionName>,
        mut change: impl FnMut(&mut Kept) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 0..ROUNDS {
            let (version, content) = self.content().await?;
            let Content::Index(index) = content else {
                let name = self.secret.name().to_owned();
                return Err(StoreError::Earlier { name }.into());
            };
            let mut before = match only {
                Some(name) => self.load_one(name, &index).await?,
                None => self.load_undamaged(&index).await?,
            };
            let mut after = before.clone();
            let mut outcome = change(&mut after)?;
            if self.load_unlisted(&index, &mut before, &after).await? {
                after = before.clone();
                outcome = change(&mut after)?;
            }
            let replaced = self.replace(version.as_deref(), index, &before, &after);
            if replaced.await? == Replaced::Done {
                self.tidy(&before, &after).await;
                return Ok(outcome);
            }
        }
        Err(self.contended().into())
    }

    /// Moves the connections of an earlier bridge's stack to a parameter each, as `change` leaves them; how many there
    /// were. Nothing where that was done before. Functions of the earlier version read nothing from then on.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), of a write, and of `change`. Everything is as it was then, and it can be repeated.
    pub async fn migrate<E: From<StoreError>>(
        &self,
        mut change: impl FnMut(&mut Kept) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        for _ in 0..ROUNDS {
            let (version, content) = self.content().await?;
            let Content::Earlier(kept) = content else {
                return Ok(None);
            };
            let mut kept = Kept::clone(&kept);
            change(&mut kept)?;
            let (none, index) = (Kept::default(), Index::default());
            let replaced = self.replace(version.as_deref(), index, &none, &kept);
            if replaced.await? == Replaced::Done {
                return Ok(Some(kept.len()));
            }
        }
        Err(self.contended().into())
    }

    /// Fails if a connection cannot be read at this time: `change` must not treat it as a new one.
    async fn load_undamaged(&self, index: &Index) -> Result<Kept, StoreError> {
        let Readable { kept, faults } = self.load_all(index).await?;
        match faults.into_iter().find(|it| !it.is_damage()) {
            Some(fault) => Err(fault),
            None => Ok(kept),
        }
    }

    /// Adds connections that are in the index but not in the list of parameters, which may lack a parameter that was
    /// written a moment ago. Otherwise `change` would write them as new ones, and their webhook secrets would be lost.
    /// Returns whether there was any.
    async fn load_unlisted(
        &self,
        index: &Index,
        before: &mut Kept,
        after: &Kept,
    ) -> Result<bool, StoreError> {
        let mut found = false;
        let unlisted = after.keys().filter(|name| !before.contains_key(*name));
        let unlisted: Vec<_> = unlisted.collect();
        for name in unlisted {
            let Some(version) = index.version(name) else {
                continue;
            };
            match self.load(name, version).await {
                Ok(own) => found |= before.insert(name.clone(), own).is_none(),
                Err(fault) if fault.is_damage() => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    async fn load_one(&self, name: &ConnectionName, index: &Index) -> Result<Kept, StoreError> {
        let Some(version) = index.version(name) else {
            return Ok(Kept::default());
        };
        let own = self.load(name, version).await?;
        Ok(Kept::from([(name.clone(), own)]))
    }

    /// Writes the parameters that differ, and then the index.
    async fn replace(
        &self,
        version: Option<&str>,
        before_index: Index,
        before: &Kept,
        after: &Kept,
    ) -> Result<Replaced, StoreError> {
        let mut index = before_index.clone();
        let gone = before.keys().filter(|name| !after.contains_key(name));
        gone.for_each(|name| index.remove(name));
        let texts = after
            .iter()
            .map(|(name, own)| (name, document::write_one(name, own)));
        let changed: Vec<_> = texts
            .filter(|(name, text)| {
                let own = before.get(*name);
                own.map(|own| document::write_one(name, own)).as_ref() != Some(text)
            })
            .collect();
        if let Some((name, text)) = changed.iter().find(|(_, text)| text.len() > LARGEST) {
            return Err(StoreError::TooLarge {
                name: (*name).clone(),
                bytes: text.len(),
                most: LARGEST,
            });
        }
        let new = changed
            .iter()
            .filter(|(name, _)| index.version(name).is_none());
        let connections = index.len() + new.count();
        if connections > Index::MOST {
            return Err(StoreError::Full {
                name: self.secret.name().to_owned(),
                most: Index::MOST,
                connections,
            });
        }
        for (name, text) in changed {
            let mut written = self.parameters.write(name, &text).await?;
            if index.version(name) == Some(written) {
                // Versions restart after a parameter was deleted. Processes that have this version in memory must read again.
                written = self.parameters.write(name, &text).await?;
            }
            index.set(name, written);
        }
        if index == before_index && version.is_some() {
            return Ok(Replaced::Done);
        }
        Ok(self.secret.replace(version, index.encode()).await?)
    }

    /// Deletes the parameters of connections that are no longer in the index. A parameter that stays has no effect.
    async fn tidy(&self, before: &Kept, after: &Kept) {
        for name in before.keys().filter(|name| !after.contains_key(name)) {
            if let Err(error) = self.parameters.delete(name).await {
                tracing::warn!(connection = %name, %error, "a connection was removed, and its parameter could not be deleted");
            }
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

    fn contended(&self) -> StoreError {
        let name = self.secret.name().to_owned();
        StoreError::Contended { name }
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

    /// Most are in their latest version, and ten of those are read at once. A version that no index names, which an
    /// interrupted change left behind, is passed over.
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
