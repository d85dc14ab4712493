//! Executes orders, for operators and for the schedule.

use std::collections::BTreeSet;

use anyhow::Context;
use futures::FutureExt;
use serde::Serialize;
use serde_json::Value;
use shared::config::JobSettings;
use shared::model::progress::Watcher;
use shared::provision::Provisioner;
use shared::queue::{QueueError, Taking};
use shared::reconcile::{Guard, Outcome, Reconciler, Wish, unlinking};
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

    /// Executes an order, and returns its result as JSON.
    pub async fn carry_out(&self, order: &Order, watcher: Watcher<'_>) -> anyhow::Result<Value> {
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
            Order::DropDead { ids, reason } => {
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
        Ok(self.reconciler.lock().await.run(wish, watcher).await?)
    }

    /// Reports work. Fails only if nothing could be reported.
    pub async fn usage(&self, options: &Options, watcher: Watcher<'_>) -> anyhow::Result<Report> {
        let reporter = self.reporter.lock().await;
        // Boxed, because the future's type is too deeply nested for async callers.
        Ok(reporter.report(options, watcher).boxed().await?)
    }
}

fn value(outcome: &impl Serialize) -> anyhow::Result<Value> {
    serde_json::to_value(outcome).context("the outcome can't be written as JSON")
}
