//! The usage function: the work of the last days goes from the tool to OpenTrain, and notices are caught
//! up with.

use serde_json::{Value, json};
use shared::aws::function::Scheduled;
use shared::connection::Connections;
use shared::notice::Notices;
use shared::progress::unwatched;
use shared::telemetry::Metric;
use shared::usage::{Options, Reporter};

/// Reports work.
pub struct UsageReport {
    reporter: Reporter,
    notices: Notices,
    connections: Connections,
}

impl UsageReport {
    /// For this stack.
    pub fn of(scheduled: &Scheduled) -> Self {
        let provisioner = &scheduled.provisioner;
        Self {
            reporter: Reporter::of(provisioner),
            notices: provisioner.notices.clone(),
            connections: provisioner.connections.clone(),
        }
    }

    /// Reports what has changed, and says how much that was. A run that is cut off has lost nothing: what
    /// OpenTrain has accepted is noted entry by entry.
    ///
    /// # Errors
    /// When OpenTrain does not have all of it now, or a notice could not be shown.
    pub async fn run(&self) -> Result<Value, String> {
        let report = self.reporter.report(&Options::default(), &unwatched).await;
        let report = report.map_err(|error| error.to_string())?;
        Metric::UsageEntries.add(report.entries());
        Metric::UsageRefused.add(report.refused.len());
        let shown = self.notices.catch_up_all(&self.connections).await;
        report.all_done()?;
        shown.map_err(|failure| failure.to_string())?;
        Ok(json!({ "entries": report.entries(), "unchanged": report.unchanged }))
    }
}
