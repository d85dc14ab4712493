//! The usage function: reports work, and retries notices.
//!
//! A call of the schedule plans a run. It executes a single job itself, and queues several jobs for other invocations of
//! this function.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::app::function::{Call, Scheduled};
use shared::connection::Connections;
use shared::model::progress::unwatched;
use shared::notice::Notices;
use shared::queue::{JobKind, Jobs, carry_out, hand_out};
use shared::telemetry::Metric;
use shared::usage::{Options, Reporter, UsageJob};

pub struct UsageReport {
    reporter: Reporter,
    notices: Notices,
    connections: Connections,
    workers: Arc<dyn Jobs>,
}

impl UsageReport {
    pub fn of(scheduled: &Scheduled) -> Self {
        let provisioner = &scheduled.provisioner;
        Self {
            reporter: provisioner.reporter(),
            notices: provisioner.notices.clone(),
            connections: provisioner.connections.clone(),
            workers: Arc::clone(&scheduled.workers),
        }
    }

    /// Serves a call of the schedule or of the queue. Fails unless all work was reported.
    pub async fn serve(&self, call: &Call) -> Result<Value, String> {
        match call {
            Call::Schedule => self.run().await,
            Call::Jobs(jobs) => {
                let work = async |job: &UsageJob| self.report(job).await;
                carry_out(&*self.workers, JobKind::Usage, jobs, work).await
            }
        }
    }

    /// Executes a single job, or queues several. An interrupted run loses nothing: each entry is recorded when OpenTrain
    /// accepts it.
    async fn run(&self) -> Result<Value, String> {
        let planned = self.reporter.plan(&Options::default()).await;
        let planned = planned.map_err(|error| error.to_string())?;
        let done = match planned.as_slice() {
            [] => Ok(json!({ "entries": 0 })),
            [job] => self.report(job).await,
            jobs => hand_out(&*self.workers, JobKind::Usage, jobs).await,
        };
        let shown = self.notices.catch_up_all(&self.connections).await;
        shown.map_err(|failure| failure.to_string())?;
        done
    }

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
