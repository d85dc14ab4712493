//! State of a running OpenTrain.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

use super::{calls::Calls, counts::Counts, pages::outcome::Outcomes};
use crate::{
    kit::{
        clock::{Clock, later},
        fault::Faults,
        progress::Progress,
        violation::Violations,
    },
    market::Market,
    model::options::Options,
    tool::floor,
};

/// Shared by the handle, the HTTP handlers and the delivery engine.
pub(crate) struct Shared {
    market: Mutex<Market>,
    /// The caller's clock plus the time by which it was advanced.
    pub(crate) clock: Clock,
    /// The caller's clock: receivers compare signatures with it.
    pub(crate) signing_clock: Clock,
    advanced: Arc<Mutex<Duration>>,
    pub(crate) faults: Faults,
    pub(crate) public_faults: Faults,
    pub(crate) agent_faults: Faults,
    /// The tool in which `/sandbox/work` is done.
    pub(crate) tool: OnceLock<Arc<floor::Shared>>,
    pub(crate) violations: Violations,
    pub(crate) calls: Calls,
    pub(crate) counts: Counts,
    pub(crate) outcomes: Outcomes,
    pub(crate) progress: Progress,
    /// Wakes the delivery engine.
    pub(crate) wake: Notify,
    pub(crate) stop: watch::Receiver<bool>,
    options: Options,
}

impl Shared {
    pub(crate) fn new(options: &Options, stop: watch::Receiver<bool>) -> Self {
        let advanced = Arc::default();
        Self {
            market: Mutex::new(Market::new(options, (options.clock)())),
            clock: advancing(&options.clock, &advanced),
            signing_clock: Arc::clone(&options.clock),
            advanced,
            faults: Faults::default(),
            public_faults: Faults::default(),
            agent_faults: Faults::default(),
            tool: OnceLock::new(),
            violations: Violations::default(),
            calls: Calls::default(),
            counts: Counts::default(),
            outcomes: Outcomes::default(),
            progress: Progress::default(),
            wake: Notify::new(),
            stop,
            options: options.clone(),
        }
    }

    /// Advances the time of everything except signatures.
    pub(crate) fn advance(&self, by: Duration) {
        let mut advanced = self.advanced();
        *advanced = advanced.saturating_add(by);
    }

    /// Restores the state after the start, without faults and with the caller's time.
    pub(crate) fn reset(&self) {
        for faults in [&self.faults, &self.public_faults, &self.agent_faults] {
            faults.clear();
        }
        self.calls.clear();
        self.counts.clear();
        self.outcomes.clear();
        self.violations.clear();
        *self.advanced() = Duration::ZERO;
        if let Some(tool) = self.tool.get() {
            tool.reset();
        }
        self.change(|market| {
            let mut fresh = Market::new(&self.options, (self.clock)());
            fresh.world.post.follow(&market.world.post);
            fresh.world.origin = std::mem::take(&mut market.world.origin);
            *market = fresh;
        });
    }

    fn advanced(&self) -> MutexGuard<'_, Duration> {
        self.advanced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accesses the market without waking waiters.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&mut Market) -> T) -> T {
        read(&mut self.market.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the market, then wakes the engine and all waiters.
    pub(crate) fn change<T>(&self, write: impl FnOnce(&mut Market) -> T) -> T {
        let result = self.look(write);
        self.wake.notify_one();
        self.progress.made();
        result
    }
}

/// `clock` plus the time by which it was advanced.
fn advancing(clock: &Clock, advanced: &Arc<Mutex<Duration>>) -> Clock {
    let (clock, advanced) = (Arc::clone(clock), Arc::clone(advanced));
    Arc::new(move || {
        let advanced = *advanced.lock().unwrap_or_else(PoisonError::into_inner);
        later(clock(), advanced)
    })
}
