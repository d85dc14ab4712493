//! The reconcile function: what OpenTrain says now against what the ledger says.

use serde_json::{Value, json};
use shared::aws::function::Scheduled;
use shared::progress::unwatched;
use shared::reconcile::{Reconciler, Wish};
use shared::telemetry::Metric;

/// Compares and repairs.
pub struct Reconcile {
    reconciler: Reconciler,
}

impl Reconcile {
    /// For this stack.
    pub fn of(scheduled: &Scheduled) -> Self {
        let reconciler = Reconciler {
            provisioner: scheduled.provisioner.clone(),
            guard: scheduled.settings.guard,
        };
        Self { reconciler }
    }

    /// Repairs what differs, and says how much that was. A run that is cut off has lost nothing: what is
    /// still different is found by the next one.
    ///
    /// # Errors
    /// When not all was compared and repaired.
    pub async fn run(&self) -> Result<Value, String> {
        let outcome = self.reconciler.run(&Wish::scheduled(), &unwatched).await;
        let outcome = outcome.map_err(|error| error.to_string())?;
        let repaired = outcome.drift.iter().filter(|it| it.repaired).count();
        Metric::Repaired.add(repaired);
        Metric::Waiting.add(outcome.access.len());
        outcome.all_done()?;
        Ok(json!({ "differences": outcome.drift.len(), "repaired": repaired }))
    }
}
