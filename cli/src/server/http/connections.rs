//! The open connections. Selects connections to close when connections or memory run out.
//!
//! An unverified client must not block others. A connection is therefore only protected while its complete request is
//! verified and stored. All others may be closed at any time: first those without a complete request head, then those
//! without a complete body, the oldest first. A legitimate request is complete within milliseconds, so it is never
//! among the oldest.

mod in_request;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

pub(super) use self::in_request::InRequest;
use super::budget::{BODY_BYTES_FREED, Budget};

/// Time for a request head, from its first byte; on a new connection from its start.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for which an idle connection stays open after an answer. It is longer than the idle time of proxies, so that
/// the proxy closes first: a request may already be on its way when we close.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Divisor of the connection limit: this share is kept free, and freed at once when the limit is near.
const FREE_SHARE: usize = 64;

pub(super) struct Connections {
    limit: usize,
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    numbers: AtomicU64,
    bodies: Budget,
    /// Number of connections closed to free capacity since the last log entry.
    pub(super) closed_for_room: AtomicUsize,
    closed: Notify,
}

pub(super) struct Connection {
    number: u64,
    all: Arc<Connections>,
    state: Mutex<State>,
    told: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Without a complete request head: new, idle, or reading one.
    Head,
    /// With a head, without the complete body.
    Body,
    /// With a complete request that is verified and stored.
    Storing,
}

struct State {
    phase: Phase,
    since: Instant,
    /// Whether a request was answered before.
    answered: bool,
    /// Arrival of the next head's first byte.
    head_began: Option<Instant>,
    /// Bytes that are reserved for the body.
    body: usize,
    /// Marked to be closed.
    chosen: bool,
}

impl Connections {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            open: Mutex::default(),
            numbers: AtomicU64::default(),
            bodies: Budget::default(),
            closed_for_room: AtomicUsize::default(),
            closed: Notify::new(),
        })
    }

    /// Registers a connection. Returns `None` if the maximum is reached.
    pub(super) fn open(self: &Arc<Self>) -> Option<Arc<Connection>> {
        let mut open = self.lock();
        if open.len() >= self.limit {
            return None;
        }
        let connection = Arc::new(Connection {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            all: Arc::clone(self),
            state: Mutex::new(State {
                phase: Phase::Head,
                since: Instant::now(),
                answered: false,
                head_began: None,
                body: 0,
                chosen: false,
            }),
            told: Notify::new(),
        });
        open.insert(connection.number, Arc::clone(&connection));
        Some(connection)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Returns after a connection was closed, possibly early.
    pub(super) async fn any_closed(&self) {
        self.closed.notified().await;
    }

    /// Whether the oldest must be closed, so that a new connection need not wait.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.count() + self.free_places() > self.limit
    }

    fn free_places(&self) -> usize {
        (self.limit / FREE_SHARE).max(1)
    }

    /// Marks the oldest incomplete requests to be closed.
    pub(super) fn close_oldest(&self) {
        let mut closable = self.closable();
        let wanted = self.free_places();
        let wanted = wanted.saturating_sub(closable.iter().filter(|it| it.chosen).count());
        closable.retain(|it| !it.chosen);
        closable.sort_unstable_by_key(|it| (it.phase, it.since));
        let chosen = &closable[..wanted.min(closable.len())];
        chosen.iter().for_each(|it| it.connection.choose());
        self.closed_for_room
            .fetch_add(chosen.len(), Ordering::Relaxed);
    }

    /// Marks as many of the oldest incomplete bodies to be closed as necessary.
    fn free_body_bytes(&self) {
        let mut freed = self.bodies.closing();
        if freed >= BODY_BYTES_FREED {
            return;
        }
        let mut closable = self.closable();
        closable.retain(|it| it.body > 0 && !it.chosen);
        closable.sort_unstable_by_key(|it| it.since);
        for it in &closable {
            if freed >= BODY_BYTES_FREED {
                break;
            }
            freed += it.body;
            it.connection.choose();
            self.closed_for_room.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn closable(&self) -> Vec<Closable> {
        let open = self.lock();
        let all = open.values().map(|connection| {
            let state = connection.lock();
            Closable {
                connection: Arc::clone(connection),
                phase: state.phase,
                since: state.since,
                body: state.body,
                chosen: state.chosen,
            }
        });
        all.filter(|it| it.phase != Phase::Storing).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Closable {
    connection: Arc<Connection>,
    phase: Phase,
    since: Instant,
    body: usize,
    chosen: bool,
}

impl Connection {
    /// Registers a request with a complete head, until the returned value is dropped.
    pub(super) fn request(&self) -> InRequest<'_> {
        self.enter(Phase::Body);
        InRequest(self)
    }

    /// Records that bytes have arrived.
    pub(super) fn arrived(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Head && state.head_began.is_none() {
            state.head_began = Some(Instant::now());
        }
    }

    /// Returns when this connection is marked to be closed.
    pub(super) async fn chosen(&self) {
        self.told.notified().await;
    }

    /// Whether it must be closed now: it is marked, exceeds its time limit, or the server stops. Never while a complete
    /// request is stored.
    pub(super) fn must_close(&self, stopping: bool) -> bool {
        let mut state = self.lock();
        if state.phase == Phase::Storing {
            if std::mem::take(&mut state.chosen) {
                self.all.bodies.closes_no_more(state.body);
            }
            self.all.closed.notify_one();
            return false;
        }
        stopping || state.chosen || state.is_overdue()
    }

    /// Whether a request head has begun and is not complete in time.
    pub(super) fn has_slow_head(&self) -> bool {
        let state = self.lock();
        state.head_began.is_some() && state.is_overdue()
    }

    /// Removes it from the list.
    pub(super) fn close(&self) {
        self.release_body();
        self.all.lock().remove(&self.number);
        self.all.closed.notify_one();
    }

    fn choose(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.chosen, true) {
            self.all.bodies.closes(state.body);
        }
        drop(state);
        self.told.notify_one();
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.lock();
        state.phase = phase;
        state.since = Instant::now();
        state.head_began = None;
    }

    fn release_body(&self) {
        let mut state = self.lock();
        let bytes = std::mem::take(&mut state.body);
        if state.chosen {
            self.all.bodies.closes_no_more(bytes);
        }
        drop(state);
        self.all.bodies.give_back(bytes);
    }

    /// Reserves bytes for the body, if enough are left. A marked connection gets none.
    fn try_reserve(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        let reserved = !state.chosen && self.all.bodies.take(bytes);
        if reserved {
            state.body += bytes;
        }
        reserved
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A body has its own time limit, after which the request is answered.
    fn is_overdue(&self) -> bool {
        let (since, limit) = match (self.head_began, self.answered) {
            (Some(began), _) => (began, HEAD_TIMEOUT),
            (None, false) => (self.since, HEAD_TIMEOUT),
            (None, true) => (self.since, IDLE_TIMEOUT),
        };
        self.phase == Phase::Head && since.elapsed() >= limit
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
