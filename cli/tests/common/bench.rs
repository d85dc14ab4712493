//! Intake, queue, ledger and provisioner, run step by step: no server, a manual clock, table and tool in memory. The
//! queue is the real one.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::poll_fn;
use jiff::Timestamp;
use serde_json::Value;
use shared::connection::{Connection, Connections};
use shared::http::RetryPolicy;
use shared::ledger::{Item, Ledger, Policy, Table};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, ManualClock};
use shared::model::ids::ProjectId;
use shared::model::signature::WebhookSecret;
use shared::opentrain::{Options, PlatformClient};
use shared::provision::{Ack, DEADLINE, Delays, Provisioner, Verdict, work_batch};
use shared::queue::{DEDUPLICATION_WINDOW, Limits, MAX_BATCH, Queue, SqliteQueue};
use shared::sqlite::Database;
use shared::usage::LastUsage;
use shared::webhook::{Delivery, Intake};
use tempfile::TempDir;

use super::floor::Floor;
use super::table::{Counting, Forgetful, MemoryTable};

/// Visibility time-out of a batch, longer than a batch may take.
const VISIBILITY: Duration = Duration::from_secs(DEADLINE.as_secs() * 11);

/// Maximum number of rounds of draining, in case it never ends.
const ROUNDS: usize = 500;

/// Whether claims are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claims {
    On,
    Off,
}

/// A database file, and a client whose calls fail. Several benches may share them.
pub(crate) struct Ground {
    database: Database,
    platform: PlatformClient,
    secret: WebhookSecret,
    _folder: TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        // Other tests cover a crash of the machine, so this one does not wait for a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.unwrap();
        Self {
            database: Database::open(folder.path().join("bridge.db")).unwrap(),
            platform: unreachable_client(),
            secret: WebhookSecret::new("whsec_bench").unwrap(),
            _folder: folder,
        }
    }
}

/// A client without a server, for work that needs no answer: this port is reserved, and each call fails at once.
fn unreachable_client() -> PlatformClient {
    let retry = RetryPolicy {
        attempts: 1,
        ..RetryPolicy::default()
    };
    let options = Options {
        retry,
        ..Options::default()
    };
    PlatformClient::new("http://127.0.0.1:1", &"canary-token".into(), options).unwrap()
}

/// The product without its servers.
pub(crate) struct Bench {
    pub(crate) queue: Arc<SqliteQueue>,
    pub(crate) table: Arc<dyn Table>,
    pub(crate) counting: Arc<Counting>,
    pub(crate) claims: Arc<dyn Table>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) tool: Arc<Floor>,
    pub(crate) provisioner: Provisioner,
    intake: Intake,
    secret: WebhookSecret,
}

impl Bench {
    /// A bench with these connections.
    pub(crate) fn new(
        ground: &Ground,
        connections: &[&str],
        policy: Policy,
        claims: Claims,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(
            Timestamp::from_second(1_781_258_400).unwrap(),
        ));
        let time = || Arc::clone(&clock) as Arc<dyn Clock>;
        let queue = SqliteQueue::new(ground.database.clone(), time(), Limits::default());
        let queue = Arc::new(queue);
        let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
        let claims: Arc<dyn Table> = match claims {
            Claims::On => Arc::new(MemoryTable::default()),
            Claims::Off => Arc::new(Forgetful),
        };
        let counting = Arc::new(Counting::new(table));
        let table: Arc<dyn Table> = Arc::clone(&counting) as _;
        let ledger = Ledger::new(Arc::clone(&table), Arc::clone(&claims), time());
        let tool = Arc::new(Floor::default());
        let connection = |name: &&str| Connection {
            name: ConnectionName::parse(name).unwrap(),
            secrets: vec![ground.secret.clone()],
            platform: ground.platform.clone(),
            projects: None,
        };
        let connections: Connections = connections.iter().map(connection).collect();
        let settings = shared::notice::NoticeSettings::default();
        let notices = shared::notice::Notices::new(
            ledger.clone(),
            Arc::clone(&tool) as _,
            time(),
            policy.clone(),
            settings,
        );
        let provisioner = Provisioner {
            notices,
            ledger: ledger.clone(),
            queue: Arc::clone(&queue) as _,
            tool: Arc::clone(&tool) as _,
            connections: connections.clone(),
            clock: time(),
            policy,
            delays: Delays::default(),
            mail: None,
            usage: LastUsage::default(),
        };
        let intake = Intake::new(connections, Arc::clone(&queue) as _, time());
        let secret = ground.secret.clone();
        Self {
            queue,
            table,
            counting,
            claims,
            ledger,
            clock,
            tool,
            provisioner,
            intake,
            secret,
        }
    }

    /// Changes the connections that the provisioner serves, as an operator's command does. Removes those for which
    /// `change` returns false.
    pub(crate) fn change(&mut self, change: impl Fn(&mut Connection) -> bool) {
        let all = self.provisioner.connections.remembered();
        let changed = all.iter().filter_map(|it| {
            let mut connection = Connection::clone(it);
            change(&mut connection).then_some(connection)
        });
        self.provisioner.connections = changed.collect();
    }

    /// Records the projects that each connection may use.
    pub(crate) fn allow(&mut self, projects: &[(&str, &[&str])]) {
        self.change(|connection| {
            let own = projects
                .iter()
                .find(|(name, _)| *name == connection.name.as_str());
            let ids = own.map(|(_, ids)| ids.iter().map(|id| ProjectId::from(*id)).collect());
            connection.projects = ids.map(Arc::new);
            true
        });
    }

    /// Delivers an event. Asserts that it is accepted.
    pub(crate) async fn deliver(&self, connection: &str, event: &Value) {
        let body = event.to_string();
        let signature = self.secret.sign(body.as_bytes(), self.clock.now());
        let delivery = Delivery {
            connection,
            signature: Some(&signature),
            delivery: None,
            body: body.as_bytes(),
        };
        self.intake.take(delivery).await.unwrap();
    }

    /// Processes one batch, as a worker of `bridge serve` does. Returns the number of messages.
    pub(crate) async fn work(&self) -> usize {
        let batch = self
            .queue
            .receive(MAX_BATCH, VISIBILITY, Duration::ZERO)
            .await
            .unwrap();
        let processed = work_batch(&self.provisioner, batch, None, Ack::Explicit).await;
        for it in &processed {
            assert!(!matches!(it.verdict, Verdict::Dead(_)), "{:?}", it.verdict);
        }
        processed.len()
    }

    /// Starts to process a batch and stops after `steps` steps, as by `kill -9`.
    pub(crate) async fn crash_after(&self, steps: usize) {
        crash_after(steps, self.work()).await;
    }

    /// Works until nothing is left that is due now.
    pub(crate) async fn work_all(&self) {
        while self.work().await > 0 {}
    }

    /// Works until nothing is left. Advances the clock while all remaining messages are hidden.
    pub(crate) async fn drain(&self) {
        for _ in 0..ROUNDS {
            if self.work().await > 0 {
                continue;
            }
            let depth = self.queue.depth().await.unwrap();
            assert_eq!(depth.dead, 0, "given up; known: {:#?}", self.known().await);
            if depth.waiting + depth.in_flight + depth.retrying == 0 {
                return;
            }
            self.clock.advance(VISIBILITY);
        }
        panic!("it would never end: {:?}", self.queue.depth().await);
    }

    /// The ledger's data about trainers, for failure messages.
    async fn known(&self) -> Vec<String> {
        let items = self.table.scan("TRAINER#").await.unwrap();
        let row = |item: Item| format!("{} {} {}", item.key.partition, item.key.sort, item.doc);
        items.into_iter().map(row).collect()
    }

    /// Advances the clock until the queue accepts a repeated message as new.
    pub(crate) fn forget_duplicates(&self) {
        self.clock
            .advance(DEDUPLICATION_WINDOW + Duration::from_secs(1));
    }
}

/// Runs `work` for `steps` steps and drops it; `None` if it was not finished by then.
pub(crate) async fn crash_after<T>(steps: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = steps;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}
