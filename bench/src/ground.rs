//! Environment of all measurements: the simulated OpenTrain and tool, and a folder on a real disk.

use std::path::PathBuf;

use anyhow::Context;
use simulator::{AnnotationPlatform, Clock, ConsentOptions, OpenTrain, Scope, system_clock};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::args::Args;
use crate::binary;
use crate::progress::Progress;
use crate::requests::Requests;

/// Environment of the measurements.
pub(crate) struct Ground {
    /// The annotation tool. Its members are compared with the deliveries.
    pub(crate) tool: AnnotationPlatform,
    /// The tool's token.
    pub(crate) tool_token: String,
    /// OpenTrain, for the bridge's calls at start. The load does not come from it.
    pub(crate) opentrain: OpenTrain,
    /// The install's token.
    pub(crate) token: String,
    /// Signing secret of the deliveries.
    pub(crate) secret: String,
    /// The bridge.
    pub(crate) bridge: PathBuf,
    /// Progress display.
    pub(crate) progress: Progress,
    /// Runtime of the load: one thread.
    pub(crate) load: Runtime,
    clock: Clock,
    folder: TempDir,
    /// Runtime of OpenTrain and the tool, another thread. Dropped last.
    _servers: Runtime,
}

impl Ground {
    /// Starts the simulators.
    pub(crate) fn set(args: &Args, bridge: PathBuf) -> anyhow::Result<Self> {
        let servers = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let clock = system_clock();
        let tool_token = format!("tool-{}", clock().as_nanosecond());
        let tool = servers
            .block_on(AnnotationPlatform::start(&tool_token))
            .context("the tool can't start")?;
        let opentrain = servers
            .block_on(OpenTrain::start())
            .context("the simulated OpenTrain can't start")?;
        let token = opentrain.consent(consent()).token;
        let folder = match &args.folder {
            Some(folder) => folder.clone(),
            None => binary::folder()?,
        };
        Ok(Self {
            tool,
            tool_token,
            opentrain,
            token,
            secret: format!("whsec_{}", clock().as_nanosecond()),
            bridge,
            progress: Progress::start(),
            load: Builder::new_current_thread().enable_all().build()?,
            clock,
            folder: TempDir::with_prefix_in("bench-", &folder).with_context(|| {
                format!("no temporary folder can be made in {}", folder.display())
            })?,
            _servers: servers,
        })
    }

    /// A new empty folder, and a project of the same name in the tool.
    pub(crate) fn stage(&self, name: &str) -> anyhow::Result<PathBuf> {
        self.tool.create_project(name, name);
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// The current time.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        (self.clock)()
    }

    /// The folder of all stages.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Deliveries to `path` about the stage `name`.
    pub(crate) fn requests(&self, path: &'static str, name: &str) -> anyhow::Result<Requests> {
        Requests::new(path, name, &self.secret, self.clock.clone())
    }
}

/// Consent without reading links and contracts. This OpenTrain does not know the hires of the load, so a reconciler
/// that could read would rightly end them.
fn consent() -> ConsentOptions {
    ConsentOptions {
        scopes: vec![Scope::ParticipantsRead],
        ..ConsentOptions::default()
    }
}
