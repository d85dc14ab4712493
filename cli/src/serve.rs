//! `bridge serve`: runs the bridge on one machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use futures::future::join_all;
use shared::config::{JobSettings, OpenTrainSettings, Vars};
use shared::connection::{Connection, Connections};
use shared::ledger::{Install, Ledger};
use shared::model::clock::{Clock, SystemClock};
use shared::provision::{Delays, merge};
use shared::queue::Limits;
use shared::reconcile::foreign;
use shared::sqlite::Database;
use shared::telemetry::PrometheusMetrics;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::exit::CliError;
use crate::server::{Server, ServerParts, listen, raise_open_files};
use crate::settings::ServeSettings;
use crate::setup::projects::record_at_start;
use crate::targets::Target;

/// Maximum time that the start waits for OpenTrain.
const ASSIGN_WITHIN: Duration = Duration::from_secs(5);

/// Retry interval after that.
const ASSIGN_AGAIN: Duration = Duration::from_secs(60);

/// Runs until SIGTERM or Ctrl-C. Fails if a setting is invalid, or if the database or the address can't be used.
///
/// `counters` sum up the metrics that `ADMIN_LISTEN` serves.
pub async fn run(vars: &Vars, counters: PrometheusMetrics) -> Result<(), CliError> {
    Target::machine_only("serve", vars)?;
    let settings = ServeSettings::read(vars)?;
    raise_open_files();
    // Registered first, so that a SIGTERM during the start also stops the bridge.
    let terminate = signal(SignalKind::terminate()).context("can't listen for SIGTERM")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database = Database::open(&settings.database);
    let database = database.map_err(|error| CliError::Usage(error.to_string()))?;
    let ledger = Ledger::in_database(&database, Arc::clone(&clock));
    let connections = settings
        .opentrain
        .connections(Arc::clone(&clock), Some(Arc::new(ledger.clone())));
    let connections = connections.context("OpenTrain can't be called")?;
    let observed = settings.observed();
    let is_assigned = assign_projects(&settings.opentrain, &ledger).await?;
    let services = settings.services.connect(&clock, &ledger);
    let services = services.context("the tool can't be called")?;
    let (listener, admin) = listeners(settings.listen, settings.admin)?;
    let mut machine = Server::start(ServerParts {
        listener,
        database: database.clone(),
        connections: connections.clone(),
        tool: services.tool,
        policy: services.policy,
        clock: Arc::clone(&clock),
        limits: Limits::default(),
        delays: Delays::default(),
        notices: services.notices,
        mail: services.mail,
        services: observed,
        jobs: JobSettings {
            schedule: settings.schedule,
            ..services.jobs
        },
        target: Some(Target::of(vars).await?),
    })
    .await?;
    log_settings(vars);
    if let Some(listener) = admin {
        administer(&mut machine, listener, counters)?;
    }
    if let Some(webhook) = settings.alerts {
        machine.alert(webhook, Arc::clone(&clock), settings.schedule);
    }
    tracing::info!(address = %machine.address(), database = %settings.database.display(), "the bridge is up; it receives deliveries at POST /hooks/NAME, where NAME is the connection");
    let mut beside = JoinSet::new();
    beside.spawn(greet(connections, machine.ledger().clone(), clock));
    if !is_assigned {
        beside.spawn(assign_later(settings.opentrain, ledger));
    }
    until_told_to_stop(terminate).await?;
    stop(machine, beside, database).await;
    Ok(())
}

async fn stop(machine: Server, mut beside: JoinSet<()>, database: Database) {
    tracing::info!("stopping after the work in progress");
    beside.abort_all();
    machine.stop().await;
    database.close().await;
}

/// Serves metrics and health.
fn administer(
    machine: &mut Server,
    listener: TcpListener,
    counters: PrometheusMetrics,
) -> anyhow::Result<()> {
    let address = listener
        .local_addr()
        .context("ADMIN_LISTEN can't be read")?;
    tracing::info!(%address, "metrics and health are at GET /metrics, /healthz and /readyz (ADMIN_LISTEN)");
    machine.administer(listener, counters);
    Ok(())
}

/// The address of the bridge, and that of its metrics and health.
fn listeners(
    listen: SocketAddr,
    admin: Option<SocketAddr>,
) -> anyhow::Result<(TcpListener, Option<TcpListener>)> {
    let listener = bind(listen, "BRIDGE_LISTEN")?;
    let admin = admin.map(|it| bind(it, "ADMIN_LISTEN"));
    Ok((listener, admin.transpose()?))
}

fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    listen(address).with_context(|| {
        format!(
            "can't listen on {address}: is another bridge running? Set {setting} to a free address"
        )
    })
}

fn log_settings(vars: &Vars) {
    for note in vars.notes() {
        tracing::info!(note, "a setting was read from a file");
    }
    for variable in vars.unknown() {
        tracing::warn!(
            variable,
            "not a setting of the bridge: it is ignored; docs/settings.md lists all settings"
        );
    }
}

/// Refuses a token of another organisation, and records the organisation of each project. Returns whether that is done:
/// the bridge must also start while OpenTrain does not answer, because it receives deliveries.
async fn assign_projects(opentrain: &OpenTrainSettings, ledger: &Ledger) -> Result<bool, CliError> {
    let recorded = timeout(ASSIGN_WITHIN, record_at_start(opentrain, ledger)).await;
    let error = match recorded {
        Ok(Ok(())) => return Ok(true),
        Ok(Err(CliError::Usage(reason))) => return Err(CliError::Usage(reason)),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "OpenTrain did not answer in time".to_owned(),
    };
    tracing::error!(%error, "the organisations of the projects can't be recorded yet. Retried every minute; until then no access is granted if several organisations are served (`bridge projects`)");
    Ok(false)
}

/// Retries until OpenTrain answers.
async fn assign_later(opentrain: OpenTrainSettings, ledger: Ledger) {
    let mut tries = tokio::time::interval(ASSIGN_AGAIN);
    tries.tick().await;
    loop {
        tries.tick().await;
        match record_at_start(&opentrain, &ledger).await {
            Ok(()) => {
                return tracing::info!("the organisations of the connections are recorded now");
            }
            Err(CliError::Usage(reason)) => {
                return tracing::error!(
                    reason,
                    "the organisations of the connections can't be recorded"
                );
            }
            Err(error) => {
                tracing::debug!(%error, "the organisations of the connections can't be recorded yet")
            }
        }
    }
}

/// Reads the install of each connection, so that an invalid token is logged before the first hire, and a reconnected
/// install is active again.
async fn greet(connections: Connections, ledger: Ledger, clock: Arc<dyn Clock>) {
    match connections.all().await {
        Ok(all) => drop(join_all(all.iter().map(|it| greet_one(it, &ledger, &*clock))).await),
        Err(error) => tracing::warn!(%error, "the connections can't be listed"),
    }
}

async fn greet_one(connection: &Connection, ledger: &Ledger, clock: &dyn Clock) {
    let known = ledger.install(&connection.name).await;
    if known.is_ok_and(|it| it.is_some_and(|it| it.disconnected)) {
        return tracing::info!(connection = %connection.name, "disconnected by an operator: OpenTrain is not called until `bridge connect`");
    }
    if connection.secrets.is_empty() {
        tracing::warn!(connection = %connection.name, "there is no webhook secret: deliveries are refused until `bridge subscribe` has created an endpoint");
    }
    let asked_at = clock.now();
    let install = match connection.platform.install().await {
        Ok(install) => install,
        Err(error) => {
            return tracing::warn!(connection = %connection.name, %error, "the install could not be read from OpenTrain; deliveries are received anyway");
        }
    };
    let now = clock.now();
    let is_foreign = Mutex::new(None);
    let seen = |old: Option<Install>| {
        let organization = old.as_ref().and_then(|old| old.organization.as_ref());
        let reason = foreign(organization, &install, &connection.name);
        let of_another = reason.is_some();
        *is_foreign.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        match old {
            Some(old) if of_another => refused(old),
            // Only `bridge connect` reverts an operator's disconnect.
            Some(old) if old.disconnected => None,
            old => merge::install(old, &install, asked_at, now),
        }
    };
    let noted = ledger.update_install(&connection.name, seen).await;
    let is_foreign = is_foreign.into_inner();
    if let Some(reason) = is_foreign.unwrap_or_else(PoisonError::into_inner) {
        return tracing::error!(connection = %connection.name, reason);
    }
    match noted {
        Ok(_) => {
            tracing::info!(connection = %connection.name, install.id = %install.id, status = ?install.status, "connected to OpenTrain");
        }
        Err(error) => tracing::warn!(%error, "the install could not be recorded"),
    }
}

/// Marks the install, because its token belongs to another organisation. Returns `None` if it is already marked.
fn refused(old: Install) -> Option<Install> {
    let refused = Install {
        refused: true,
        ..old.clone()
    };
    (refused != old).then_some(refused)
}

/// Waits for SIGTERM or Ctrl-C.
pub(crate) async fn until_told_to_stop(mut terminate: Signal) -> anyhow::Result<()> {
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C can't be listened for")?,
    }
    Ok(())
}
