//! The reconcile function: compares the ledger with OpenTrain, and repairs it.
//!
//! A call of the schedule plans a run, with one job for each connection. It executes a single job itself, and queues
//! several jobs for other invocations of this function. A second look is a delayed job.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::app::function::{Call, Scheduled};
use shared::queue::{Job, JobKind, Jobs, carry_out, hand_out};
use shared::reconcile::{ReconcileJob, Reconciler};
use shared::telemetry::Metric;

/// A job that is due within this time is executed, because SQS delays by whole seconds.
const SOON: Duration = Duration::from_secs(1);

pub struct Reconcile {
    reconciler: Reconciler,
    workers: Arc<dyn Jobs>,
}

impl Reconcile {
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

    /// Serves a call of the schedule or of the queue. Fails unless everything was compared and repaired.
    pub async fn serve(&self, call: &Call) -> Result<Value, String> {
        match call {
            Call::Schedule => self.run().await,
            Call::Jobs(jobs) => {
                let work = async |job: &ReconcileJob| self.due(job).await;
                carry_out(&*self.workers, JobKind::Reconcile, jobs, work).await
            }
        }
    }

    /// Executes a single job, or queues several. An interrupted run loses nothing: the next one finds the remaining
    /// differences.
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

    /// Executes a job if it is due, and otherwise sends it again, because SQS delays by at most 15 minutes.
    async fn due(&self, job: &ReconcileJob) -> Result<Value, String> {
        match self.reconciler.left(job) {
            left if left > SOON => self.send_later(job, left).await.map(|()| Value::Null),
            _ => self.reconcile(job).await,
        }
    }

    /// Executes a job, and counts the repairs. Schedules the second look at contracts and links that are missing for the
    /// first time.
    async fn reconcile(&self, job: &ReconcileJob) -> Result<Value, String> {
        let outcome = self.reconciler.job(job).await;
        let Some(outcome) = outcome.map_err(|error| error.to_string())? else {
            tracing::debug!("another run has already done this job");
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
            format!("the second look could not be scheduled; the next run takes it: {error}")
        })
    }
}
