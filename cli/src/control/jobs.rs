//! Executes orders, for operators and for the schedule.

use std::collections::BTreeSet;

use anyhow::Context;
use futures::FutureExt;
use serde::Serialize;
use serde_json::Value;
use shared::config::JobSettings;
use shared::ledger::AlertKind;
use shared::ledger::audit::Actor;
use shared::model::failure::Failure;
use shared::model::progress::Watcher;
use shared::provision::{EndRequest, Provisioner, SettleRequest};
use shared::queue::{QueueError, Taking};
use shared::reconcile::{Guard, Outcome, Reconciler, Wish, unlinking};
use shared::telemetry::Metric;
use shared::usage::{Options, Report, Reporter};
use tokio::sync::Mutex;

use super::Order;

/// The jobs of a bridge. Two runs of one job never overlap: the second one waits, also if it is another client's.
pub struct Jobs {
    provisioner: Provisioner,
    reconciler: Mutex<Reconciler>,
    reporter: Mutex<Reporter>,
    guard: Guard,
}

impl Jobs {
    pub fn new(provisioner: Provisioner, settings: &JobSettings) -> Self {
        let reporter = provisioner.reporter();
        Self {
            provisioner: provisioner.clone(),
            guard: settings.guard,
            reporter: Mutex::new(reporter),
            reconciler: Mutex::new(Reconciler {
                provisioner,
                guard: settings.guard,
            }),
        }
    }

    /// Records an order with its actor, executes it, and returns its result as JSON. An order about something that is
    /// not known fails before it is recorded: what an operator mistypes can be a name or an address, and no row of the
    /// audit record is ever changed.
    pub async fn carry_out(
        &self,
        order: &Order,
        actor: &Actor,
        watcher: Watcher<'_>,
    ) -> anyhow::Result<Value> {
        self.check(order).await?;
        if let Some(entry) = order.entry(actor) {
            self.provisioner.ledger.record_action(entry).await?;
        }
        self.execute(order, watcher).await
    }

    /// Loads connections that were stored in this process, so that their first delivery is accepted at once.
    pub(crate) async fn reload_connections(&self) {
        if let Err(error) = self.provisioner.connections.all().await {
            tracing::warn!(%error, "a new connection can't be loaded yet; the bridge tries again within 30 s");
        }
    }

    async fn check(&self, order: &Order) -> Result<(), Failure> {
        let provisioner = &self.provisioner;
        match order {
            Order::End(request) if !request.dry_run => {
                let dry_run = true;
                let id = request.id.clone();
                provisioner.end(&EndRequest { id, dry_run }).await?;
            }
            Order::Settle(request) if !request.dry_run => {
                let look = SettleRequest {
                    even_if_member: true,
                    dry_run: true,
                    ..request.clone()
                };
                provisioner.settle(&look).await?;
            }
            Order::Forget { trainer } | Order::Retry { trainer } => {
                provisioner.known(trainer).await?;
            }
            Order::Disconnect { connection } => provisioner.check_connection(connection).await?,
            Order::Reconcile(Wish {
                connection: Some(connection),
                force: true,
                dry_run: false,
                ..
            }) => provisioner.check_connection(connection).await?,
            Order::Usage(Options {
                accept_deletions: Some(project),
                dry_run: false,
                ..
            }) => provisioner.check_project(project).await?,
            _ => {}
        }
        Ok(())
    }

    async fn execute(&self, order: &Order, watcher: Watcher<'_>) -> anyhow::Result<Value> {
        match order {
            Order::Reconcile(wish) => value(&self.reconcile(wish, watcher).await?),
            Order::Usage(options) => value(&self.usage(options, watcher).await?),
            Order::End(request) => value(&self.provisioner.end(request).await?),
            Order::Settle(request) => value(&self.provisioner.settle(request).await?),
            Order::Disconnect { connection } => {
                value(&self.provisioner.disconnect(connection).await?)
            }
            Order::Reconnect {
                connection,
                install,
                organization,
            } => {
                let provisioner = &self.provisioner;
                value(
                    &provisioner
                        .reconnect(connection, install, organization.as_ref())
                        .await?,
                )
            }
            Order::Retry { trainer } => value(&self.provisioner.retry_now(trainer).await?),
            Order::Redrive { ids } => value(&self.take(ids, Taking::Redrive).await?),
            Order::DropDead { ids, reason, .. } => {
                let dropped = self.take(ids, Taking::Drop).await?;
                tracing::warn!(?dropped, reason, "an operator dropped dead letters");
                value(&dropped)
            }
            Order::Unlinking { connection, link } => {
                value(&unlinking(&self.provisioner, self.guard, connection, link).await?)
            }
            Order::Unlink { connection, link } => {
                value(&self.provisioner.unlink(connection, link).await?)
            }
            Order::Forget { trainer } => value(&self.provisioner.forget(trainer).await?),
            Order::Onboard(order) => order.carry_out(&self.provisioner.ledger).await,
            Order::Record(_) => Ok(Value::Null),
        }
    }

    async fn take(
        &self,
        ids: &BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        self.provisioner.queue.take_dead(ids.clone(), taking).await
    }

    /// Compares the ledger with OpenTrain, and repairs it. Fails only if nothing could be compared.
    pub async fn reconcile(&self, wish: &Wish, watcher: Watcher<'_>) -> anyhow::Result<Outcome> {
        let outcome = self.reconciler.lock().await.run(wish, watcher).await?;
        if !outcome.dry_run {
            Metric::Repaired.add(outcome.drift.iter().filter(|it| it.repaired).count());
            Metric::Waiting.add(outcome.access.len());
            if wish.connection.is_none() {
                self.note_reconciled(&outcome).await;
            }
        }
        Ok(outcome)
    }

    /// Reports work. Fails only if nothing could be reported.
    pub async fn usage(&self, options: &Options, watcher: Watcher<'_>) -> anyhow::Result<Report> {
        let reporter = self.reporter.lock().await;
        // Boxed, because the future's type is too deeply nested for async callers.
        let report = reporter.report(options, watcher).boxed().await?;
        if !report.dry_run {
            Metric::UsageEntries.add(report.entries());
            Metric::UsageRefused.add(report.refused.len());
        }
        // A run with a filter does not see all lost days.
        if *options == Options::default() {
            let lost = report
                .lost
                .iter()
                .map(|it| format!("contract {}", it.of.contract));
            self.note_alert(AlertKind::UsageLost, lost.collect(), true)
                .await;
        }
        Ok(report)
    }
}

/// Conditions that need an operator, for [`AlertWatch`](crate::server::AlertWatch).
impl Jobs {
    /// A connection that could not be read may have the conditions of the last run: nothing ends then.
    async fn note_reconciled(&self, outcome: &Outcome) {
        let is_complete = outcome.problems.is_empty();
        let held = outcome.held.iter();
        let held = held.map(|it| format!("connection {}", it.connection));
        let alarms = &outcome.alarms;
        let disabled = alarms.disabled.iter();
        let disabled = disabled.map(|it| format!("webhook endpoint {it}"));
        let orphaned = alarms.orphaned.iter();
        let orphaned = orphaned.map(|(trainer, project)| format!("{trainer} in project {project}"));
        for (kind, found) in [
            (AlertKind::RemovalsHeld, held.collect()),
            (AlertKind::EndpointDisabled, disabled.collect()),
            (AlertKind::OrphanedAccess, orphaned.collect()),
        ] {
            self.note_alert(kind, found, is_complete).await;
        }
    }

    async fn note_alert(&self, kind: AlertKind, found: BTreeSet<String>, is_complete: bool) {
        let ledger = &self.provisioner.ledger;
        if let Err(error) = ledger.note_alert(kind, found, is_complete).await {
            tracing::warn!(alert = kind.name(), %error, "an alert could not be recorded; the next run does");
        }
    }
}

fn value(outcome: &impl Serialize) -> anyhow::Result<Value> {
    serde_json::to_value(outcome).context("the outcome can't be written as JSON")
}
