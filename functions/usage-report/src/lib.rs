//! The usage function. A schedule plans a run and catches up with notices; the jobs of a run are carried out by workers of
//! the same function, which get them from a queue. A run that is one job is carried out at once.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::aws::function::{Call, Scheduled};
use shared::connection::Connections;
use shared::notice::Notices;
use shared::progress::unwatched;
use shared::queue::{Job, JobKind, JobRecord, Jobs};
use shared::telemetry::Metric;
use shared::usage::{Options, Reporter, UsageJob};

/// Reports work.
pub struct UsageReport {
    reporter: Reporter,
    notices: Notices,
    connections: Connections,
    workers: Arc<dyn Jobs>,
}

impl UsageReport {
    /// For this stack.
    pub fn of(scheduled: &Scheduled) -> Self {
        let provisioner = &scheduled.provisioner;
        Self {
            reporter: Reporter::of(provisioner),
            notices: provisioner.notices.clone(),
            connections: provisioner.connections.clone(),
            workers: Arc::clone(&scheduled.workers),
        }
    }

    /// Serves a call of the schedule or of the queue.
    ///
    /// # Errors
    /// When not all was done.
    pub async fn serve(&self, call: &Call) -> Result<Value, String> {
        match call {
            Call::Schedule => self.run().await,
            Call::Jobs(jobs) => self.work(jobs).await,
        }
    }

    /// Reports what has changed, or has workers do that. A run that is cut off has lost nothing: what OpenTrain has
    /// accepted is noted entry by entry.
    async fn run(&self) -> Result<Value, String> {
        let planned = self.reporter.plan(&Options::default()).await;
        let planned = planned.map_err(|error| error.to_string())?;
        let done = match planned.as_slice() {
            [] => Ok(json!({ "entries": 0 })),
            [job] => self.report(job).await,
            jobs => self.send(jobs).await,
        };
        let shown = self.notices.catch_up_all(&self.connections).await;
        shown.map_err(|failure| failure.to_string())?;
        done
    }

    async fn send(&self, jobs: &[UsageJob]) -> Result<Value, String> {
        let sent = jobs.iter().map(|job| Job::new(JobKind::Usage, job));
        let sent = self.workers.send_jobs(sent.collect()).await;
        sent.map_err(|error| format!("not all jobs of the run could be sent: {error}"))?;
        tracing::info!(jobs = jobs.len(), "the run was cut into jobs");
        Ok(json!({ "jobs": jobs.len() }))
    }

    /// Carries out jobs. What one leaves undone is planned again by the next run, so it is not redelivered; one that
    /// ends the process is, and becomes a dead letter.
    async fn work(&self, jobs: &[JobRecord]) -> Result<Value, String> {
        let mut left = Vec::new();
        for record in jobs {
            let job = Job::decode(JobKind::Usage, &record.text);
            match job {
                Ok(job) => left.extend(self.report(&job).await.err()),
                Err(error) => {
                    left.push(format!("the job {} is left: {error}", record.message_id));
                    continue;
                }
            }
            if let Err(error) = self.workers.finish(record).await {
                tracing::warn!(message.id = %record.message_id, %error, "a job is carried out once more");
            }
        }
        match left.is_empty() {
            true => Ok(json!({ "batchItemFailures": [] })),
            false => Err(left.join("; ")),
        }
    }

    /// Carries out a job.
    async fn report(&self, job: &UsageJob) -> Result<Value, String> {
        let report = self
            .reporter
            .job(job, &Options::default(), &unwatched)
            .await;
        let report = report.map_err(|error| error.to_string())?;
        Metric::UsageEntries.add(report.entries());
        Metric::UsageRefused.add(report.refused.len());
        report.all_done()?;
        Ok(json!({ "entries": report.entries(), "unchanged": report.unchanged }))
    }
}
