//! Looks for what needs an operator, and posts it to `ALERT_WEBHOOK_URL`.
//!
//! Reconciles and usage runs record what they find themselves: [`Jobs`](crate::control::Jobs).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use shared::ledger::{AlertKind, Ledger};
use shared::model::clock::Clock;
use shared::model::failure::{Cause, Failure};
use shared::notice::{Alerts, Webhook};
use shared::queue::Queue;
use tokio::sync::watch;

use super::Server;
use crate::status::LastSweep;

/// Interval of looks, and of retries of posts.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Maximum number of dead letters that are named.
const MOST_DEAD: usize = 50;

/// Number of periods without a complete usage run that raise an alert.
const PERIODS: u32 = 3;

/// Looks for conditions of a machine.
pub struct AlertWatch {
    ledger: Ledger,
    queue: Arc<dyn Queue>,
    alerts: Alerts,
    clock: Arc<dyn Clock>,
    usage_every: Duration,
}

impl AlertWatch {
    /// Posts to `webhook`. Usage runs are expected every `usage_every`.
    pub fn of(
        machine: &Server,
        webhook: Webhook,
        clock: Arc<dyn Clock>,
        usage_every: Duration,
    ) -> Self {
        let ledger = machine.ledger().clone();
        Self {
            queue: Arc::clone(machine.queue()),
            alerts: Alerts::new(ledger.clone(), webhook, Arc::clone(&clock)),
            ledger,
            clock,
            usage_every,
        }
    }

    /// Looks once, and posts what has changed. Fails if the database can't be read or written.
    pub async fn look(&self) -> Result<(), Failure> {
        let dead = self.queue.dead_letters(MOST_DEAD).await?;
        let dead = dead.iter().map(|it| format!("message {}", it.message_id));
        for (kind, found) in [
            (AlertKind::OperatorNeeded, self.operator_needed().await?),
            (AlertKind::DeadLetter, dead.collect()),
            (AlertKind::UsageLate, self.usage_late().await?),
        ] {
            self.ledger.note_alert(kind, found, true).await?;
        }
        Ok(self.alerts.post_changes().await?)
    }

    /// Looks every minute until `stopped` is true. A stop waits for the look, because a post that is not recorded would
    /// be repeated.
    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        loop {
            if let Err(failure) = self.look().await {
                tracing::warn!(reason = %failure, "alerts could not be looked for; retried in a minute");
            }
            tracing::debug!("alerts were looked for");
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    async fn operator_needed(&self) -> Result<BTreeSet<String>, Failure> {
        let documents = self.ledger.trainers().await?;
        let mut found = BTreeSet::new();
        for (id, trainer) in &documents.trainers {
            let waits = trainer.access.values().filter(|it| {
                let trouble = it.trouble.as_ref();
                trouble.is_some_and(|it| it.cause != Cause::Transient)
            });
            found.extend(waits.map(|it| format!("{id} in project {}", it.project)));
        }
        let unreadable = documents.unreadable.keys();
        found.extend(unreadable.map(|id| format!("{id}, whose document can't be read")));
        Ok(found)
    }

    async fn usage_late(&self) -> Result<BTreeSet<String>, Failure> {
        let now = self.clock.now();
        let complete_at = match LastSweep::read(&self.ledger).await? {
            Some(sweep) if sweep.left > 0 => None,
            Some(sweep) => Some(sweep.started_at),
            None => Some(now),
        };
        let kind = AlertKind::UsageLate;
        let good_at = self.ledger.alert_good_at(kind, complete_at, now).await?;
        let age = Duration::try_from(now.duration_since(good_at)).unwrap_or_default();
        let is_late = age > self.usage_every * PERIODS;
        Ok(is_late
            .then(|| "usage reports".to_owned())
            .into_iter()
            .collect())
    }
}
