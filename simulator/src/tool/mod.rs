//! A small annotation tool that speaks the members contract.

use std::{
    collections::{BTreeMap, HashSet},
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    fault::{Fault, Faults},
    progress::{Progress, TimedOut},
    server::Server,
    violation::{Violation, Violations},
};
use member::Writes;
use project::Project;
use route::ToolCall;

mod control;
mod http;
pub(crate) mod member;
pub(crate) mod notice;
pub(crate) mod project;
pub(crate) mod route;
pub(crate) mod work;

/// Below which path the members contract is served: a base URL may have one.
const BASE: [&str; 2] = ["annotation", "v1"];

/// A running annotation tool; dropping it stops it.
pub struct AnnotationPlatform {
    shared: Arc<Shared>,
    server: Server,
}

pub(crate) struct Shared {
    floor: Mutex<Floor>,
    pub(crate) faults: Faults,
    pub(crate) violations: Violations,
    pub(crate) progress: Progress,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Everything that the tool knows.
pub(crate) struct Floor {
    token: String,
    projects: BTreeMap<String, Project>,
    next_member: u64,
    /// Who can't be added, and why.
    refused: BTreeMap<String, String>,
    invites: bool,
    page_size: usize,
    unsupported: HashSet<ToolCall>,
    writes: BTreeMap<(String, String), Writes>,
    notice_writes: u64,
    requests: BTreeMap<ToolCall, u64>,
    limit: Option<Limit>,
}

/// Calls that are admitted in each second.
struct Limit {
    per_second: u32,
    second: Instant,
    used: u32,
    refused: u64,
}

impl AnnotationPlatform {
    /// Starts on a free port of 127.0.0.1, open to the bearer of `token`.
    pub async fn start(token: &str) -> io::Result<Self> {
        Self::start_on(0, token).await
    }

    /// Starts on one port of 127.0.0.1.
    pub async fn start_on(port: u16, token: &str) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            floor: Mutex::new(Floor::new(token)),
            faults: Faults::default(),
            violations: Violations::default(),
            progress: Progress::default(),
            stop: stopped,
        });
        let router = http::router(Arc::clone(&shared));
        let server = Server::start(port, router, stop).await?;
        Ok(Self { shared, server })
    }

    /// What `TOOL_BASE_URL` is set to; it has a path.
    pub fn base_url(&self) -> String {
        format!("{}/{}", self.server.origin(), BASE.join("/"))
    }

    /// Where the control plane is.
    pub fn control_url(&self) -> String {
        format!("{}/control", self.server.origin())
    }

    /// Stops, and waits for the requests in flight.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// Opens the tool to another token, and to no other.
    pub fn set_token(&self, token: &str) {
        self.change(|floor| token.clone_into(&mut floor.token));
    }

    /// What clients did that the members contract does not know.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations.all()
    }

    /// Adds a fault; the first that matches a request happens to it.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Makes a call answer 501, or puts it back.
    pub fn set_supported(&self, call: ToolCall, supported: bool) {
        self.change(|floor| match supported {
            true => floor.unsupported.remove(&call),
            false => floor.unsupported.insert(call),
        });
    }

    /// Admits so many calls in each second; the others are answered with 429 and `Retry-After: 1`.
    pub fn limit(&self, per_second: u32) {
        let limit = Limit {
            per_second,
            second: Instant::now(),
            used: 0,
            refused: 0,
        };
        self.change(|floor| floor.limit = Some(limit));
    }

    /// How many calls were refused because of the limit.
    pub fn refused_by_limit(&self) -> u64 {
        self.look(|floor| floor.limit.as_ref().map_or(0, |it| it.refused))
    }

    /// How often each call was made, faults included.
    pub fn requests(&self) -> BTreeMap<ToolCall, u64> {
        self.look(|floor| floor.requests.clone())
    }

    /// Waits up to 30 seconds until `condition` holds; asks it again after every change.
    pub async fn until(&self, condition: impl Fn(&Self) -> bool) -> Result<(), TimedOut> {
        let limit = Duration::from_secs(30);
        let condition = || condition(self);
        self.shared.progress.until(limit, condition).await
    }

    pub(crate) fn look<T>(&self, read: impl FnOnce(&Floor) -> T) -> T {
        self.shared.look(|floor| read(floor))
    }

    pub(crate) fn change<T>(&self, write: impl FnOnce(&mut Floor) -> T) -> T {
        let result = self.shared.look(write);
        self.shared.progress.made();
        result
    }
}

impl fmt::Debug for AnnotationPlatform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AnnotationPlatform")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn look<T>(&self, work: impl FnOnce(&mut Floor) -> T) -> T {
        work(&mut self.floor.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Floor {
    fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            projects: BTreeMap::new(),
            next_member: 1,
            refused: BTreeMap::new(),
            invites: false,
            page_size: 100,
            unsupported: HashSet::new(),
            writes: BTreeMap::new(),
            notice_writes: 0,
            requests: BTreeMap::new(),
            limit: None,
        }
    }

    /// Counts a call; whether it is one too many.
    pub(crate) fn is_over_limit(&mut self) -> bool {
        let Some(limit) = &mut self.limit else {
            return false;
        };
        if limit.second.elapsed() >= Duration::from_secs(1) {
            limit.second = Instant::now();
            limit.used = 0;
        }
        limit.used += 1;
        let is_over = limit.used > limit.per_second;
        limit.refused += u64::from(is_over);
        is_over
    }
}
