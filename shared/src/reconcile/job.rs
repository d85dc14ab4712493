//! The parts of a scheduled reconcile that workers of a stack process concurrently, and second looks.
//!
//! A job may be delivered more than once and in any order. It does nothing if a run has begun since the job was due.
//! Two runs of one connection at the same time only cost calls, because every write is conditional.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Outcome, Reconciler, Wish};
use crate::connection::Listed;
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::progress::unwatched;

/// A part of a scheduled reconcile, or a second look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReconcileJob {
    /// The connection; `None` for all connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// Time at which the job is due.
    pub due: Timestamp,
}

impl ReconcileJob {
    /// The job of the second look that a run of this job needs.
    pub fn second_look(&self, outcome: &Outcome) -> Option<Self> {
        Some(Self {
            connection: self.connection.clone(),
            due: outcome.look_again_at?,
        })
    }
}

impl Reconciler {
    /// The jobs of a run, one for each readable connection, and the faults of the others.
    ///
    /// # Errors
    /// If the list of connections can't be read.
    pub async fn plan(&self) -> Result<(Vec<ReconcileJob>, Vec<String>), Failure> {
        let due = self.provisioner.clock.now();
        let Listed {
            connections,
            faults,
        } = self.connections(&Wish::scheduled()).await?;
        if connections.len() < 2 {
            let all = ReconcileJob {
                connection: None,
                due,
            };
            return Ok((vec![all], faults));
        }
        let job = |connection: &ConnectionName| ReconcileJob {
            connection: Some(connection.clone()),
            due,
        };
        let jobs = connections.iter().map(|it| job(&it.name)).collect();
        Ok((jobs, faults))
    }

    /// Time until a job is due.
    pub fn left(&self, job: &ReconcileJob) -> Duration {
        let left = job.due.duration_since(self.provisioner.clock.now());
        Duration::try_from(left).unwrap_or_default()
    }

    /// Runs a job. `None` if a run has begun since the job was due.
    ///
    /// # Errors
    /// The errors of [`run`](Self::run).
    pub async fn job(&self, job: &ReconcileJob) -> Result<Option<Outcome>, Failure> {
        let connection = job.connection.as_ref();
        let ledger = &self.provisioner.ledger;
        if ledger.is_reconciled_since(connection, job.due).await? {
            return Ok(None);
        }
        let wish = Wish {
            connection: connection.cloned(),
            ..Wish::scheduled()
        };
        self.run(&wish, &unwatched).await.map(Some)
    }
}
