//! The surroundings of a reporter, in memory.

mod books;
mod floor;
mod store;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

pub(super) use self::books::{Books, Reply, sum};
pub(super) use self::floor::{Answer, Floor};
pub(super) use self::store::Store;
use crate::connection::{Connection, Connections};
use crate::http::RetryPolicy;
use crate::ledger::{Ledger, Policy};
use crate::model::ConnectionName;
use crate::model::clock::{Clock, day_of};
use crate::model::progress::unwatched;
use crate::notice::{NoticeSettings, Notices};
use crate::opentrain::{Options as ClientOptions, PlatformClient};

use crate::usage::{Options, Report, Reporter, Settings, WhyLost};

pub(super) const CONNECTIONS: [&str; 2] = ["c0", "c1"];

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

/// All parts together.
pub(super) struct Rig {
    pub(super) clock: Arc<Hand>,
    pub(super) store: Arc<Store>,
    pub(super) floor: Arc<Floor>,
    pub(super) books: Arc<Books>,
    pub(super) reporter: Reporter,
}

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Lives,
    /// Its install is revoked.
    Revoked,
    /// It is not set up here.
    Unserved,
}

/// These connections.
pub(super) fn connections<'a>(names: impl IntoIterator<Item = &'a str>) -> Connections {
    let connection = |name: &str| Connection {
        name: ConnectionName::parse(name).unwrap(),
        secrets: Vec::new(),
        platform: UNUSED.with(Clone::clone),
        projects: None,
    };
    names.into_iter().map(connection).collect()
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
        let store = Arc::new(Store::new(is_shared));
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
        let reporter = Reporter {
            ledger,
            tool: Arc::clone(&floor) as _,
            connections: connections(CONNECTIONS),
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
        day_of(self.clock.now())
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
        let report = self.reporter.report(options, &unwatched).await.unwrap();
        let old = report.lost.iter().filter(|it| it.why == WhyLost::TooOld);
        for lost in old.filter(|it| it.is_new) {
            let mut days = lost.days.keys();
            let known = days.find(|day| self.books.is_known(&lost.of, **day));
            assert_eq!(known, None, "{:?} is lost, though it is held", lost.of);
        }
        report
    }
}
