//! The last reading before access is revoked: some tools forget the totals of people who have left.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::context::Context;
use super::deletions::weigh;
use super::deliver::deliver;
use super::job::{drafts, judged};
use super::people::{Person, people};
use super::plan::At;
use super::read::read;
use super::reading::Readings;
use super::report::{Report, UsageError};
use super::{Options, Reporter};
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::{Environment, Trainer, UsageLease};
use crate::progress::unwatched;

/// How long it may delay the removal of one person, over all of their projects. A leaver who keeps access is worse than
/// work that is reported an hour later, and the next run reports what isn't done in time.
const PATIENCE: Duration = Duration::from_secs(25);

/// How long a person's time is counted from their first project on.
const ONE_REMOVAL: Duration = Duration::from_secs(60);

/// The most bytes of one project's totals: a removal runs in a small function.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The last readings of a process: one for all who leave the same projects at the same time. Cheap to clone.
#[derive(Clone, Default)]
pub struct LastReadings {
    slots: Arc<std::sync::Mutex<HashMap<BTreeSet<ProjectId>, Arc<Slot>>>>,
    begun: Arc<std::sync::Mutex<HashMap<TrainerId, Instant>>>,
}

/// The reading of some projects that is under way or in use.
type Slot = Mutex<Weak<Taken>>;

/// A reading, and the right to report it.
struct Taken {
    lease: UsageLease,
    readings: Readings,
}

impl LastReadings {
    fn slot(&self, projects: &BTreeSet<ProjectId>) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        let blank = || Arc::new(Mutex::new(Weak::new()));
        Arc::clone(slots.entry(projects.clone()).or_insert_with(blank))
    }

    /// When a person's removal has to go on.
    fn until(&self, id: &TrainerId) -> Instant {
        let now = Instant::now();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, begun| now < *begun + ONE_REMOVAL);
        *begun.entry(id.clone()).or_insert(now) + PATIENCE
    }
}

impl Reporter {
    /// Reports what a person did on `project` before their access to it is revoked. Best effort: what fails is logged
    /// and left to the next run.
    pub async fn last_reading(
        &self,
        shared: &LastReadings,
        id: &TrainerId,
        trainer: &Trainer,
        environment: &Environment,
        project: &ProjectId,
    ) {
        let until = shared.until(id);
        let read = self.read_last(shared, (id, trainer), environment, project, until);
        let shortfall = match timeout_at(until, read).await {
            Ok(Ok(report)) if report.is_whole() => {
                let entries = report.entries();
                if entries > 0 {
                    tracing::info!(trainer.id = %id, project.id = %project, entries, "the last totals were reported");
                }
                return;
            }
            Ok(Ok(report)) => report.shortfall(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it took over {} s", PATIENCE.as_secs()),
        };
        tracing::warn!(trainer.id = %id, project.id = %project, %shortfall, "the last totals are not all reported; the next usage run catches up");
    }

    async fn read_last(
        &self,
        shared: &LastReadings,
        (id, trainer): (&TrainerId, &Trainer),
        environment: &Environment,
        project: &ProjectId,
        until: Instant,
    ) -> Result<Report, UsageError> {
        let environment = match trainer.has_closed {
            true => {
                let all = self.ledger.with_closed(id, trainer.clone()).await?;
                self.ledger.environment_of(&all).await?
            }
            false => environment.clone(),
        };
        let options = Options {
            trainer: Some(id.clone()),
            ..Options::default()
        };
        let mut ctx = Context::new(self, &options, environment, &unwatched).await?;
        ctx.most_bytes = MOST_BYTES;
        let hires = trainer.hires.iter().filter(|hire| hire.project == *project);
        let links: Vec<At> = hires
            .map(|hire| (hire.connection.clone(), hire.link.clone()))
            .collect();
        let (found, mut report) = people(&ctx, &links, &[id.clone()].into()).await?;
        let Some(person) = found.into_iter().find(Person::is_due) else {
            return Ok(report);
        };
        let due = person.contracts.iter().filter(|it| it.days.is_due());
        let projects: BTreeSet<_> = due.flat_map(|it| it.projects_read()).cloned().collect();
        let Some(taken) = take(&ctx, shared, &person, &projects, until, &mut report).await? else {
            report.busy.extend(projects);
            return Ok(report);
        };
        let (people, readings) = (std::slice::from_ref(&person), &taken.readings);
        let drafts = drafts(&ctx, people, readings);
        let (verdict, part) = weigh(&ctx, people, readings, &drafts).await?;
        report.add(part);
        for sheets in judged(&ctx, people, readings, drafts, &verdict) {
            report.add(deliver(&ctx, &person, sheets).await);
        }
        if let Some(taken) = Arc::into_inner(taken) {
            self.ledger.release_usage(taken.lease).await?;
        }
        Ok(report)
    }
}

/// The reading that others who leave the same projects use now, or a new one; none while a run reports the projects.
async fn take(
    ctx: &Context<'_>,
    shared: &LastReadings,
    person: &Person,
    projects: &BTreeSet<ProjectId>,
    until: Instant,
    report: &mut Report,
) -> Result<Option<Arc<Taken>>, UsageError> {
    let slot = shared.slot(projects);
    let mut taken = slot.lock().await;
    if let Some(taken) = taken.upgrade() {
        return Ok(Some(taken));
    }
    let patience = until.saturating_duration_since(Instant::now());
    let lease = ctx
        .reporter
        .ledger
        .lease_usage(projects.clone(), patience)
        .await?;
    let Some(lease) = lease else { return Ok(None) };
    let (readings, part) = read(ctx, std::slice::from_ref(person)).await?;
    report.add(part);
    let new = Arc::new(Taken { lease, readings });
    *taken = Arc::downgrade(&new);
    Ok(Some(new))
}
