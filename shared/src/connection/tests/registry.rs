use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::super::{
    ConnectionName, ConnectionStore, Connections, Credentials, Freshness, StoreError, Webhook,
};
use crate::clock::ManualClock;
use crate::delivery::signature::WebhookSecret;
use crate::opentrain::{Options, PlatformClient};

/// A store that counts, and that can be made to fail.
#[derive(Default)]
struct Counting {
    kept: Mutex<BTreeMap<ConnectionName, Credentials>>,
    lists: AtomicUsize,
    loads: AtomicUsize,
    reloads: AtomicUsize,
    fails: AtomicBool,
}

impl Counting {
    /// Lists and loads so far.
    fn asked(&self) -> (usize, usize) {
        (
            self.lists.load(Ordering::SeqCst),
            self.loads.load(Ordering::SeqCst),
        )
    }

    fn put(&self, at: &str, secrets: &[&str]) {
        let webhook = |text: &&str| Webhook {
            endpoint: None,
            secret: WebhookSecret::new(text).unwrap(),
        };
        let own = Credentials {
            token: Some("ot_ptk_1".into()),
            webhooks: secrets.iter().map(webhook).collect(),
            ..Credentials::default()
        };
        self.kept.lock().unwrap().insert(name(at), own);
    }

    fn count(&self, counter: &AtomicUsize) -> Result<(), StoreError> {
        counter.fetch_add(1, Ordering::SeqCst);
        match self.fails.load(Ordering::SeqCst) {
            true => Err(StoreError::Failing("the store is down".into())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl ConnectionStore for Counting {
    async fn names(&self) -> Result<BTreeSet<ConnectionName>, StoreError> {
        self.count(&self.lists)?;
        Ok(self.kept.lock().unwrap().keys().cloned().collect())
    }

    async fn load(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        self.count(&self.loads)?;
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }

    async fn reload(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        self.reloads.fetch_add(1, Ordering::SeqCst);
        self.load(name).await
    }
}

struct World {
    store: Arc<Counting>,
    clock: Arc<ManualClock>,
    connections: Connections,
}

impl World {
    fn new() -> Self {
        let store = Arc::new(Counting::default());
        store.put("acme", &["whsec_1"]);
        let clock = Arc::new(ManualClock::at("2026-06-12T10:00:00Z".parse().unwrap()));
        let pool =
            PlatformClient::new("https://h.example", &"none".into(), Options::default()).unwrap();
        let connections = Connections::kept(
            Arc::clone(&store) as _,
            pool,
            Arc::clone(&clock) as _,
            Freshness::default(),
        );
        Self {
            store,
            clock,
            connections,
        }
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The secrets of a connection, if it is served.
    async fn secrets(&self, at: &str) -> Option<Vec<String>> {
        let found = self.connections.find(&name(at)).await.unwrap();
        found.map(|it| it.secrets.iter().map(|it| it.expose().to_owned()).collect())
    }
}

fn name(name: &str) -> ConnectionName {
    ConnectionName::parse(name).unwrap()
}

#[tokio::test]
async fn what_was_read_counts_for_a_minute() {
    let world = World::new();
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    world.store.put("acme", &["whsec_2"]);
    world.pass(59);
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    assert_eq!(world.store.asked(), (1, 1));
    world.pass(1);
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_2"]);
    assert_eq!(world.store.asked(), (1, 2));
}

#[tokio::test]
async fn a_doubt_has_it_read_again_at_most_every_second() {
    let world = World::new();
    let first = world
        .connections
        .find(&name("acme"))
        .await
        .unwrap()
        .unwrap();
    world.store.put("acme", &["whsec_2", "whsec_1"]);
    let second = world.connections.reread(&first).await.unwrap();
    assert_eq!(second.secrets.len(), 2, "the first doubt counts at once");
    for _ in 0..100 {
        assert!(world.connections.reread(&second).await.is_none());
    }
    assert_eq!(
        world.store.asked(),
        (1, 2),
        "forged deliveries cost nothing"
    );
    world.pass(1);
    assert!(world.connections.reread(&second).await.is_some());
    assert_eq!(world.store.asked(), (1, 3));
}

#[tokio::test]
async fn doubts_at_once_are_one_read_and_all_of_them_hear_of_it() {
    let world = World::new();
    let first = world
        .connections
        .find(&name("acme"))
        .await
        .unwrap()
        .unwrap();
    world.store.put("acme", &["whsec_2"]);
    let doubts = (0..20).map(|_| world.connections.reread(&first));
    let heard = futures::future::join_all(doubts).await;
    assert!(heard.iter().all(|it| {
        it.as_ref()
            .is_some_and(|it| it.secrets[0].expose() == "whsec_2")
    }));
    assert_eq!(world.store.asked(), (1, 2));
}

/// What the store remembers from a moment ago is what the doubt is about.
#[tokio::test]
async fn a_doubt_is_not_answered_from_the_stores_memory() {
    let world = World::new();
    let first = world.connections.find(&name("acme")).await;
    let first = first.unwrap().unwrap();
    assert_eq!(world.store.reloads.load(Ordering::SeqCst), 0);
    world.connections.reread(&first).await.unwrap();
    assert_eq!(world.store.reloads.load(Ordering::SeqCst), 1);
}

/// Ten refusals in a row disable the endpoint: a cold door may not refuse for longer than the store fails.
#[tokio::test]
async fn a_failure_is_remembered_for_a_second() {
    let world = World::new();
    world.store.fails.store(true, Ordering::SeqCst);
    for _ in 0..20 {
        world.connections.find(&name("acme")).await.unwrap_err();
    }
    assert_eq!(world.store.asked(), (1, 0));
    world.store.fails.store(false, Ordering::SeqCst);
    world.pass(1);
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
}

#[tokio::test]
async fn guessing_names_costs_one_list_in_30_seconds() {
    let world = World::new();
    for n in 0..500 {
        assert!(world.secrets(&format!("guess-{n}")).await.is_none());
    }
    assert_eq!(world.store.asked(), (1, 0));
    world.store.put("guess-7", &["whsec_7"]);
    world.pass(29);
    assert!(world.secrets("guess-7").await.is_none());
    world.pass(1);
    assert!(
        world.secrets("guess-7").await.is_some(),
        "a new customer counts without a restart"
    );
    assert_eq!(world.store.asked(), (2, 1));
}

#[tokio::test]
async fn one_that_is_taken_away_is_gone_within_the_minute() {
    let world = World::new();
    assert!(world.secrets("acme").await.is_some());
    world.store.kept.lock().unwrap().clear();
    world.pass(60);
    assert!(world.secrets("acme").await.is_none());
    assert!(world.connections.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_without_a_token_is_not_served() {
    let world = World::new();
    world
        .store
        .kept
        .lock()
        .unwrap()
        .insert(name("bare"), Credentials::default());
    assert!(world.secrets("bare").await.is_none());
    assert!(world.secrets("bare").await.is_none());
    assert_eq!(world.store.asked(), (1, 1), "and that is remembered");
    let all: Vec<_> = world
        .connections
        .all()
        .await
        .unwrap()
        .iter()
        .map(|it| it.name.clone())
        .collect();
    assert_eq!(all, [name("acme")]);
}

#[tokio::test]
async fn a_store_that_fails_stops_nobody_who_is_known() {
    let world = World::new();
    assert!(world.secrets("acme").await.is_some());
    world.store.fails.store(true, Ordering::SeqCst);
    world.pass(60);
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    for _ in 0..100 {
        world.connections.find(&name("other")).await.unwrap_err();
    }
    assert!(world.connections.all().await.is_err());
    let (lists, _) = world.store.asked();
    assert!(
        lists <= 3,
        "a store that fails is left alone for a while: {lists}"
    );
    world.store.fails.store(false, Ordering::SeqCst);
    world.pass(1);
    assert!(world.secrets("other").await.is_none());
}
