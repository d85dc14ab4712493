//! A small annotation tool that implements the members contract.

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

pub(crate) mod control;
mod http;
pub(crate) mod member;
pub(crate) mod notice;
pub(crate) mod project;
pub(crate) mod route;
pub(crate) mod work;

/// Base path of the members contract: a base URL may have one.
const BASE: [&str; 2] = ["annotation", "v1"];

/// A running annotation tool. Dropping it stops it.
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

/// All data of the tool.
pub(crate) struct Floor {
    token: String,
    projects: BTreeMap<String, Project>,
    next_member: u64,
    /// People who can't be added, with the reason.
    refused: BTreeMap<String, String>,
    invites: bool,
    page_size: usize,
    unsupported: HashSet<ToolCall>,
    writes: BTreeMap<(String, String), Writes>,
    notice_writes: u64,
    requests: BTreeMap<ToolCall, u64>,
    limit: Option<Limit>,
}

/// Number of calls that are accepted in each second.
struct Limit {
    per_second: u32,
    second: Instant,
    used: u32,
    refused: u64,
}

impl AnnotationPlatform {
    /// Starts on a free port of 127.0.0.1, with this bearer token.
    pub async fn start(token: &str) -> io::Result<Self> {
        Self::start_on(0, token, &[]).await
    }

    /// Starts on one port of 127.0.0.1. `hosts` are its names in addition to those of loopback.
    pub async fn start_on(port: u16, token: &str, hosts: &[String]) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            floor: Mutex::new(Floor::new(token)),
            faults: Faults::default(),
            violations: Violations::default(),
            progress: Progress::default(),
            stop: stopped,
        });
        let router = http::router(Arc::clone(&shared));
        let server = Server::start(port, router, hosts, stop).await?;
        Ok(Self { shared, server })
    }

    /// Value of `TOOL_BASE_URL`; it has a path.
    pub fn base_url(&self) -> String {
        format!("{}/{}", self.server.origin(), BASE.join("/"))
    }

    /// URL of the control plane.
    pub fn control_url(&self) -> String {
        format!("{}/control", self.server.origin())
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Stops, and waits for the requests in flight.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// Replaces the token.
    pub fn set_token(&self, token: &str) {
        self.change(|floor| token.clone_into(&mut floor.token));
    }

    /// Requests that the members contract does not have.
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

    /// Makes a call answer 501, or restores it.
    pub fn set_supported(&self, call: ToolCall, supported: bool) {
        self.change(|floor| match supported {
            true => floor.unsupported.remove(&call),
            false => floor.unsupported.insert(call),
        });
    }

    /// Accepts `per_second` calls in each second. Others are answered with 429 and `Retry-After: 1`.
    pub fn limit(&self, per_second: u32) {
        let limit = Limit {
            per_second,
            second: Instant::now(),
            used: 0,
            refused: 0,
        };
        self.change(|floor| floor.limit = Some(limit));
    }

    /// Number of calls that were refused because of the limit.
    pub fn refused_by_limit(&self) -> u64 {
        self.look(|floor| floor.limit.as_ref().map_or(0, |it| it.refused))
    }

    /// Number of calls, including faults.
    pub fn requests(&self) -> BTreeMap<ToolCall, u64> {
        self.look(|floor| floor.requests.clone())
    }

    /// Waits up to 30 seconds until `condition` holds. Checks it after every change.
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
    /// Empties all projects, and removes the faults.
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.look(|floor| {
            let projects = std::mem::take(&mut floor.projects);
            *floor = Floor::new(&floor.token);
            for project in projects.values() {
                floor.create_project(&project.id, &project.name);
            }
        });
        self.progress.made();
    }

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

    /// Counts a call. Returns whether the limit is exceeded.
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
