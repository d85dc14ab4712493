//! [`Connections`]: the installs that a bridge serves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::registry::{Listed, Registry};
use super::{Connection, ConnectionStore, Freshness, StoreError};
use crate::ledger::Projects;
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::opentrain::PlatformClient;

/// The installs that this bridge serves. Clones share their memory.
#[derive(Clone)]
pub struct Connections(Source);

#[derive(Clone)]
enum Source {
    Fixed(Arc<BTreeMap<ConnectionName, Arc<Connection>>>),
    Kept(Arc<Registry>),
}

impl Connections {
    /// The connections of `store`. `pool` is a client for the same OpenTrain, with any token.
    pub fn kept(
        store: Arc<dyn ConnectionStore>,
        pool: PlatformClient,
        clock: Arc<dyn Clock>,
        freshness: Freshness,
    ) -> Self {
        Self(Source::Kept(Arc::new(Registry::new(
            store, pool, clock, freshness,
        ))))
    }

    /// The connection of this name, if we serve it.
    ///
    /// # Errors
    /// If the store fails and the connection is not in memory.
    pub async fn find(&self, name: &ConnectionName) -> Result<Option<Arc<Connection>>, StoreError> {
        match &self.0 {
            Source::Fixed(all) => Ok(all.get(name).cloned()),
            Source::Kept(registry) => registry.find(name).await,
        }
    }

    /// Reads `doubted` again, because none of its secrets fits a signature. `None` if it has not changed, or was read a
    /// moment ago.
    pub async fn reread(&self, doubted: &Arc<Connection>) -> Option<Arc<Connection>> {
        match &self.0 {
            Source::Fixed(_) => None,
            Source::Kept(registry) => registry.reread(doubted).await,
        }
    }

    /// The projects that these connections may use, and which of the connections are served. A damaged connection is
    /// not served.
    ///
    /// # Errors
    /// If the store fails and a connection is not in memory.
    pub async fn projects<'a>(
        &self,
        names: impl IntoIterator<Item = &'a ConnectionName>,
    ) -> Result<Projects, StoreError> {
        let mut projects = Projects::default();
        let mut served = BTreeSet::new();
        for name in names {
            let found = match self.find(name).await {
                Err(error) if error.is_damage() => None,
                found => found?,
            };
            let Some(connection) = found else {
                continue;
            };
            served.insert(name.clone());
            let own = connection.projects.clone();
            projects.allowed.extend(own.map(|own| (name.clone(), own)));
        }
        projects.served = Some(served);
        projects.recorded = !projects.allowed.is_empty()
            || self.remembered().iter().any(|it| it.projects.is_some());
        Ok(projects)
    }

    /// All connections that can be read, by name. The log names the others.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn all(&self) -> Result<Vec<Arc<Connection>>, StoreError> {
        Ok(self.list().await?.connections)
    }

    /// All connections that can be read, by name, and the faults of the others.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn list(&self) -> Result<Listed, StoreError> {
        match &self.0 {
            Source::Fixed(all) => Ok(Listed {
                connections: all.values().cloned().collect(),
                faults: Vec::new(),
            }),
            Source::Kept(registry) => registry.all().await,
        }
    }

    /// The connections that verify deliveries while the store fails.
    pub fn remembered(&self) -> Vec<Arc<Connection>> {
        match &self.0 {
            Source::Fixed(all) => all.values().cloned().collect(),
            Source::Kept(registry) => registry.remembered(),
        }
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self::from_iter([])
    }
}

/// A fixed set of connections, without a store.
impl FromIterator<Connection> for Connections {
    fn from_iter<T: IntoIterator<Item = Connection>>(connections: T) -> Self {
        let all = connections
            .into_iter()
            .map(|it| (it.name.clone(), Arc::new(it)));
        Self(Source::Fixed(Arc::new(all.collect())))
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Fixed(all) => f.debug_tuple("Connections").field(&all.keys()).finish(),
            Source::Kept(registry) => f
                .debug_tuple("Connections")
                .field(&registry.remembered_names())
                .finish(),
        }
    }
}
