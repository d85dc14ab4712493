//! `bridge serve`: the bridge for real use, on one machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use shared::clock::{Clock, SystemClock};
use shared::config::{
    Faults, OpenTrainSettings, Reader, ToolSettings, Vars, database, listen, policy,
};
use shared::connection::Connection;
use shared::provision::{Delays, Policy};
use shared::queue::Limits;
use shared::sqlite::Database;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Failed;
use crate::machine::{Machine, Parts};

/// The settings of `bridge serve`.
struct Settings {
    listen: SocketAddr,
    database: PathBuf,
    opentrain: OpenTrainSettings,
    tool: ToolSettings,
    policy: Policy,
}

impl Settings {
    fn read(vars: &Vars) -> Result<Self, Faults> {
        let mut reader = Reader::new(vars);
        let opentrain = OpenTrainSettings::read(&mut reader);
        let tool = ToolSettings::read(&mut reader);
        let policy = policy(&mut reader);
        let listen = listen(&mut reader);
        let database = database(&mut reader);
        let all = || {
            Some(Self {
                listen: listen?,
                database: database?,
                opentrain: opentrain?,
                tool: tool?,
                policy: policy?,
            })
        };
        let all = all();
        reader.finish(all)
    }
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// Settings that are wrong, a database or an address that can't be used.
pub async fn run(vars: &Vars) -> Result<(), Failed> {
    let settings = Settings::read(vars)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database =
        Database::open(&settings.database).map_err(|error| Failed::Misused(error.to_string()))?;
    let connection = settings
        .opentrain
        .connection(Arc::clone(&clock))
        .context("OpenTrain can't be called")?;
    let tool = settings
        .tool
        .tool(Arc::clone(&clock))
        .context("the tool can't be called")?;
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "can't listen on {}: is another bridge running? Set BRIDGE_LISTEN to a free address",
            settings.listen
        )
    })?;
    let machine = Machine::start(Parts {
        listener,
        database,
        connections: [connection.clone()].into_iter().collect(),
        tool,
        policy: settings.policy,
        clock: Arc::clone(&clock),
        limits: Limits::default(),
        delays: Delays::default(),
    })
    .await?;
    tracing::info!(address = %machine.address(), database = %settings.database.display(), "the bridge is up; deliveries go to POST /hooks/default");
    let greeting = tokio::spawn(greet(connection, machine.ledger().clone(), clock));
    until_told_to_stop().await?;
    tracing::info!("stopping: work under way is finished first");
    greeting.abort();
    machine.stop().await;
    Ok(())
}

/// Asks OpenTrain who we are, so that a wrong token shows now and not at the first hire, and so that a
/// reconnected install counts as active again.
async fn greet(connection: Connection, ledger: shared::ledger::Ledger, clock: Arc<dyn Clock>) {
    let install = match connection.platform.install().await {
        Ok(install) => install,
        Err(error) => {
            return tracing::warn!(%error, "OpenTrain could not be asked about the install; deliveries are taken all the same");
        }
    };
    let now = clock.now();
    tracing::info!(connection = %connection.name, install.id = %install.id, status = ?install.status, "connected to OpenTrain");
    let seen = |_| Some(shared::ledger::Install::seen(&install, now));
    if let Err(error) = ledger.update_install(&connection.name, seen).await {
        tracing::warn!(%error, "the install could not be noted");
    }
}

async fn until_told_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be listened for")?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C can't be listened for")?,
    }
    Ok(())
}
