//! OpenTrain: the marketplace and its Platform API.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::{
    clock::{Clock, later, system_clock},
    fault::{Fault, Faults},
    post::engine,
    progress::{Progress, TimedOut},
    server::Server,
    tool::{self, AnnotationPlatform},
    violation::{Violation, Violations},
};
use calls::Calls;
use http::Endpoint;
use pages::outcome::Outcomes;
use scope::Scope;
use world::{Misuse, World};

pub(crate) mod app;
pub(crate) mod budget;
pub(crate) mod calls;
pub(crate) mod contract;
mod control;
mod envelope;
pub(crate) mod event;
pub(crate) mod http;
pub(crate) mod install;
pub(crate) mod job;
pub(crate) mod link;
pub(crate) mod milestone;
pub(crate) mod openapi;
pub(crate) mod operation;
pub(crate) mod pages;
pub(crate) mod param;
pub(crate) mod payment;
pub(crate) mod public;
pub(crate) mod samples;
mod sandbox;
pub(crate) mod scope;
pub(crate) mod table;
pub(crate) mod trainer;
pub(crate) mod usage;
pub(crate) mod world;

/// What "10 failed deliveries in a row" counts. The published pages can be read in both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failures {
    /// Deliveries whose five attempts failed.
    #[default]
    Deliveries,
    /// Failed attempts.
    Attempts,
}

/// Options of a simulated OpenTrain.
#[derive(Clone)]
pub struct Options {
    /// The clock.
    pub clock: Clock,
    /// The port on 127.0.0.1; 0 is a free one.
    pub port: u16,
    /// Names under which clients may call it, in addition to those of loopback.
    pub hosts: Vec<String>,
    /// Maximum number of links of an install; the page has no number.
    pub link_limit: usize,
    /// Time limit of a delivery's answer.
    pub attempt_timeout: Duration,
    /// Maximum number of concurrent deliveries to one endpoint; 1 keeps their order.
    pub concurrency: usize,
    /// The first event id. Ids soon get another digit, so that their order as text is wrong.
    pub first_event_id: u64,
    /// What disables an endpoint.
    pub failures: Failures,
    /// Tokens, secrets, codes and names are the same for the same seed; `None` draws them.
    pub seed: Option<u64>,
    /// Whether a claimed account has a card on file.
    pub card_on_file: bool,
    /// Whether the world begins with [`Samples`](samples::Samples).
    pub samples: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: system_clock(),
            port: 0,
            hosts: Vec::new(),
            link_limit: 1000,
            attempt_timeout: Duration::from_secs(10),
            concurrency: 8,
            first_event_id: 95,
            failures: Failures::default(),
            seed: None,
            card_on_file: true,
            samples: false,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// A running OpenTrain. Dropping it stops it.
pub struct OpenTrain {
    pub(crate) shared: Arc<Shared>,
    server: Server,
}

/// Shared by the handle, the HTTP handlers and the delivery engine.
pub(crate) struct Shared {
    world: Mutex<World>,
    /// The caller's clock plus the time by which it was advanced.
    pub(crate) clock: Clock,
    /// The caller's clock: receivers compare signatures with it.
    pub(crate) signing_clock: Clock,
    advanced: Arc<Mutex<Duration>>,
    pub(crate) faults: Faults,
    pub(crate) public_faults: Faults,
    pub(crate) agent_faults: Faults,
    /// The tool in which `/sandbox/work` is done.
    pub(crate) tool: OnceLock<Arc<tool::Shared>>,
    pub(crate) violations: Violations,
    pub(crate) calls: Calls,
    pub(crate) outcomes: Outcomes,
    pub(crate) progress: Progress,
    /// Wakes the delivery engine.
    pub(crate) wake: Notify,
    pub(crate) stop: watch::Receiver<bool>,
    options: Options,
}

impl OpenTrain {
    /// Starts on a free port, with the machine's clock.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts with these options.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let client = engine::client(options.attempt_timeout).map_err(io::Error::other)?;
        let (stop, stopped) = watch::channel(false);
        let advanced = Arc::default();
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(&options, (options.clock)())),
            clock: advancing(&options.clock, &advanced),
            signing_clock: Arc::clone(&options.clock),
            advanced,
            tool: OnceLock::new(),
            faults: Faults::default(),
            public_faults: Faults::default(),
            agent_faults: Faults::default(),
            violations: Violations::default(),
            calls: Calls::default(),
            outcomes: Outcomes::default(),
            progress: Progress::default(),
            wake: Notify::new(),
            stop: stopped.clone(),
            options: options.clone(),
        });
        let router = http::router(Arc::clone(&shared));
        let server = Server::start(options.port, router, &options.hosts, stop).await?;
        shared.change(|world| world.public.origin = server.origin());
        tokio::spawn(engine::run(Arc::clone(&shared), client, stopped));
        Ok(Self { shared, server })
    }

    /// The origin, `http://127.0.0.1:PORT`; clients add `/api/partner/v1`.
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Records the work of `POST /sandbox/work` in this tool. Only the first tool counts.
    pub fn work_in(&self, tool: &AnnotationPlatform) {
        let _ = self.shared.tool.set(tool.shared());
    }

    /// Stops, and waits for the requests in flight.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// The simulator's time for signatures and dates.
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// Undocumented requests of clients.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations.all()
    }

    /// Adds a fault. The first fault that matches a request is used.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Waits up to 30 seconds until `condition` holds. Checks it after every change.
    pub async fn until(&self, condition: impl Fn(&Self) -> bool) -> Result<(), TimedOut> {
        let limit = Duration::from_secs(30);
        let condition = || condition(self);
        self.shared.progress.until(limit, condition).await
    }

    pub(crate) fn look<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        self.shared.look(|world| read(world))
    }

    pub(crate) fn change<T>(&self, write: impl FnOnce(&mut World) -> T) -> T {
        self.shared.change(write)
    }
}

impl fmt::Debug for OpenTrain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenTrain")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
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

impl Shared {
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
        self.outcomes.clear();
        *self.advanced() = Duration::ZERO;
        if let Some(tool) = self.tool.get() {
            tool.reset();
        }
        self.change(|world| {
            let mut fresh = World::new(&self.options, (self.clock)());
            fresh.post.follow(&world.post);
            fresh.public.origin = std::mem::take(&mut world.public.origin);
            *world = fresh;
        });
    }

    fn advanced(&self) -> MutexGuard<'_, Duration> {
        self.advanced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accesses the world without waking waiters.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&mut World) -> T) -> T {
        read(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the world, then wakes the engine and all waiters.
    pub(crate) fn change<T>(&self, write: impl FnOnce(&mut World) -> T) -> T {
        let result = self.look(write);
        self.wake.notify_one();
        self.progress.made();
        result
    }
}
