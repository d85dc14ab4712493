//! Executes an order in the command's process, on a stack.
//!
//! The ledger's writes are conditional, so no lock is needed. The provisioner function processes the messages that an
//! order queues.

use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;
use shared::app::ServiceSettings;
use shared::config::{Reader, policy};
use shared::model::clock::{Clock, SystemClock};
use shared::model::progress::Watcher;

use super::action::record_in;
use super::jobs::Jobs;
use super::order::Order;
use crate::exit::CliError;
use crate::targets::{Stack, Target};

pub(super) async fn carry_out(
    target: &Target,
    stack: &Stack,
    order: &Order,
    watcher: Watcher<'_>,
) -> Result<Value, CliError> {
    // A stack has CloudWatch's alarms.
    if let Order::Enabled { .. } = order {
        return Ok(Value::Null);
    }
    if let Order::Record(_) = order {
        return record(target, stack, order).await;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut reader = Reader::new(target.vars());
    let opentrain = target.opentrain(&mut reader);
    let services = ServiceSettings::read(&mut reader, tools::settings);
    let (opentrain, services) = reader.finish(opentrain.zip(services))?;
    let ledger = stack.ledger();
    let connections = opentrain.connections(Arc::clone(&clock), Some(Arc::new(ledger.clone())));
    let connections = connections.context("OpenTrain can't be called")?;
    let served = connections
        .all()
        .await
        .map_err(|it| CliError::Usage(it.to_string()))?;
    if served.is_empty() {
        return Err(CliError::Usage(format!(
            "no connection of the stack has a token: run `bridge connect{}`",
            target.flag()
        )));
    }
    let services = services.connect(&clock, &ledger);
    let services = services.context("the tool can't be called")?;
    let jobs = services.jobs;
    let queue = stack.queue().await?;
    let provisioner = services.provisioner(connections, ledger, queue, clock);
    Jobs::new(provisioner, &jobs)
        .carry_out(order, &target.actor().await?, watcher)
        .await
        .map_err(CliError::of_order)
}

/// Records an action. Needs no settings of the tool.
async fn record(target: &Target, stack: &Stack, order: &Order) -> Result<Value, CliError> {
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let policy = reader.finish(policy)?;
    let ledger = stack.ledger().with_audit_days(policy.audit_days);
    record_in(&ledger, order, &target.actor().await?).await?;
    Ok(Value::Null)
}
