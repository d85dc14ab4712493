//! The bridge as `bridge serve` runs it, in this process.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use shared::config::JobSettings;
use shared::connection::Connection;
use shared::http::TIMEOUT;
use shared::ledger::{Ledger, Policy};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::progress::unwatched;
use shared::notice::NoticeSettings;
use shared::opentrain::{Options, PlatformClient};
use shared::provision::Delays;
use shared::queue::{Limits, Queue};
use shared::reconcile::Wish;
use shared::sqlite::Database;
use shared::usage;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tools::RestTool;

use super::bridge::{Bridge, Sides};
use crate::server::{Server, ServerParts};

/// A bridge over a database in a temporary folder.
pub(super) struct Local {
    address: SocketAddr,
    folder: TempDir,
    /// Bound before the bridge starts, because OpenTrain gets the address first.
    listener: Option<TcpListener>,
    machine: Option<Server>,
}

impl Local {
    /// Binds a free port, on which the bridge listens after its start.
    pub(super) async fn new() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no free port on this machine")?;
        Ok(Self {
            address: listener.local_addr()?,
            folder: TempDir::with_prefix("opentrain-bridge-").context("no temporary folder")?,
            listener: Some(listener),
            machine: None,
        })
    }

    pub(super) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("bridge.db")
    }

    fn machine(&self) -> anyhow::Result<&Server> {
        self.machine.as_ref().context("the bridge is stopped")
    }

    fn parts(&self, listener: TcpListener, sides: &Sides) -> anyhow::Result<ServerParts> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = Options {
            clock: Arc::clone(&clock),
            ..Options::default()
        };
        let connection = Connection {
            name: ConnectionName::default(),
            secrets: vec![sides.secret.clone()],
            platform: PlatformClient::new(&sides.opentrain, &sides.token, options)?,
            projects: None,
        };
        let tool = RestTool::new(&sides.tool, &sides.tool_token, TIMEOUT, Arc::clone(&clock))?;
        Ok(ServerParts {
            listener,
            database: Database::open(self.database())?,
            connections: [connection].into_iter().collect(),
            tool: Arc::new(tool),
            policy: Policy::default(),
            clock,
            limits: Limits::default(),
            delays: Delays::default(),
            notices: NoticeSettings::default(),
            jobs: JobSettings::default(),
            mail: None,
            services: Vec::new(),
            target: None,
        })
    }
}

#[async_trait]
impl Bridge for Local {
    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn start(&mut self, sides: &Sides) -> anyhow::Result<()> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => TcpListener::bind(self.address)
                .await
                .context("the bridge's port is in use")?,
        };
        self.machine = Some(Server::start(self.parts(listener, sides)?).await?);
        Ok(())
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        let machine = self
            .machine
            .take()
            .context("the bridge is already stopped")?;
        machine.stop().await;
        Ok(())
    }

    fn queue(&self) -> anyhow::Result<&Arc<dyn Queue>> {
        Ok(self.machine()?.queue())
    }

    fn ledger(&self) -> anyhow::Result<&Ledger> {
        Ok(self.machine()?.ledger())
    }

    async fn usage(&self) -> anyhow::Result<usize> {
        let options = usage::Options::default();
        let report = self.machine()?.jobs().usage(&options, &unwatched).await?;
        report.all_done().map_err(anyhow::Error::msg)?;
        Ok(report.entries())
    }

    async fn reconcile(&self) -> anyhow::Result<()> {
        let wish = Wish::default();
        let outcome = self.machine()?.jobs().reconcile(&wish, &unwatched).await?;
        outcome.all_done().map_err(anyhow::Error::msg)
    }
}
