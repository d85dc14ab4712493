//! A small annotation tool that implements the members contract.

use std::{collections::BTreeMap, fmt, io, sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::kit::{fault::Fault, progress::TimedOut, server::Server, violation::Violation};
use floor::{Floor, Limit, Shared};
use route::{BASE, ToolCall};

mod acts;
pub(crate) mod control;
pub(crate) mod floor;
mod http;
pub(crate) mod member;
pub(crate) mod notice;
pub(crate) mod project;
pub(crate) mod route;
pub(crate) mod work;

/// A running annotation tool. Dropping it stops it.
pub struct AnnotationPlatform {
    shared: Arc<Shared>,
    server: Server,
}

impl AnnotationPlatform {
    /// Starts on a free port of 127.0.0.1, with this bearer token.
    pub async fn start(token: &str) -> io::Result<Self> {
        Self::start_on(0, token, &[]).await
    }

    /// Starts on one port of 127.0.0.1. `hosts` are its names in addition to those of loopback.
    pub async fn start_on(port: u16, token: &str, hosts: &[String]) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(token, stopped));
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
        self.change(|floor| floor.limit = Some(Limit::new(per_second)));
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
