//! The reconcile function: what OpenTrain says now against what the ledger says. A schedule plans a run; its jobs, one for
//! each connection, are carried out by workers of the same function, which get them from a queue. A run that is one job
//! is carried out at once. A second look is a job that is delayed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::app::function::{Call, Scheduled};
use shared::queue::{Job, JobKind, Jobs, carry_out, hand_out};
use shared::reconcile::{ReconcileJob, Reconciler};
use shared::telemetry::Metric;

/// SQS delays by whole seconds: a job that is due this soon is due.
const SOON: Duration = Duration::from_secs(1);

/// Compares and repairs.
pub struct Reconcile {
    reconciler: Reconciler,
    workers: Arc<dyn Jobs>,
}

impl Reconcile {
    /// For this stack.
    pub fn of(scheduled: &Scheduled) -> Self {
        let reconciler = Reconciler {
            provisioner: scheduled.provisioner.clone(),
            guard: scheduled.settings.guard,
        };
        Self {
            reconciler,
            workers: Arc::clone(&scheduled.workers),
        }
    }

    /// Serves a call of the schedule or of the queue.
    ///
    /// # Errors
    /// When not all was compared and repaired.
    pub async fn serve(&self, call: &Call) -> Result<Value, String> {
        match call {
            Call::Schedule => self.run().await,
            Call::Jobs(jobs) => {
                let work = async |job: &ReconcileJob| self.due(job).await;
                carry_out(&*self.workers, JobKind::Reconcile, jobs, work).await
            }
        }
    }

    /// Reconciles, or has workers do that. A run that is cut off has lost nothing: what is still different is found by
    /// the next one.
    async fn run(&self) -> Result<Value, String> {
        let planned = self.reconciler.plan().await;
        let (jobs, faults) = planned.map_err(|error| error.to_string())?;
        let done = match jobs.as_slice() {
            [job] => self.reconcile(job).await,
            jobs => hand_out(&*self.workers, JobKind::Reconcile, jobs).await,
        };
        match faults.is_empty() {
            true => done,
            false => done.and(Err(faults.join("; "))),
        }
    }

    /// Carries a job out if it is due. SQS delays for a quarter of an hour at most: one that is due later is sent again.
    async fn due(&self, job: &ReconcileJob) -> Result<Value, String> {
        match self.reconciler.left(job) {
            left if left > SOON => self.send_later(job, left).await.map(|()| Value::Null),
            _ => self.reconcile(job).await,
        }
    }

    /// Repairs what differs, and says how much that was. What is seen as missing for the first time gets its second look
    /// in time.
    async fn reconcile(&self, job: &ReconcileJob) -> Result<Value, String> {
        let outcome = self.reconciler.job(job).await;
        let Some(outcome) = outcome.map_err(|error| error.to_string())? else {
            tracing::debug!("another run has done this since");
            return Ok(json!({ "done": true }));
        };
        let repaired = outcome.drift.iter().filter(|it| it.repaired).count();
        Metric::Repaired.add(repaired);
        Metric::Waiting.add(outcome.access.len());
        let look = match job.second_look(&outcome) {
            Some(look) => self.send_later(&look, self.reconciler.left(&look)).await,
            None => Ok(()),
        };
        outcome.all_done()?;
        look?;
        Ok(json!({ "differences": outcome.drift.len(), "repaired": repaired }))
    }

    async fn send_later(&self, job: &ReconcileJob, delay: Duration) -> Result<(), String> {
        let later = Job::new(JobKind::Reconcile, job);
        let sent = self.workers.send_job_later(later, delay).await;
        sent.map_err(|error| {
            format!("a second look could not be scheduled, the next run takes it: {error}")
        })
    }
}
