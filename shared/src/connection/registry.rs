//! The connections that are served: remembered for a while, read again when they have to be.
//!
//! Three things make a read: a name that was not read for [`Freshness::ttl`]; a signature that no live
//! secret fits, at most every [`Freshness::doubt`]; a name that is not on the list, when the list is
//! older than [`Freshness::absent`]. So a secret that is rolled or a customer who is added counts without a
//! restart, and neither forged deliveries nor guessed names make the store work. A read that failed is tried again
//! after [`Freshness::failure`]: OpenTrain disables an endpoint after ten refusals in a row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Connection, ConnectionName, ConnectionStore, Credentials, StoreError};
use crate::clock::{Clock, after};
use crate::opentrain::PlatformClient;

/// How long what was read counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// How long a connection is remembered.
    pub ttl: Duration,
    /// How long at least lies between two reads of a connection because of signatures that do not fit.
    pub doubt: Duration,
    /// How long a name that a list lacks is taken for unknown.
    pub absent: Duration,
    /// How long a failure is remembered.
    pub failure: Duration,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(60),
            doubt: Duration::from_secs(1),
            absent: Duration::from_secs(30),
            failure: Duration::from_secs(1),
        }
    }
}

/// Asks a store, and remembers what it said.
pub(super) struct Registry {
    store: Arc<dyn ConnectionStore>,
    /// Lends its connections to OpenTrain to every customer's client.
    pool: PlatformClient,
    clock: Arc<dyn Clock>,
    freshness: Freshness,
    memory: Mutex<Memory>,
    /// One at a time asks the store; whoever waits finds the answer in the memory.
    asking: tokio::sync::Mutex<()>,
}

/// As large as the store's own list: guessed names leave nothing in it.
#[derive(Default)]
struct Memory {
    known: BTreeMap<ConnectionName, Remembered>,
    names: BTreeSet<ConnectionName>,
    listed_at: Option<Timestamp>,
    failed: Option<(Timestamp, String)>,
}

struct Remembered {
    connection: Arc<Connection>,
    read_at: Timestamp,
    /// When it was last read because a signature did not fit.
    doubted_at: Option<Timestamp>,
}

impl Registry {
    pub(super) fn new(
        store: Arc<dyn ConnectionStore>,
        pool: PlatformClient,
        clock: Arc<dyn Clock>,
        freshness: Freshness,
    ) -> Self {
        let (memory, asking) = (Mutex::default(), tokio::sync::Mutex::default());
        Self {
            store,
            pool,
            clock,
            freshness,
            memory,
            asking,
        }
    }

    pub(super) async fn find(
        &self,
        name: &ConnectionName,
    ) -> Result<Option<Arc<Connection>>, StoreError> {
        if let Some(answer) = self.recall(name) {
            return answer;
        }
        let _alone = self.asking.lock().await;
        if let Some(answer) = self.recall(name) {
            return answer;
        }
        if !self.remembered().known.contains_key(name) && !self.list().await?.contains(name) {
            return Ok(None);
        }
        self.read(name).await
    }

    pub(super) async fn all(&self) -> Result<Vec<Arc<Connection>>, StoreError> {
        let names = {
            let _alone = self.asking.lock().await;
            self.list().await?
        };
        let mut all = Vec::new();
        for name in &names {
            all.extend(self.find(name).await?);
        }
        Ok(all)
    }

    pub(super) async fn reread(&self, doubted: &Arc<Connection>) -> Option<Arc<Connection>> {
        if let Some(answer) = self.settle(doubted) {
            return answer;
        }
        let _alone = self.asking.lock().await;
        if let Some(answer) = self.settle(doubted) {
            return answer;
        }
        self.remembered().known.get_mut(&doubted.name)?.doubted_at = Some(self.clock.now());
        let read = self.store.reload(&doubted.name).await;
        // A store that fails has been noted; the old secrets don't fit, and that is the answer.
        let fresh = self.keep(&doubted.name, read).ok()??;
        (!Arc::ptr_eq(&fresh, doubted)).then_some(fresh)
    }

    /// What the memory says of a name, where it may be believed.
    fn recall(&self, name: &ConnectionName) -> Option<Result<Option<Arc<Connection>>, StoreError>> {
        let memory = self.remembered();
        if let Some(entry) = memory.known.get(name) {
            let fresh = self.within(entry.read_at, self.freshness.ttl);
            return fresh.then(|| Ok(Some(Arc::clone(&entry.connection))));
        }
        if let Some((at, why)) = &memory.failed
            && self.within(*at, self.freshness.failure)
        {
            return Some(Err(StoreError::Failing(why.clone())));
        }
        let listed = memory
            .listed_at
            .is_some_and(|at| self.within(at, self.freshness.absent));
        (listed && !memory.names.contains(name)).then_some(Ok(None))
    }

    /// What a doubt comes to without a read: somebody else's newer reading, or nothing for now.
    fn settle(&self, doubted: &Arc<Connection>) -> Option<Option<Arc<Connection>>> {
        let memory = self.remembered();
        let Some(entry) = memory.known.get(&doubted.name) else {
            return Some(None);
        };
        if !Arc::ptr_eq(&entry.connection, doubted) {
            return Some(Some(Arc::clone(&entry.connection)));
        }
        let lately = entry
            .doubted_at
            .is_some_and(|at| self.within(at, self.freshness.doubt));
        lately.then_some(None)
    }

    /// Asks the store for its names.
    async fn list(&self) -> Result<BTreeSet<ConnectionName>, StoreError> {
        let names = self
            .store
            .names()
            .await
            .inspect_err(|error| self.note_failure(error))?;
        let mut memory = self.remembered();
        memory.listed_at = Some(self.clock.now());
        memory.failed = None;
        memory.known.retain(|name, _| names.contains(name));
        memory.names.clone_from(&names);
        Ok(names)
    }

    /// Asks the store for one connection.
    async fn read(&self, name: &ConnectionName) -> Result<Option<Arc<Connection>>, StoreError> {
        let read = self.store.load(name).await;
        self.keep(name, read)
    }

    /// Remembers the store's answer. A connection that is remembered stays when the store fails: deliveries
    /// go on, and the failure is in the log.
    fn keep(
        &self,
        name: &ConnectionName,
        read: Result<Option<Credentials>, StoreError>,
    ) -> Result<Option<Arc<Connection>>, StoreError> {
        let read = read.inspect_err(|error| self.note_failure(error));
        let read_at = self.clock.now();
        let mut memory = self.remembered();
        match read.map(|credentials| credentials.and_then(|it| self.connection(name, &it))) {
            Ok(Some(connection)) => {
                let connection = Arc::new(connection);
                let doubted_at = memory.known.get(name).and_then(|before| before.doubted_at);
                let entry = Remembered {
                    connection: Arc::clone(&connection),
                    read_at,
                    doubted_at,
                };
                memory.known.insert(name.clone(), entry);
                Ok(Some(connection))
            }
            Ok(None) => {
                memory.known.remove(name);
                memory.names.remove(name);
                Ok(None)
            }
            Err(error) => {
                let before = memory.known.get_mut(name).ok_or(error)?;
                before.read_at = read_at;
                Ok(Some(Arc::clone(&before.connection)))
            }
        }
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

    fn note_failure(&self, error: &StoreError) {
        tracing::error!(%error, "the connections can't be read; those that are remembered go on");
        self.remembered().failed = Some((self.clock.now(), error.to_string()));
    }

    /// Whether less than `span` has passed since `at`. A clock that was set back makes nothing last longer.
    fn within(&self, at: Timestamp, span: Duration) -> bool {
        let now = self.clock.now();
        at <= now && now < after(at, span)
    }

    /// For `Debug`: names alone.
    pub(super) fn remembered_names(&self) -> Vec<ConnectionName> {
        self.remembered().known.keys().cloned().collect()
    }

    fn remembered(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
