//! The world around a reporter, in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::clock::Clock;
use crate::connection::{Connection, ConnectionName, Connections};
use crate::http::{Listing, RetryPolicy, UnreadableElement};
use crate::ids::{ContractId, ProjectId, TrainerId};
use crate::ledger::{Expect, Item, Key, Ledger, Measures, Put, Table, TableError};
use crate::notice::{NoticeSettings, Notices};
use crate::opentrain::{
    OpenTrainError, Options as ClientOptions, PlatformClient, UsageAccepted, UsageEntry,
};
use crate::progress::unwatched;
use crate::provision::Policy;
use crate::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, DayTotal, Granted, Membership, Notice, Person,
    Project, Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals, Worker,
};
use crate::usage::options::utc_day;
use crate::usage::{Options, Report, Reporter, Settings, UsageApi};

/// A clock that is moved in both directions.
pub(super) struct Hand(AtomicI64);

impl Hand {
    pub(super) fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.as_millisecond()))
    }

    pub(super) fn forward(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    pub(super) fn back(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_sub(by, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// A table in memory that may stop taking writes, as a process that is killed does.
#[derive(Default)]
pub(super) struct Store {
    items: Mutex<BTreeMap<Key, Item>>,
    writes_left: Mutex<Option<u32>>,
    pub(super) is_shared: bool,
}

impl Store {
    pub(super) fn dies_after(&self, writes: Option<u32>) {
        *lock(&self.writes_left) = writes;
    }

    fn pick(&self, wanted: impl Fn(&Key) -> bool) -> Vec<Item> {
        let items = lock(&self.items);
        let fits = items.iter().filter(|(key, _)| wanted(key));
        fits.map(|(_, item)| item.clone()).collect()
    }
}

#[async_trait]
impl Table for Store {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        Ok(lock(&self.items).get(key).cloned())
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        Ok(self.pick(|key| key.partition == partition && key.sort.starts_with(prefix)))
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        Ok(self.pick(|key| key.partition.starts_with(prefix)))
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        match &mut *lock(&self.writes_left) {
            Some(0) => return Err(TableError::Unavailable("killed".into())),
            Some(left) => *left -= 1,
            None => {}
        }
        let mut items = lock(&self.items);
        let version = match (expect, items.get(&item.key)) {
            (Expect::Absent, None) => 1,
            (Expect::Version(version), Some(stored)) if stored.version == version => version + 1,
            (_, stored) => return Ok(Put::Conflict(stored.cloned())),
        };
        items.insert(item.key.clone(), Item { version, ..item });
        Ok(Put::Stored(version))
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }
}

/// How the tool answers a call for totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Whole,
    Down,
    /// An empty list, which is wrong. Of older days the answer is right: a wrong one may be the only one that is read.
    Empty,
    /// One row is unreadable.
    Odd,
}

/// How OpenTrain answers a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    Accept,
    Down,
    /// It takes the report, and its answer is lost.
    Lost,
    /// It refuses the report's first day.
    RefuseFirstDay,
    /// It does not know the contract.
    Unknown,
}

type Work = BTreeMap<(ProjectId, TrainerId, Date), Measures>;

/// A tool in memory.
#[derive(Default)]
pub(super) struct Floor {
    pub(super) work: Mutex<Work>,
    /// The most that was ever shown.
    pub(super) most: Mutex<Work>,
    pub(super) answers: Mutex<VecDeque<Answer>>,
    pub(super) asked: Mutex<Vec<(ProjectId, bool)>>,
    pub(super) gone: Mutex<BTreeSet<ProjectId>>,
    pub(super) clock: Mutex<Option<Arc<Hand>>>,
}

impl Floor {
    pub(super) fn set(&self, project: &str, trainer: &str, day: Date, measures: Measures) {
        let key = (project.into(), trainer.into(), day);
        let mut most = lock(&self.most);
        let before = most.get(&key).copied().unwrap_or_default();
        most.insert(key.clone(), measures.at_least(before));
        lock(&self.work).insert(key, measures);
    }

    pub(super) fn delete(&self, project: &str, trainer: &str, day: Date) -> Option<Measures> {
        lock(&self.work).remove(&(project.into(), trainer.into(), day))
    }

    fn now(&self) -> Timestamp {
        lock(&self.clock).as_ref().unwrap().now()
    }

    fn today(&self) -> Date {
        utc_day(self.now())
    }

    pub(super) fn answers(&self, answers: &[Answer]) {
        *lock(&self.answers) = answers.iter().copied().collect();
    }

    fn days(&self, project: &ProjectId, ask: &Ask, answer: Answer) -> Listing<DayTotal> {
        let work = lock(&self.work);
        let own = work
            .iter()
            .filter(|((p, _, day), _)| p == project && ask.window.holds(*day));
        let total =
            |((_, trainer, day), it): (&(ProjectId, TrainerId, Date), &Measures)| DayTotal {
                worker: Worker::Trainer(trainer.clone()),
                work_date: *day,
                total_seconds: it.seconds,
                tasks_completed: it.tasks,
                labels_completed: it.labels,
                disputed: 0,
                in_part: false,
            };
        let mut days: Vec<_> = own.map(total).collect();
        match answer {
            Answer::Empty if ask.window.holds(self.today()) => Vec::new().into(),
            Answer::Odd => {
                days.pop();
                let mut days: Listing<_> = days.into();
                days.add_unreadable(UnreadableElement {
                    name: "row 1".into(),
                    reason: "should be a row".into(),
                });
                days
            }
            Answer::Whole | Answer::Down | Answer::Empty => days.into(),
        }
    }
}

fn down() -> ToolError {
    ToolError::Transient {
        reason: "down".into(),
        after: None,
    }
}

#[async_trait]
impl AnnotationTool for Floor {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::Platform,
            updates_email: true,
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        if lock(&self.gone).contains(project) {
            return Err(ToolError::Wrong {
                reason: "no such project".into(),
            });
        }
        Ok(Project {
            id: project.clone(),
            name: "A project".into(),
            url: None,
        })
    }

    async fn grant(&self, _: &ProjectId, _: &Person) -> Result<Granted, ToolError> {
        Err(down())
    }

    async fn remove(&self, _: &ProjectId, _: &Membership) -> Result<Removed, ToolError> {
        Err(down())
    }

    async fn access(&self, _: &ProjectId, _: &Membership) -> Result<Option<Granted>, ToolError> {
        Err(down())
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        lock(&self.asked).push((project.clone(), ask.fresh));
        let answer = lock(&self.answers).pop_front().unwrap_or(Answer::Whole);
        if answer == Answer::Down {
            return Err(down());
        }
        let read_at = self.now();
        Ok(Some(Totals::of(read_at, self.days(project, ask, answer))))
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        Ok(false)
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        Ok(false)
    }
}

type Held = BTreeMap<(ContractId, TrainerId, Date), Measures>;

/// Looks at what OpenTrain holds after each report.
type Watch = Box<dyn Fn(&Held) + Send + Sync>;

/// OpenTrain in memory.
#[derive(Default)]
pub(super) struct Books {
    pub(super) held: Mutex<Held>,
    pub(super) replies: Mutex<VecDeque<Reply>>,
    pub(super) posts: Mutex<u64>,
    /// What is looked at after each report that was taken.
    pub(super) watch: Mutex<Option<Watch>>,
}

impl Books {
    pub(super) fn replies(&self, replies: &[Reply]) {
        *lock(&self.replies) = replies.iter().copied().collect();
    }

    /// What is held of a trainer's day, over all contracts.
    pub(super) fn sum(&self, trainer: &str, day: Date) -> Measures {
        sum(&lock(&self.held), &trainer.into(), day)
    }

    fn take(&self, contract: &ContractId, entries: &[UsageEntry]) {
        let mut held = lock(&self.held);
        for entry in entries {
            let worker = entry.worker_opentrain_user_id.clone().unwrap();
            let new = Measures {
                seconds: entry.total_seconds,
                tasks: entry.tasks_completed,
                labels: entry.labels_completed,
            };
            let old = held.entry((contract.clone(), worker, entry.work_date));
            let old = old.or_default();
            *old = new.over(*old);
        }
        if let Some(watch) = &*lock(&self.watch) {
            watch(&held);
        }
    }
}

/// What is held of a trainer's day, over all contracts.
pub(super) fn sum(held: &Held, trainer: &TrainerId, day: Date) -> Measures {
    let own = held
        .iter()
        .filter(|((_, t, d), _)| t == trainer && *d == day);
    own.fold(Measures::default(), |sum, (_, it)| sum.plus(*it))
}

#[async_trait]
impl UsageApi for Books {
    async fn report(
        &self,
        _: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, OpenTrainError> {
        *lock(&self.posts) += 1;
        let reply = lock(&self.replies).pop_front().unwrap_or(Reply::Accept);
        let status = match reply {
            Reply::Accept => {
                self.take(contract, entries);
                let accepted = Some(entries.len() as u64);
                return Ok(UsageAccepted {
                    accepted,
                    budget: None,
                });
            }
            Reply::Lost => {
                self.take(contract, entries);
                503
            }
            Reply::Down => 503,
            Reply::RefuseFirstDay => 400,
            Reply::Unknown => 404,
        };
        Err(OpenTrainError::of_status(status))
    }
}

/// All of it together.
pub(super) struct Rig {
    pub(super) clock: Arc<Hand>,
    pub(super) store: Arc<Store>,
    pub(super) floor: Arc<Floor>,
    pub(super) books: Arc<Books>,
    pub(super) reporter: Reporter,
}

/// A client of the Platform API that is never used.
fn unused() -> PlatformClient {
    let options = ClientOptions {
        retry: RetryPolicy::once(),
        ..ClientOptions::default()
    };
    PlatformClient::new("http://127.0.0.1:1", &"ot_ptk_none".into(), options).unwrap()
}

thread_local! {
    static UNUSED: PlatformClient = unused();
}

impl Rig {
    pub(super) fn new(is_shared: bool) -> Self {
        let start: Timestamp = "2026-08-20T08:00:00Z".parse().unwrap();
        let clock = Arc::new(Hand::at(start));
        let time = || Arc::clone(&clock) as Arc<dyn Clock>;
        let store = Arc::new(Store {
            is_shared,
            ..Store::default()
        });
        let (floor, books) = (Arc::new(Floor::default()), Arc::new(Books::default()));
        *lock(&floor.clock) = Some(Arc::clone(&clock));
        let ledger = Ledger::new(Arc::clone(&store) as _, Arc::new(Store::default()), time());
        let notices = Notices::new(
            ledger.clone(),
            Arc::clone(&floor) as _,
            time(),
            Policy::default(),
            NoticeSettings::default(),
        );
        let connection = |name: &str| Connection {
            name: ConnectionName::parse(name).unwrap(),
            secrets: Vec::new(),
            platform: UNUSED.with(Clone::clone),
            projects: None,
        };
        let connections: Connections = ["c0", "c1"].map(connection).into_iter().collect();
        let reporter = Reporter {
            ledger,
            tool: Arc::clone(&floor) as _,
            connections,
            api: Arc::clone(&books) as _,
            notices,
            clock: time(),
            settings: Settings::default(),
        };
        Self {
            clock,
            store,
            floor,
            books,
            reporter,
        }
    }

    pub(super) fn today(&self) -> Date {
        utc_day(self.clock.now())
    }

    pub(super) fn minutes(&self, minutes: u64) {
        self.clock.forward(Duration::from_secs(minutes * 60));
    }

    pub(super) fn days(&self, days: u64) {
        self.clock.forward(Duration::from_secs(days * 86_400));
    }

    pub(super) async fn run(&self) -> Report {
        self.run_with(&Options::default()).await
    }

    pub(super) async fn run_with(&self, options: &Options) -> Report {
        self.reporter.report(options, &unwatched).await.unwrap()
    }
}
