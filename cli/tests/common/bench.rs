//! Door, queue, ledger and provisioner, worked by hand: no server, a clock that stands still, table and
//! tool in memory. The queue is the real one.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::poll_fn;
use jiff::Timestamp;
use serde_json::Value;
use shared::clock::{Clock, ManualClock};
use shared::connection::{Connection, ConnectionName, Connections};
use shared::delivery::signature::WebhookSecret;
use shared::delivery::{Delivery, Door};
use shared::http::RetryPolicy;
use shared::ids::ProjectId;
use shared::ledger::{Item, Ledger, Table};
use shared::opentrain::{Options, PlatformClient};
use shared::provision::{
    Ack, DEADLINE, Delays, LastUsage, Policy, Provisioner, Verdict, work_batch,
};
use shared::queue::{DEDUPLICATION_WINDOW, Limits, MAX_BATCH, Queue, SqliteQueue};
use shared::sqlite::Database;
use tempfile::TempDir;

use super::floor::Floor;
use super::table::{Counting, Forgetful, MemoryTable};

/// How long a batch is hidden; longer than a batch may take.
const VISIBILITY: Duration = Duration::from_secs(DEADLINE.as_secs() * 11);

/// Draining takes no more rounds than this, or it would never end.
const ROUNDS: usize = 500;

/// Whether claims are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claims {
    On,
    Off,
}

/// A file, and a client that nobody answers: what several benches may share.
pub(crate) struct Ground {
    database: Database,
    platform: PlatformClient,
    secret: WebhookSecret,
    _folder: TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        // What survives a crash of the machine is another test's: here no disk is waited for.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.unwrap();
        Self {
            database: Database::open(folder.path().join("bridge.db")).unwrap(),
            platform: nobody(),
            secret: WebhookSecret::new("whsec_bench").unwrap(),
            _folder: folder,
        }
    }
}

/// A client of nobody, for work that needs no answer: this port is reserved, and each call fails at once.
fn nobody() -> PlatformClient {
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
    door: Door,
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
        let door = Door::new(connections, Arc::clone(&queue) as _, time());
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
            door,
            secret,
        }
    }

    /// Changes the connections that the provisioner serves, as an operator's command does; those for which `change`
    /// returns false are taken away.
    pub(crate) fn change(&mut self, change: impl Fn(&mut Connection) -> bool) {
        let all = self.provisioner.connections.remembered();
        let changed = all.iter().filter_map(|it| {
            let mut connection = Connection {
                name: it.name.clone(),
                secrets: it.secrets.clone(),
                platform: it.platform.clone(),
                projects: it.projects.clone(),
            };
            change(&mut connection).then_some(connection)
        });
        self.provisioner.connections = changed.collect();
    }

    /// Records whose project is whose.
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

    /// Delivers an event; it has to be taken.
    pub(crate) async fn deliver(&self, connection: &str, event: &Value) {
        let body = event.to_string();
        let signature = self.secret.sign(body.as_bytes(), self.clock.now());
        let delivery = Delivery {
            connection,
            signature: Some(&signature),
            delivery: None,
            body: body.as_bytes(),
        };
        self.door.take(delivery).await.unwrap();
    }

    /// Works one batch off, as a worker of `bridge serve` does; how many messages there were.
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

    /// Works a batch off and dies after so many steps, as by `kill -9`.
    pub(crate) async fn crash_after(&self, steps: usize) {
        crash_after(steps, self.work()).await;
    }

    /// Works until nothing is left that is due now.
    pub(crate) async fn work_all(&self) {
        while self.work().await > 0 {}
    }

    /// Works until nothing is left; moves the clock where all that is left is hidden.
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

    /// What the ledger has on trainers, for the eye.
    async fn known(&self) -> Vec<String> {
        let items = self.table.scan("TRAINER#").await.unwrap();
        let row = |item: Item| format!("{} {} {}", item.key.partition, item.key.sort, item.doc);
        items.into_iter().map(row).collect()
    }

    /// Lets so much time pass that the queue takes a repeat for a new message.
    pub(crate) fn forget_duplicates(&self) {
        self.clock
            .advance(DEDUPLICATION_WINDOW + Duration::from_secs(1));
    }
}

/// Runs `work` for so many steps and drops it; nothing when it was not done by then.
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
