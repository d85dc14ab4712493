//! The running OpenTrain: its server, the loop of deliveries, and the methods that a test calls.

use std::{fmt, io, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    http::{router, shared::Shared},
    kit::{fault::Fault, progress::TimedOut, server::Server, violation::Violation},
    market::Market,
    model::options::Options,
    tool::AnnotationPlatform,
    world::post::send,
};

mod acts;
mod deliveries;
mod engine;
pub(crate) mod in_process;
mod state;

/// A running OpenTrain. Dropping it stops it.
pub struct OpenTrain {
    pub(crate) shared: Arc<Shared>,
    /// None in process.
    server: Option<Server>,
}

impl OpenTrain {
    /// Starts on a free port, with the machine's clock.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts with these options.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let client = send::client(options.attempt_timeout).map_err(io::Error::other)?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(&options, stopped.clone()));
        let router = router::router(Arc::clone(&shared));
        let server = Server::start(options.port, router, &options.hosts, stop).await?;
        shared.change(|market| market.world.origin = server.origin());
        tokio::spawn(engine::run(Arc::clone(&shared), client, stopped));
        let server = Some(server);
        Ok(Self { shared, server })
    }

    /// The origin, `http://127.0.0.1:PORT`; clients add `/api/partner/v1`.
    pub fn base_url(&self) -> String {
        let server = self.server.as_ref();
        server.map_or_else(|| in_process::ORIGIN.to_owned(), Server::origin)
    }

    /// Records the work of `POST /sandbox/work` in this tool. Only the first tool counts.
    pub fn work_in(&self, tool: &AnnotationPlatform) {
        let _ = self.shared.tool.set(tool.shared());
    }

    /// Stops, and waits for the requests in flight.
    pub async fn shutdown(mut self) {
        if let Some(server) = &mut self.server {
            server.shutdown().await;
        }
    }

    /// The simulator's time for signatures and dates.
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// Undocumented requests of clients.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations.all()
    }

    /// Adds a fault of the Platform API. The first fault that matches a request is used.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Removes all faults of the Platform API.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Waits up to 30 seconds until `condition` holds. Checks it after every change.
    pub async fn until(&self, condition: impl Fn(&Self) -> bool) -> Result<(), TimedOut> {
        let limit = Duration::from_secs(30);
        let condition = || condition(self);
        self.shared.progress.until(limit, condition).await
    }

    pub(crate) fn look<T>(&self, read: impl FnOnce(&Market) -> T) -> T {
        self.shared.look(|market| read(market))
    }

    pub(crate) fn change<T>(&self, write: impl FnOnce(&mut Market) -> T) -> T {
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
