//! One process of the bridge: its calls, stalls and end.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use shared::model::clock::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::hub::{Hub, lock};
use crate::weather::{Fate, Site};

/// Longest time for which a fault has effects: a store that failed is not called again at once, and work waits for it.
const REMEMBERED: Duration = Duration::from_secs(20);

/// Milliseconds by which a clock may be wrong before signatures are refused, with some room.
const SIGNED_WITHIN: u64 = 250_000;

/// A call that failed.
#[derive(Debug)]
pub(crate) struct Failed;

/// One process.
pub(crate) struct Life {
    pub(crate) id: usize,
    hub: Arc<Hub>,
    is_over: AtomicBool,
    ended: Notify,
    frozen_until: Mutex<Option<Instant>>,
    /// Milliseconds by which its clock is ahead.
    ahead: AtomicI64,
    /// Faults happen at its calls.
    is_exposed: bool,
    /// Its calls take time.
    takes_time: bool,
    /// End of the time in which a fault of one call may delay or fail others.
    troubled_until: Mutex<Option<Instant>>,
}

impl Life {
    pub(crate) fn new(id: usize, hub: Arc<Hub>, ahead: i64, is_exposed: bool) -> Self {
        Self {
            id,
            hub,
            is_over: AtomicBool::new(false),
            ended: Notify::new(),
            frozen_until: Mutex::default(),
            ahead: AtomicI64::new(ahead),
            is_exposed,
            takes_time: true,
            troubled_until: Mutex::default(),
        }
    }

    /// A process whose calls take no time and never fail.
    #[cfg(test)]
    pub(crate) fn at_rest(hub: Arc<Hub>) -> Self {
        Self {
            takes_time: false,
            ..Self::new(0, hub, 0, false)
        }
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Whether a fault explains that a call fails or is late.
    pub(crate) fn is_troubled(&self) -> bool {
        lock(&self.troubled_until).is_some_and(|until| Instant::now() <= until)
            || self.ahead.load(Ordering::SeqCst).unsigned_abs() > SIGNED_WITHIN
    }

    fn trouble(&self, time: Duration) {
        let until = Instant::now() + time + REMEMBERED;
        let mut known = lock(&self.troubled_until);
        *known = Some(known.map_or(until, |it| it.max(until)));
    }

    /// Steps the clock.
    pub(crate) fn set_ahead(&self, millis: i64) {
        self.ahead.store(millis, Ordering::SeqCst);
    }

    /// Ends the process, and drops all of its work at its present step.
    pub(crate) fn end(&self) {
        if !self.is_over.swap(true, Ordering::SeqCst) {
            self.hub.note(|| format!("process {} ends", self.id));
            self.ended.notify_waiters();
            self.hub.deaths.notify_one();
        }
    }

    /// Runs work of this process; `None` if the process ends first.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let ended = self.ended.notified();
        if self.is_over() {
            return None;
        }
        tokio::select! {
            biased;
            () = ended => None,
            done = self.while_awake(work) => Some(done),
        }
    }

    /// Runs work, and does not poll it while the process stalls, so no timer of the work fires.
    async fn while_awake<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let step = poll_fn(|cx| match self.stands_still_until() {
                Some(until) => Poll::Ready(Err(until)),
                None => work.as_mut().poll(cx).map(Ok),
            });
            match step.await {
                Ok(done) => return done,
                Err(until) => tokio::time::sleep_until(until).await,
            }
        }
    }

    fn stands_still_until(&self) -> Option<Instant> {
        let until = *lock(&self.frozen_until);
        until.filter(|until| *until > Instant::now())
    }

    /// Makes a call: `effect` happens at one moment, with time and faults before and after it.
    pub(crate) async fn call<T>(
        &self,
        site: Site,
        name: &str,
        effect: impl FnOnce() -> T,
    ) -> Result<T, Failed> {
        let fate = self.before(site, name).await;
        if fate == Fate::FailsBefore {
            return Err(Failed);
        }
        let done = effect();
        self.after(fate).await;
        match fate {
            Fate::FailsAfter => Err(Failed),
            _ => Ok(done),
        }
    }

    /// Draws the fate of a call, and lets the time before its effect pass.
    pub(crate) async fn before(&self, site: Site, name: &str) -> Fate {
        self.pass(self.hub.latency()).await;
        if !self.is_exposed {
            return Fate::Fair;
        }
        let fate = self.hub.fate(site);
        if fate != Fate::Fair {
            self.trouble(Duration::ZERO);
            self.hub
                .note(|| format!("process {}: {name}: {fate:?}", self.id));
        }
        match fate {
            Fate::DiesBefore => self.die().await,
            Fate::Slow(time) => {
                self.trouble(time);
                self.pass(time).await;
            }
            Fate::Stalls(time) => {
                self.trouble(time);
                *lock(&self.frozen_until) = Some(Instant::now() + time);
                self.pass(Duration::ZERO).await;
            }
            Fate::Fair | Fate::FailsBefore | Fate::FailsAfter | Fate::DiesAfter => {}
        }
        fate
    }

    /// Lets the time after the effect of a call pass.
    pub(crate) async fn after(&self, fate: Fate) {
        match fate {
            Fate::DiesAfter => self.die().await,
            _ => self.pass(self.hub.latency()).await,
        }
    }

    async fn die(&self) {
        self.end();
        std::future::pending::<()>().await;
    }

    /// Lets this time pass, and then the rest of a stall.
    async fn pass(&self, time: Duration) {
        if !self.takes_time {
            return tokio::task::yield_now().await;
        }
        tokio::time::sleep(time).await;
        // Tasks that the work has spawned do not run under `run`, so they wait here.
        while let Some(until) = self.stands_still_until() {
            tokio::time::sleep_until(until).await;
        }
    }
}

/// The process's own clock.
impl Clock for Life {
    fn now(&self) -> Timestamp {
        let ahead = jiff::SignedDuration::from_millis(self.ahead.load(Ordering::SeqCst));
        let now = self.hub.now();
        now.checked_add(ahead).unwrap_or(now)
    }
}
