//! The provisioner and the reconciler over a table, a queue and a tool in memory: no server, no disk, and a
//! clock that is moved by hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::floor::Floor;
use crate::connection::{Connection, Connections};
use crate::http::RetryPolicy;
use crate::ledger::{Attempt, Expect, Item, Key, Ledger, Policy, Put, Table, TableError};
use crate::model::ConnectionName;
use crate::model::clock::{Clock, ManualClock};
use crate::notice::{NoticeSettings, Notices};
use crate::opentrain::{Options, PlatformClient};
use crate::provision::{Delays, Provisioner, Verdict};
use crate::queue::{
    DeadLetter, Depth, EventMessage, Handle, Message, Outgoing, Queue, QueueError, Receipt,
    Received, Taking,
};
use crate::reconcile::{Guard, Reconciler};
use crate::usage::LastUsage;

/// Maximum number of messages of a drain, so that it always ends.
const MOST_MESSAGES: usize = 10_000;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A table in memory.
#[derive(Default)]
pub(super) struct MemoryTable(Mutex<BTreeMap<Key, Item>>);

impl MemoryTable {
    /// Number of all writes.
    pub(super) fn writes(&self) -> u64 {
        lock(&self.0).values().map(|item| item.version).sum()
    }

    fn pick(&self, wanted: impl Fn(&Key) -> bool) -> Vec<Item> {
        let items = lock(&self.0);
        let fits = items.iter().filter(|(key, _)| wanted(key));
        fits.map(|(_, item)| item.clone()).collect()
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        Ok(lock(&self.0).get(key).cloned())
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        Ok(self.pick(|key| key.partition == partition && key.sort.starts_with(prefix)))
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        Ok(self.pick(|key| key.partition.starts_with(prefix)))
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        let mut items = lock(&self.0);
        let version = match (expect, items.get(&item.key)) {
            (Expect::Absent, None) => 1,
            (Expect::Version(version), Some(stored)) if stored.version == version => version + 1,
            (_, stored) => return Ok(Put::Conflict(stored.cloned())),
        };
        items.insert(item.key.clone(), Item { version, ..item });
        Ok(Put::Stored(version))
    }
}

/// A queue that only stores messages; the rig processes them. Messages to the retry queue are left to the reconciler.
#[derive(Default)]
pub(super) struct Inbox(Mutex<VecDeque<String>>);

#[async_trait]
impl Queue for Inbox {
    async fn send(&self, message: Outgoing) -> Result<Receipt, QueueError> {
        lock(&self.0).push_back(message.body);
        Ok(Receipt::new("1"))
    }

    async fn send_all(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let bodies = messages.into_iter().map(|message| message.body);
        lock(&self.0).extend(bodies);
        Ok(())
    }

    async fn send_later(&self, _: Outgoing, _: Timestamp) -> Result<(), QueueError> {
        Ok(())
    }

    async fn put_back(&self, _: &Received, _: Timestamp) -> Result<(), QueueError> {
        Err(QueueError::Expired)
    }

    async fn receive(
        &self,
        _: usize,
        _: Duration,
        _: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        Err(QueueError::Expired)
    }

    async fn delete(&self, _: &Handle) -> Result<(), QueueError> {
        Err(QueueError::Expired)
    }

    async fn change_visibility(&self, _: &Handle, _: Duration) -> Result<(), QueueError> {
        Err(QueueError::Expired)
    }

    async fn dead_letter(&self, _: &Received, _: &str) -> Result<(), QueueError> {
        Err(QueueError::Expired)
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        Ok(Depth::default())
    }

    async fn dead_letters(&self, _: usize) -> Result<Vec<DeadLetter>, QueueError> {
        Ok(Vec::new())
    }

    async fn take_dead(
        &self,
        _: BTreeSet<String>,
        _: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        Err(QueueError::Expired)
    }
}

/// The parts together.
pub(super) struct Rig {
    pub(super) clock: Arc<ManualClock>,
    pub(super) table: Arc<MemoryTable>,
    pub(super) tool: Arc<Floor>,
    pub(super) reconciler: Reconciler,
    inbox: Arc<Inbox>,
}

/// A client that must not be used: its port is reserved, and no process listens on it.
pub(super) fn nobody() -> PlatformClient {
    let options = Options {
        retry: RetryPolicy::once(),
        ..Options::default()
    };
    PlatformClient::new("http://127.0.0.1:1", &"ot_ptk_none".into(), options).unwrap()
}

impl Rig {
    pub(super) fn new(platform: &PlatformClient, policy: Policy) -> Self {
        let clock = Arc::new(ManualClock::at(
            Timestamp::from_second(1_781_258_400).unwrap(),
        ));
        let time = || Arc::clone(&clock) as Arc<dyn Clock>;
        let (table, inbox) = (Arc::new(MemoryTable::default()), Arc::new(Inbox::default()));
        let tool = Arc::new(Floor::default());
        let claims = Arc::new(MemoryTable::default());
        let ledger = Ledger::new(Arc::clone(&table) as _, claims, time());
        let settings = NoticeSettings::default();
        let notices = Notices::new(
            ledger.clone(),
            Arc::clone(&tool) as _,
            time(),
            policy.clone(),
            settings,
        );
        let connection = |name: &str| Connection {
            name: ConnectionName::parse(name).unwrap(),
            secrets: Vec::new(),
            platform: platform.clone(),
            projects: None,
        };
        let connections: Connections = ["c0", "c1"].map(connection).into_iter().collect();
        let provisioner = Provisioner {
            ledger,
            queue: Arc::clone(&inbox) as _,
            tool: Arc::clone(&tool) as _,
            connections,
            clock: time(),
            policy,
            notices,
            delays: Delays::default(),
            mail: None,
            usage: LastUsage::default(),
        };
        let reconciler = Reconciler {
            provisioner,
            guard: Guard::default(),
        };
        Self {
            clock,
            table,
            tool,
            reconciler,
            inbox,
        }
    }

    /// Lets a little time pass.
    pub(super) fn tick(&self) {
        self.clock.advance(Duration::from_millis(10));
    }

    /// Processes one event. Work that would be retried is lost, as among the dead letters.
    pub(super) async fn deliver(&self, connection: &str, event: Value) {
        self.tick();
        let message = Message::Event(EventMessage {
            connection: ConnectionName::parse(connection).unwrap(),
            delivery: None,
            received_at: self.clock.now(),
            handed_on: None,
            event: serde_json::from_value(event).unwrap(),
        });
        self.work(&message).await;
    }

    /// Processes the messages in the queue.
    pub(super) async fn drain(&self) {
        for _ in 0..MOST_MESSAGES {
            let Some(body) = lock(&self.inbox.0).pop_front() else {
                return;
            };
            self.work(&Message::decode(&body).unwrap()).await;
        }
        panic!("it would never end");
    }

    async fn work(&self, message: &Message) -> Verdict {
        let attempt = Attempt {
            message: "1".into(),
            receive: 1,
        };
        self.reconciler
            .provisioner
            .handle(message, &attempt, self.clock.now())
            .await
    }
}
