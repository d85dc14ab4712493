//! The connections that are served, in memory for as long as their version is current.
//!
//! The store's index is read when the last reading is older than [`Freshness::index`], and before a signature that fits
//! no live secret is refused, at most every [`Freshness::doubt`]. A connection is read when the index has another
//! version of it. So a new secret takes effect at once, and a new customer without a restart. Neither forged deliveries
//! nor guessed names cause many reads. A failed read is repeated after [`Freshness::failure`], and deliveries wait for
//! it, because OpenTrain disables an endpoint after ten refusals in a row.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::memory::{Found, Freshness, Memory};
use super::{Connection, ConnectionStore, Credentials, Index, StoreError};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::opentrain::PlatformClient;

/// The connections that are served.
pub struct Listed {
    /// By name: the connections that can be read, and those in memory that can't be read now.
    pub connections: Vec<Arc<Connection>>,
    /// The reasons why connections can't be read.
    pub faults: Vec<String>,
}

/// Reads a store, with a memory of the last readings.
pub(super) struct Registry {
    store: Arc<dyn ConnectionStore>,
    /// The clients of all customers share its TCP connections to OpenTrain.
    pool: PlatformClient,
    clock: Arc<dyn Clock>,
    freshness: Freshness,
    memory: Mutex<Memory>,
    /// One task at a time reads the store; the others find the result in memory.
    reading: tokio::sync::Mutex<()>,
}

impl Registry {
    pub(super) fn new(
        store: Arc<dyn ConnectionStore>,
        pool: PlatformClient,
        clock: Arc<dyn Clock>,
        freshness: Freshness,
    ) -> Self {
        let (memory, reading) = (Mutex::default(), tokio::sync::Mutex::default());
        Self {
            store,
            pool,
            clock,
            freshness,
            memory,
            reading,
        }
    }

    /// One connection. A read that fails is repeated once, after the time for which the failure is remembered; not if
    /// the connection is damaged, because a second read finds the same.
    pub(super) async fn find(&self, name: &ConnectionName) -> Result<Found, StoreError> {
        let failed = match self.find_once(name).await {
            Err(failed) if !failed.is_damage() => failed,
            found => return found,
        };
        let now = self.clock.now();
        let wait = self.memory().read_again_in(name, now, &self.freshness);
        let Some(wait) = wait else {
            return Err(failed);
        };
        tokio::time::sleep(wait).await;
        self.find_once(name).await
    }

    async fn find_once(&self, name: &ConnectionName) -> Result<Found, StoreError> {
        if let Some(found) = self.recall(name) {
            return found;
        }
        let _alone = self.reading.lock().await;
        if let Some(found) = self.recall(name) {
            return found;
        }
        let is_listed = self.memory().is_listed(self.clock.now(), &self.freshness);
        if !is_listed && let Err(error) = self.list().await {
            return self.or_known(name, error);
        }
        self.look_up(name).await
    }

    pub(super) async fn all(&self) -> Result<Listed, StoreError> {
        let _alone = self.reading.lock().await;
        let index = self.list().await?;
        if let Some(connections) = self.memory().all() {
            let faults = Vec::new();
            return Ok(Listed {
                connections,
                faults,
            });
        }
        let read = self.store.load_all(&index).await.inspect_err(tell)?;
        for (name, credentials) in &read.kept {
            if !self.memory().is_current(name) {
                self.keep(name, credentials);
            }
        }
        read.faults.iter().for_each(tell);
        Ok(Listed {
            connections: self.memory().served(),
            faults: read.faults.iter().map(ToString::to_string).collect(),
        })
    }

    pub(super) fn remembered(&self) -> Vec<Arc<Connection>> {
        self.memory().served()
    }

    pub(super) async fn reread(&self, doubted: &Arc<Connection>) -> Found {
        // A delivery that arrives during a read waits for the result, which may contain the right secret.
        let _alone = self.reading.lock().await;
        let now = self.clock.now();
        if let Some(settled) = self.memory().settle(doubted, now, &self.freshness) {
            return settled;
        }
        self.memory().doubt(&doubted.name, now);
        let fresh = self.read_again(&doubted.name).await;
        // Deliveries that waited for this read do not start another one.
        self.memory().doubt(&doubted.name, self.clock.now());
        fresh.filter(|fresh| !Arc::ptr_eq(fresh, doubted))
    }

    /// Reads the index, then one connection. `None` if it does not exist, or if the store fails, which is logged.
    async fn read_again(&self, name: &ConnectionName) -> Found {
        self.list().await.ok()?;
        self.look_up(name).await.ok()?
    }

    fn recall(&self, name: &ConnectionName) -> Option<Result<Found, StoreError>> {
        let memory = self.memory();
        memory.recall(name, self.clock.now(), &self.freshness)
    }

    /// One connection in the version of the last index, read from the store if it is not in memory.
    async fn look_up(&self, name: &ConnectionName) -> Result<Found, StoreError> {
        if let Some(found) = self.recall(name) {
            return found;
        }
        let Some(version) = self.memory().version(name) else {
            return Ok(None);
        };
        match self.store.load(name, version).await.inspect_err(tell) {
            Ok(credentials) => Ok(self.keep(name, &credentials)),
            Err(error) => {
                self.memory().unread(name, &error, self.clock.now());
                self.or_known(name, error)
            }
        }
    }

    async fn list(&self) -> Result<Index, StoreError> {
        let read = self.store.index().await.inspect_err(tell);
        let now = self.clock.now();
        match &read {
            Ok(index) => self.memory().list(index, now),
            Err(error) => self.memory().unlisted(error, now),
        }
        read
    }

    /// The connection in memory if the store fails, so that its deliveries are still accepted. The failure is logged.
    fn or_known(&self, name: &ConnectionName, error: StoreError) -> Result<Found, StoreError> {
        self.memory().known(name).ok_or(error)
    }

    fn keep(&self, name: &ConnectionName, credentials: &Credentials) -> Found {
        let connection = self.connection(name, credentials).map(Arc::new);
        let mut memory = self.memory();
        let version = memory.version(name)?;
        memory.keep(name, version, connection.clone());
        connection
    }

    /// The connection, if it can be served.
    fn connection(&self, name: &ConnectionName, credentials: &Credentials) -> Option<Connection> {
        let platform = self.pool.with_token(credentials.token.as_ref()?);
        let platform = platform.inspect_err(|error| {
            tracing::error!(connection = %name, %error, "a connection's token can't be used: run `bridge connect` again");
        });
        Some(Connection {
            name: name.clone(),
            secrets: credentials.secrets(),
            platform: platform.ok()?,
            projects: credentials.projects.clone().map(Arc::new),
        })
    }

    /// Names of the connections in memory, for `Debug`.
    pub(super) fn remembered_names(&self) -> Vec<ConnectionName> {
        self.memory().names()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(error: &StoreError) {
    tracing::error!(%error, "connections can't be read; the bridge continues with those in memory");
}
