//! The last read before access goes: some tools forget the totals of people who have left.

use std::time::Duration;

use super::run::Run;
use super::{Options, Reporter};
use crate::ids::{ProjectId, TrainerId};
use crate::progress::unwatched;

/// How long it may take. A removal never waits on reporting for longer: a leaver who keeps access is worse
/// than work that is reported an hour later, and what isn't done in time is caught up by the look-back.
const PATIENCE: Duration = Duration::from_secs(5);

impl Reporter {
    /// Reports what a person did on `project` before they are taken out of it. Best effort: what fails
    /// is logged, and left to the next run.
    pub async fn last_read(&self, id: &TrainerId, project: &ProjectId) {
        if tokio::time::timeout(PATIENCE, self.read_now(id, project))
            .await
            .is_err()
        {
            tracing::warn!(trainer.id = %id, project.id = %project, "the last report took over 5 s; the next usage run catches it up");
        }
    }

    async fn read_now(&self, id: &TrainerId, project: &ProjectId) {
        let options = Options::default();
        let run = match Run::prepare(self, &options, &unwatched).await {
            Ok(run) => run,
            Err(error) => {
                return tracing::warn!(trainer.id = %id, %error, "there was no last report; the next usage run catches it up");
            }
        };
        let Some(person) = run.note(run.whole_person(id).await) else {
            return;
        };
        let here = |contract: &_| person.hires(contract).any(|it| it.project == *project);
        let readings = run
            .read(std::slice::from_ref(&person), |_, contract| here(contract))
            .await;
        run.work(&person, here, &readings).await;
        let report = run.finish();
        if report.is_whole() {
            tracing::info!(trainer.id = %id, project.id = %project, entries = report.entries(), "the last totals were reported");
        } else {
            tracing::warn!(trainer.id = %id, project.id = %project, shortfall = report.shortfall(), "the last report is not whole; the next usage run catches it up");
        }
    }
}
