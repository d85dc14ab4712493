//! A store that counts its reads, and the connections over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use super::super::{
    Connection, ConnectionStore, Connections, Credentials, Freshness, Index, Readable, StoreError,
    Version, Webhook,
};
use crate::model::ConnectionName;
use crate::model::clock::{Clock, after};
use crate::model::signature::WebhookSecret;
use crate::opentrain::{Options, PlatformClient};

/// A store that counts its reads, and that can be made to fail.
#[derive(Default)]
pub(super) struct Counting {
    pub(super) kept: Mutex<BTreeMap<ConnectionName, (Version, Credentials)>>,
    lists: AtomicUsize,
    loads: AtomicUsize,
    pub(super) fails: AtomicBool,
    /// How many of the next reads fail.
    pub(super) fails_for: AtomicUsize,
    /// Connections that can't be read.
    pub(super) broken: Mutex<BTreeSet<ConnectionName>>,
}

impl Counting {
    /// Reads of the index and of connections so far.
    pub(super) fn asked(&self) -> (usize, usize) {
        (
            self.lists.load(Ordering::SeqCst),
            self.loads.load(Ordering::SeqCst),
        )
    }

    pub(super) fn put(&self, at: &str, secrets: &[&str]) {
        let webhook = |text: &&str| Webhook {
            endpoint: None,
            secret: WebhookSecret::new(text).unwrap(),
        };
        let own = Credentials {
            token: Some("ot_ptk_1".into()),
            webhooks: secrets.iter().map(webhook).collect(),
            ..Credentials::default()
        };
        self.store(at, own);
    }

    pub(super) fn store(&self, at: &str, own: Credentials) {
        let mut kept = self.kept.lock().unwrap();
        let version = kept.get(&name(at)).map_or(1, |(version, _)| version + 1);
        kept.insert(name(at), (version, own));
    }

    /// Counts a read, and lets the other tasks run before it returns.
    async fn count(&self, counter: &AtomicUsize) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        counter.fetch_add(1, Ordering::SeqCst);
        let one_less = |left: usize| left.checked_sub(1);
        let (set, get) = (Ordering::SeqCst, Ordering::SeqCst);
        let is_next = self.fails_for.fetch_update(set, get, one_less).is_ok();
        match is_next || self.fails.load(Ordering::SeqCst) {
            true => Err(StoreError::Failing("the store is down".into())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl ConnectionStore for Counting {
    async fn index(&self) -> Result<Index, StoreError> {
        self.count(&self.lists).await?;
        let mut index = Index::default();
        let kept = self.kept.lock().unwrap();
        kept.iter()
            .for_each(|(name, (version, _))| index.set(name, *version));
        Ok(index)
    }

    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError> {
        self.count(&self.loads).await?;
        if self.broken.lock().unwrap().contains(name) {
            return Err(StoreError::Failing(format!("{name} is broken")));
        }
        let (current, own) = self.kept.lock().unwrap()[name].clone();
        assert_eq!(current, version, "the version that the index has");
        Ok(own)
    }

    async fn load_all(&self, _: &Index) -> Result<Readable, StoreError> {
        self.count(&self.loads).await?;
        let (kept, broken) = (self.kept.lock().unwrap(), self.broken.lock().unwrap());
        let is_read = |name: &ConnectionName| !broken.contains(name);
        let kept = kept.iter().filter(|(name, _)| is_read(name));
        let fault = |name| StoreError::Failing(format!("{name} is broken"));
        Ok(Readable {
            kept: kept
                .map(|(name, (_, own))| (name.clone(), own.clone()))
                .collect(),
            faults: broken.iter().map(fault).collect(),
        })
    }
}

pub(super) struct World {
    pub(super) store: Arc<Counting>,
    pub(super) connections: Connections,
}

/// Moves with the timers of a test whose time is paused.
struct TimerClock(Instant);

impl Clock for TimerClock {
    fn now(&self) -> Timestamp {
        after("2026-06-12T10:00:00Z".parse().unwrap(), self.0.elapsed())
    }
}

impl World {
    pub(super) fn new() -> Self {
        let store = Arc::new(Counting::default());
        store.put("acme", &["whsec_1"]);
        let clock = Arc::new(TimerClock(Instant::now()));
        let pool =
            PlatformClient::new("https://h.example", &"none".into(), Options::default()).unwrap();
        let connections =
            Connections::kept(Arc::clone(&store) as _, pool, clock, Freshness::default());
        Self { store, connections }
    }

    pub(super) async fn pass(&self, seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    /// How many of `count` deliveries that come at once are refused because the store fails.
    pub(super) async fn refused_of(&self, count: usize) -> usize {
        let name = name("acme");
        let found = (0..count).map(|_| self.connections.find(&name));
        let found = futures::future::join_all(found).await;
        found.iter().filter(|it| it.is_err()).count()
    }

    /// A connection that is served.
    pub(super) async fn found(&self, at: &str) -> Arc<Connection> {
        self.connections.find(&name(at)).await.unwrap().unwrap()
    }

    /// The names of all that are served.
    pub(super) async fn all(&self) -> Vec<ConnectionName> {
        let all = self.connections.all().await.unwrap();
        all.iter().map(|it| it.name.clone()).collect()
    }

    /// The secrets of a connection, if it is served.
    pub(super) async fn secrets(&self, at: &str) -> Option<Vec<String>> {
        let found = self.connections.find(&name(at)).await.unwrap();
        found.map(|it| it.secrets.iter().map(|it| it.expose().to_owned()).collect())
    }
}

pub(super) fn name(name: &str) -> ConnectionName {
    ConnectionName::parse(name).unwrap()
}
