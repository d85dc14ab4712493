//! Executes an order in the command's process, if no bridge runs on the database.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;
use shared::config::{OpenTrainSettings, Reader, policy};
use shared::ledger::Ledger;
use shared::model::clock::{Clock, SystemClock};
use shared::model::progress::Watcher;
use shared::queue::{Limits, Queue, SqliteQueue};
use shared::sqlite::{Database, OpenError};

use super::action::record_in;
use super::enabled;
use super::jobs::Jobs;
use super::order::Order;
use super::socket::beside;
use crate::exit::CliError;
use crate::targets::Target;
use crate::worker::work_off;
use shared::app::ServiceSettings;

/// Executes the order, then processes the messages that it has queued, because no running bridge does. A read-only
/// order opens the database read-only.
pub(super) async fn carry_out(
    target: &Target,
    path: &Path,
    order: &Order,
    watcher: Watcher<'_>,
) -> Result<Value, CliError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    if let Order::Record(_) | Order::Onboard(_) | Order::Enabled { .. } = order {
        return with_ledger(target, path, order, clock).await;
    }
    let mut reader = Reader::new(target.vars());
    let opentrain = OpenTrainSettings::read(&mut reader);
    let services = ServiceSettings::read(&mut reader, tools::settings);
    let (opentrain, services) = reader.finish(opentrain.zip(services))?;
    let database = match order.is_dry() {
        true => Database::open_read_only(path),
        false => Database::open(path),
    };
    let database = database.map_err(|error| CliError::Usage(unopened(path, &error)))?;
    let ledger = Ledger::in_database(&database, Arc::clone(&clock));
    let connections = opentrain.connections(Arc::clone(&clock), Some(Arc::new(ledger.clone())));
    let connections = connections.context("OpenTrain can't be called")?;
    let services = services.connect(&clock, &ledger);
    let services = services.context("the tool can't be called")?;
    let queue = SqliteQueue::new(database.clone(), Arc::clone(&clock), Limits::default());
    if order.leaves_work() {
        queue.take_over().await.context("the queue can't be read")?;
    }
    let queue: Arc<dyn Queue> = Arc::new(queue);
    let jobs = services.jobs;
    let provisioner = services.provisioner(connections, ledger, Arc::clone(&queue), clock);
    let outcome = Jobs::new(provisioner.clone(), &jobs)
        .carry_out(order, &target.actor().await?, watcher)
        .await
        .map_err(CliError::of_order)?;
    if order.leaves_work() {
        work_off(&provisioner, queue.as_ref()).await;
    }
    database.close().await;
    Ok(outcome)
}

/// Records the order, and executes it if it needs the ledger alone. Needs no settings but the database's.
async fn with_ledger(
    target: &Target,
    path: &Path,
    order: &Order,
    clock: Arc<dyn Clock>,
) -> Result<Value, CliError> {
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let policy = reader.finish(policy)?;
    let database = Database::open(path);
    let database = database.map_err(|error| CliError::Usage(unopened(path, &error)))?;
    let ledger = Ledger::in_database(&database, clock).with_audit_days(policy.audit_days);
    record_in(&ledger, order, &target.actor().await?).await?;
    let outcome = match order {
        Order::Onboard(order) => order.carry_out(&ledger).await?,
        Order::Enabled { endpoint } => {
            let ended = enabled::end(&ledger, endpoint).await;
            ended.context("the alert can't be ended")?;
            Value::Null
        }
        _ => Value::Null,
    };
    database.close().await;
    Ok(outcome)
}

fn unopened(path: &Path, error: &OpenError) -> String {
    match error {
        OpenError::InUse { .. } => format!(
            "a bridge runs on {}, but does not answer at {}: read its log, or stop it and repeat the command",
            path.display(),
            beside(path).display()
        ),
        other => other.to_string(),
    }
}
