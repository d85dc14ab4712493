//! The stored connections.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use shared::connection::{
    ConnectionStore, Credentials, Index, Kept, Readable, StoreError, Version,
};
use shared::model::ConnectionName;

use tokio::time::Instant;

use crate::hub::lock;
use crate::life::{Failed, Life};
use crate::weather::Site;

/// What operators have stored.
#[derive(Default)]
pub(crate) struct Keeper(
    Mutex<BTreeMap<ConnectionName, (Version, Credentials)>>,
    Mutex<Option<Instant>>,
);

impl Keeper {
    /// Changes a stored connection, as an operator's command does.
    pub(crate) fn change(&self, name: &ConnectionName, change: impl FnOnce(&mut Credentials)) {
        let mut all = lock(&self.0);
        let (version, credentials) = all.entry(name.clone()).or_default();
        change(credentials);
        *version += 1;
        *lock(&self.1) = Some(Instant::now());
    }

    /// Whether a connection was changed within the last 3 seconds. A process that read the store just before the change
    /// does not read it again at once.
    pub(crate) fn is_new(&self) -> bool {
        lock(&self.1).is_some_and(|at| at.elapsed() < Duration::from_secs(3))
    }

    pub(crate) fn get(&self, name: &ConnectionName) -> Option<Credentials> {
        lock(&self.0).get(name).map(|(_, own)| own.clone())
    }

    fn index(&self) -> Index {
        let mut index = Index::default();
        for (name, (version, _)) in &*lock(&self.0) {
            index.set(name, *version);
        }
        index
    }

    fn kept(&self) -> Kept {
        let all = lock(&self.0);
        all.iter()
            .map(|(name, (_, own))| (name.clone(), own.clone()))
            .collect()
    }
}

/// The store as one process reaches it.
pub(crate) struct MemoryConnections {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) life: Arc<Life>,
}

fn failing(_: Failed) -> StoreError {
    StoreError::Failing("the store is down".into())
}

#[async_trait]
impl ConnectionStore for MemoryConnections {
    async fn index(&self) -> Result<Index, StoreError> {
        let read = || self.keeper.index();
        self.life
            .call(Site::Connections, "index", read)
            .await
            .map_err(failing)
    }

    async fn load(&self, name: &ConnectionName, _: Version) -> Result<Credentials, StoreError> {
        let read = || self.keeper.get(name);
        let found = self.life.call(Site::Connections, "load", read).await;
        Ok(found.map_err(failing)?.unwrap_or_default())
    }

    async fn load_all(&self, _: &Index) -> Result<Readable, StoreError> {
        let read = || self.keeper.kept();
        let kept = self.life.call(Site::Connections, "load all", read).await;
        Ok(kept.map_err(failing)?.into())
    }
}
