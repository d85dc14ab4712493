//! Looks for what needs an operator, and posts it to `ALERT_WEBHOOK_URL`.
//!
//! Reconciles and usage runs record what they find themselves: [`Jobs`](crate::control::Jobs).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use shared::config::Schedule;
use shared::ledger::{AlertKind, Ledger};
use shared::model::clock::Clock;
use shared::model::failure::{Cause, Failure};
use shared::notice::{Alerts, Webhook};
use shared::queue::Queue;
use tokio::sync::watch;

use super::Server;
use crate::status::PERIODS;

/// Interval of looks, and of retries of posts.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Maximum number of dead letters that are looked at.
const MOST_DEAD: usize = 10_000;

/// Looks for conditions of a machine.
pub struct AlertWatch {
    ledger: Ledger,
    queue: Arc<dyn Queue>,
    alerts: Alerts,
    clock: Arc<dyn Clock>,
    schedule: Schedule,
}

impl AlertWatch {
    /// Posts to `webhook`. A job without a period is not expected to run.
    pub fn of(
        machine: &Server,
        webhook: Webhook,
        clock: Arc<dyn Clock>,
        schedule: Schedule,
    ) -> Self {
        let ledger = machine.ledger().clone();
        Self {
            queue: Arc::clone(machine.queue()),
            alerts: Alerts::new(ledger.clone(), webhook, Arc::clone(&clock)),
            ledger,
            clock,
            schedule,
        }
    }

    /// Looks once, and posts what has changed. Fails if the database can't be read or written.
    pub async fn look(&self) -> Result<(), Failure> {
        let dead = self.queue.dead_letter_ids(MOST_DEAD).await?;
        let is_more = dead.len() >= MOST_DEAD;
        let dead = dead.iter().map(|id| format!("message {id}")).collect();
        self.ledger
            .note_alert(AlertKind::DeadLetter, dead, |_| is_more)
            .await?;
        self.note_operator_needed().await?;
        let Schedule {
            reconcile_every,
            usage_every,
        } = self.schedule;
        let reconciles = self.late(AlertKind::ReconcileLate, "reconciles", reconcile_every);
        let usage = self.late(AlertKind::UsageLate, "usage reports", usage_every);
        for (kind, found) in [
            (AlertKind::ReconcileLate, reconciles.await?),
            (AlertKind::UsageLate, usage.await?),
        ] {
            self.ledger.note_alert(kind, found, |_| false).await?;
        }
        Ok(self.alerts.post_changes().await?)
    }

    /// Looks every minute until `stopped` is true. A stop waits for the look, because a post that is not recorded would
    /// be repeated.
    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        loop {
            match self.look().await {
                Ok(()) => tracing::debug!("alerts were looked for"),
                Err(failure) => {
                    tracing::warn!(reason = %failure, "alerts could not be looked for; retried in a minute");
                }
            }
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// A transient failure does not end the alert of an earlier failure that needed an operator: the access still
    /// waits.
    async fn note_operator_needed(&self) -> Result<(), Failure> {
        let documents = self.ledger.trainers().await?;
        let (mut found, mut waiting) = (BTreeSet::new(), BTreeSet::new());
        for (id, trainer) in &documents.trainers {
            for access in trainer.access.values() {
                let Some(trouble) = &access.trouble else {
                    continue;
                };
                let id = format!("{id} in project {}", access.project);
                match trouble.cause {
                    Cause::Transient => waiting.insert(id),
                    Cause::Operator | Cause::Wrong => found.insert(id),
                };
            }
        }
        let unreadable = documents.unreadable.keys();
        found.extend(unreadable.map(|id| format!("{id}, whose document can't be read")));
        let is_waiting = |id: &str| waiting.contains(id);
        let noted = self
            .ledger
            .note_alert(AlertKind::OperatorNeeded, found, is_waiting);
        Ok(noted.await?)
    }

    /// Returns `what` if no run of a job with this period was complete for three periods.
    /// [`Jobs`](crate::control::Jobs) records complete runs.
    async fn late(
        &self,
        kind: AlertKind,
        what: &str,
        every: Option<Duration>,
    ) -> Result<BTreeSet<String>, Failure> {
        let Some(every) = every else {
            return Ok(BTreeSet::new());
        };
        let now = self.clock.now();
        let good_at = self.ledger.alert_good_at(kind, None, now).await?;
        let age = Duration::try_from(now.duration_since(good_at)).unwrap_or_default();
        let is_late = age > every * PERIODS;
        Ok(is_late.then(|| what.to_owned()).into_iter().collect())
    }
}
