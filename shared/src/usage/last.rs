//! The last read before access goes: some tools forget the totals of people who have left.

use std::collections::BTreeMap;
use std::time::Duration;

use super::run::Run;
use super::{Options, Report, Reporter, UsageError};
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::{Environment, Trainer};
use crate::progress::unwatched;

/// How long it may take. A removal never waits on reporting for longer: a leaver who keeps access is worse
/// than work that is reported an hour later, and what isn't done in time is caught up by the look-back.
const PATIENCE: Duration = Duration::from_secs(5);

impl Reporter {
    /// Reports what a person did on `project` before they are taken out of it. Best effort: what fails
    /// is logged, and left to the next run.
    pub async fn last_read(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        environment: &Environment,
        project: &ProjectId,
    ) {
        let read = tokio::time::timeout(PATIENCE, self.read_now(id, trainer, environment, project));
        let shortfall = match read.await {
            Ok(Ok(report)) if report.is_whole() => {
                let entries = report.entries();
                return tracing::info!(trainer.id = %id, project.id = %project, entries, "the last totals were reported");
            }
            Ok(Ok(report)) => report.shortfall(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took over 5 s".to_owned(),
        };
        tracing::warn!(trainer.id = %id, project.id = %project, %shortfall, "the last totals are not all reported; the next usage run catches up");
    }

    async fn read_now(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        environment: &Environment,
        project: &ProjectId,
    ) -> Result<Report, UsageError> {
        let options = Options::default();
        let mut connections = BTreeMap::new();
        for name in trainer.connections() {
            let connection = self.connections.find(name).await?;
            connections.extend(connection.map(|it| (it.name.clone(), it)));
        }
        let has_closed = trainer.has_closed;
        let trainer = self.ledger.with_closed(id, trainer.clone()).await?;
        let environment = match has_closed {
            true => self.ledger.environment_of(&trainer).await?,
            false => environment.clone(),
        };
        let run = Run::prepare(self, &options, connections, environment, &unwatched)?;
        let person = run.person_at(project, id, &trainer);
        let readings = run.read(run.projects(std::slice::from_ref(&person))).await;
        run.work(&person, &readings).await;
        Ok(run.finish())
    }
}
