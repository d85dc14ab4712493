//! Intake over a file of connections, on a clock that stands still: how soon a change counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use shared::connection::{
    ConnectionStore, Connections, Credentials, FileStore, Freshness, Index, Readable, StoreError,
    Version, Webhook,
};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, ManualClock};
use shared::model::signature::WebhookSecret;
use shared::opentrain::{Options, PlatformClient};
use shared::queue::{Limits, SqliteQueue};
use shared::sqlite::Database;
use shared::webhook::{Delivery, Intake, Refused};
use tempfile::TempDir;

const BODY: &[u8] = include_bytes!("../../../../events/webhook/contract.started.json");

/// The file, with its reads counted.
struct Counted {
    file: FileStore,
    reads: AtomicUsize,
}

#[async_trait]
impl ConnectionStore for Counted {
    async fn index(&self) -> Result<Index, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.file.index().await
    }

    async fn load(
        &self,
        name: &ConnectionName,
        version: Version,
    ) -> Result<Credentials, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.file.load(name, version).await
    }

    async fn load_all(&self, index: &Index) -> Result<Readable, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.file.load_all(index).await
    }
}

struct World {
    store: Arc<Counted>,
    clock: Arc<ManualClock>,
    intake: Intake,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = FileStore::new(folder.path().join("connections.json"));
        let store = Arc::new(Counted {
            file,
            reads: AtomicUsize::new(0),
        });
        let clock = Arc::new(ManualClock::at("2026-06-12T10:00:00Z".parse().unwrap()));
        let pool =
            PlatformClient::new("http://127.0.0.1:1", &"none".into(), Options::default()).unwrap();
        let connections = Connections::kept(
            Arc::clone(&store) as _,
            pool,
            Arc::clone(&clock) as _,
            Freshness::default(),
        );
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let queue = SqliteQueue::new(database, Arc::clone(&clock) as _, Limits::default());
        let intake = Intake::new(connections, Arc::new(queue), Arc::clone(&clock) as _);
        Self {
            store,
            clock,
            intake,
            folder,
        }
    }

    /// As `bridge subscribe` does it: newest first, on the disk.
    fn keep(&self, name: &str, secrets: &[&str]) {
        let webhook = |text: &&str| Webhook {
            endpoint: None,
            secret: secret(text),
        };
        let update = self.store.file.update(|kept| {
            let own = kept
                .entry(ConnectionName::parse(name).unwrap())
                .or_default();
            own.token = Some("ot_ptk_1".into());
            own.webhooks = secrets.iter().map(webhook).collect();
            Ok::<_, StoreError>(())
        });
        update.unwrap();
    }

    /// The status of a delivery.
    async fn deliver(&self, name: &str, signed_with: &str) -> u16 {
        let signature = secret(signed_with).sign(BODY, self.clock.now());
        let delivery = Delivery {
            connection: name,
            signature: Some(&signature),
            delivery: None,
            body: BODY,
        };
        self.intake
            .take(delivery)
            .await
            .map_or_else(|refused: Refused| refused.status(), |_| 202)
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn reads(&self) -> usize {
        self.store.reads.load(Ordering::SeqCst)
    }
}

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text).unwrap()
}

#[tokio::test]
async fn a_new_secret_counts_with_its_first_delivery() {
    let world = World::new();
    world.keep("acme", &["whsec_old"]);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
    world.keep("acme", &["whsec_new", "whsec_old"]);
    assert_eq!(world.deliver("acme", "whsec_new").await, 202);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
    world.keep("acme", &["whsec_new"]);
    world.pass(60);
    assert_eq!(
        world.deliver("acme", "whsec_old").await,
        401,
        "one that was taken away is out within the minute"
    );
}

#[tokio::test]
async fn forgers_cause_one_read_a_second() {
    let world = World::new();
    world.keep("acme", &["whsec_old"]);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
    let before = world.reads();
    for _ in 0..200 {
        assert_eq!(world.deliver("acme", "whsec_forged").await, 401);
    }
    assert_eq!(world.reads() - before, 1);
    // A rotation right after a forged delivery waits for the next read.
    world.keep("acme", &["whsec_new"]);
    assert_eq!(world.deliver("acme", "whsec_new").await, 401);
    world.pass(1);
    assert_eq!(world.deliver("acme", "whsec_new").await, 202);
    assert_eq!(world.reads() - before, 3, "the index, and the connection");
}

/// Only a signature that could be right with another secret is worth a read.
#[tokio::test]
async fn what_no_secret_can_mend_is_refused_without_a_read() {
    let world = World::new();
    world.keep("acme", &["whsec_old"]);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
    let before = world.reads();
    let stale = secret("whsec_old").sign(BODY, "2026-06-12T09:00:00Z".parse().unwrap());
    for signature in [None, Some("t=1"), Some("nonsense"), Some(stale.as_str())] {
        let delivery = Delivery {
            connection: "acme",
            signature,
            delivery: None,
            body: BODY,
        };
        assert_eq!(world.intake.take(delivery).await.unwrap_err().status(), 401);
    }
    assert_eq!(world.reads(), before);
}

#[tokio::test]
async fn unknown_names_cause_one_read_in_30_seconds() {
    let world = World::new();
    for n in 0..200 {
        assert_eq!(world.deliver(&format!("guess-{n}"), "whsec_old").await, 404);
        assert_eq!(world.deliver("No-Name!", "whsec_old").await, 404);
    }
    assert_eq!(world.reads(), 1);
    world.keep("guess-7", &["whsec_7"]);
    assert_eq!(world.deliver("guess-7", "whsec_7").await, 404);
    world.pass(30);
    assert_eq!(world.deliver("guess-7", "whsec_7").await, 202);
}

/// Intake after a start knows no name. The failure counts for a second, and for deliveries that come within it.
#[tokio::test]
async fn a_read_that_fails_once_refuses_for_a_second() {
    let world = World::new();
    world.keep("acme", &["whsec_old"]);
    let file = world.folder.path().join("connections.json");
    let kept = std::fs::read(&file).unwrap();
    std::fs::write(&file, "{").unwrap();
    assert_eq!(world.deliver("acme", "whsec_old").await, 503);
    std::fs::write(&file, kept).unwrap();
    let before = world.reads();
    assert_eq!(world.deliver("acme", "whsec_old").await, 503);
    assert_eq!(world.reads(), before, "the store is left alone");
    world.pass(1);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
}

/// The name may be one of ours: the delivery is sent again, and nothing is lost.
#[tokio::test]
async fn a_file_that_cannot_be_read_is_503_for_the_unknown_and_no_matter_for_the_known() {
    let world = World::new();
    world.keep("acme", &["whsec_old"]);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
    std::fs::write(world.folder.path().join("connections.json"), "{").unwrap();
    world.pass(60);
    assert_eq!(world.deliver("acme", "whsec_old").await, 202);
    assert_eq!(world.deliver("other", "whsec_old").await, 503);
}
