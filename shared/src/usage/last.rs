//! The last reading before access is revoked: some tools forget the totals of people who have left.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::context::Context;
use super::deletions::weigh;
use super::deliver::deliver;
use super::job::{drafts, judged};
use super::people::{Person, known, people};
use super::plan::At;
use super::questions::Questions;
use super::read::read;
use super::reading::{Readings, read_times};
use super::report::{Report, UsageError};
use super::{LOOK_BACK_DAYS, Options, Reporter};
use crate::ledger::{Environment, LedgerError, Trainer, UsageLease};
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::progress::unwatched;

/// How work is reported, also the last of it before access is revoked.
#[derive(Clone)]
pub struct LastUsage {
    /// How many days before today are always read.
    pub look_back_days: u16,
    /// The last readings in progress.
    pub last_readings: LastReadings,
}

impl Default for LastUsage {
    fn default() -> Self {
        Self::new(LOOK_BACK_DAYS)
    }
}

impl LastUsage {
    /// Reads this number of days before today.
    pub fn new(look_back_days: u16) -> Self {
        Self {
            look_back_days,
            last_readings: LastReadings::default(),
        }
    }
}

/// How long it may delay the removal of one person, over all of their projects. A leaver who keeps access is worse than
/// work that is reported an hour later, and the next run reports what isn't done in time.
const PATIENCE: Duration = Duration::from_secs(25);

/// A person's time starts anew this long after their last reading. The projects of one removal follow each other sooner.
const ONE_REMOVAL: Duration = Duration::from_secs(60);

/// How long after it was taken a reading that is no longer in use serves others who leave the same projects.
const FRESH: Duration = Duration::from_secs(1);

/// The most bytes of one project's totals: a removal runs in a small function.
pub(super) const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The last readings of a process: one for all who leave the same projects at the same time. Cheap to clone.
#[derive(Clone, Default)]
pub struct LastReadings {
    slots: Arc<std::sync::Mutex<HashMap<BTreeSet<ProjectId>, Arc<Slot>>>>,
    spent: Arc<std::sync::Mutex<HashMap<TrainerId, (Duration, Instant)>>>,
}

/// The newest reading of some projects.
type Slot = Mutex<Kept>;

#[derive(Default)]
struct Kept {
    in_use: Weak<Taken>,
    last: Option<Arc<Answers>>,
}

impl Kept {
    fn fresh(&self) -> Option<&Arc<Answers>> {
        let last = self.last.as_ref();
        last.filter(|last| last.at.elapsed() < FRESH)
    }
}

/// A reading.
struct Answers {
    asked: Questions,
    readings: Readings,
    at: Instant,
}

/// A reading, and the right to report it, which is taken by the first person who has something to report.
struct Taken {
    answers: Arc<Answers>,
    lease: Mutex<Option<Arc<UsageLease>>>,
}

impl LastReadings {
    fn slot(&self, projects: &BTreeSet<ProjectId>) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |slot: &Slot| slot.try_lock().is_ok_and(|kept| kept.fresh().is_some());
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || is_fresh(slot));
        Arc::clone(slots.entry(projects.clone()).or_default())
    }

    /// When a person's removal has to go on: what they have left of their time.
    pub(super) fn until(&self, id: &TrainerId, now: Instant) -> Instant {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|_, (_, at)| now < *at + ONE_REMOVAL);
        let spent = spent.get(id).map_or(Duration::ZERO, |it| it.0);
        now + PATIENCE.saturating_sub(spent)
    }

    /// Counts the time of a reading that began then.
    pub(super) fn spend(&self, id: &TrainerId, begun: Instant) {
        let mut all = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (spent, at) = all.entry(id.clone()).or_insert((Duration::ZERO, now));
        *spent += now - begun;
        *at = now;
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
        let begun = Instant::now();
        let until = shared.until(id, begun);
        let read = self.read_last(shared, (id, trainer), environment, project, until);
        let read = timeout_at(until, read).await;
        shared.spend(id, begun);
        let shortfall = match read {
            Ok(Ok(report)) if report.is_whole() => {
                let entries = report.entries();
                if entries > 0 {
                    tracing::info!(trainer.id = %id, project.id = %project, entries, "the last totals were reported");
                }
                return;
            }
            Ok(Ok(report)) if report.days_lost() > 0 => {
                let shortfall = report.shortfall();
                tracing::warn!(trainer.id = %id, project.id = %project, %shortfall, "the last totals are not all reported, and some can no longer be");
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
        let (trainer, environment) = self.whole(id, trainer, environment).await?;
        let options = Options {
            trainer: Some(id.clone()),
            ..Options::default()
        };
        let mut ctx = Context::new(self, &options, environment, &unwatched).await?;
        ctx.is_last = true;
        let hires = trainer.hires.iter().filter(|hire| hire.project == *project);
        let links: Vec<At> = hires
            .map(|hire| (hire.connection.clone(), hire.link.clone()))
            .collect();
        let (found, mut report) = known(&ctx, &links, id, &trainer).await?;
        let Some(person) = found.into_iter().find(Person::is_due) else {
            return Ok(report);
        };
        let due = person.contracts.iter().filter(|it| it.days.is_due());
        let projects: BTreeSet<_> = due.flat_map(|it| it.projects_read()).cloned().collect();
        let taken = take(&ctx, shared, &person, &projects, &mut report).await?;
        let drafts = drafts(&ctx, std::slice::from_ref(&person), &taken.answers.readings);
        let mut sheets = drafts.iter().flatten();
        let is_news = sheets.any(|sheet| !(sheet.first.is_empty() && sheet.then.is_empty()));
        let reported = match is_news {
            true => report_news(&ctx, &taken, (links.as_slice(), id), &projects, until).await,
            false => Ok(ctx.blank()),
        };
        let lease = Arc::into_inner(taken).and_then(|it| it.lease.into_inner());
        let lease = lease.and_then(Arc::into_inner);
        if let Some(lease) = lease {
            self.ledger
                .release_usage(lease, &BTreeMap::new(), None)
                .await?;
        }
        report.add(reported?);
        Ok(report)
    }

    /// The trainer with all closed contracts, and their environment.
    async fn whole<'a>(
        &self,
        id: &TrainerId,
        trainer: &'a Trainer,
        environment: &Environment,
    ) -> Result<(Cow<'a, Trainer>, Environment), LedgerError> {
        if !trainer.has_closed {
            return Ok((Cow::Borrowed(trainer), environment.clone()));
        }
        let all = self.ledger.with_closed(id, trainer.clone()).await?;
        let environment = self.ledger.environment_of(&all).await?;
        Ok((Cow::Owned(all), environment))
    }
}

/// The reading that others who leave the same projects use now, or a new one. A reading serves a person only if it covers
/// all days that they need; a new one is as wide as the one before, for others who leave now.
async fn take(
    ctx: &Context<'_>,
    shared: &LastReadings,
    person: &Person,
    projects: &BTreeSet<ProjectId>,
    report: &mut Report,
) -> Result<Arc<Taken>, UsageError> {
    let slot = shared.slot(projects);
    let mut kept = slot.lock().await;
    let mut asked = Questions::of(std::slice::from_ref(person), ctx.bounds);
    let serves = |it: &Answers| it.at.elapsed() < PATIENCE && it.asked.cover(&asked, ctx.now);
    let in_use = kept.in_use.upgrade();
    if let Some(taken) = in_use.filter(|it| serves(&it.answers)) {
        return Ok(taken);
    }
    let fresh = kept.fresh().filter(|it| serves(it)).cloned();
    let answers = match fresh {
        Some(fresh) => fresh,
        None => {
            if let Some(last) = &kept.last {
                asked.join(&last.asked);
            }
            let (readings, part) = read(ctx, &asked).await?;
            report.add(part);
            Arc::new(Answers {
                asked,
                readings,
                at: Instant::now(),
            })
        }
    };
    let new = Arc::new(Taken {
        answers: Arc::clone(&answers),
        lease: Mutex::default(),
    });
    kept.in_use = Arc::downgrade(&new);
    kept.last = Some(answers);
    Ok(new)
}

/// Reports what is new, under the lease of the projects, or leaves it to the next run if another report has them.
async fn report_news(
    ctx: &Context<'_>,
    taken: &Taken,
    (links, id): (&[At], &TrainerId),
    projects: &BTreeSet<ProjectId>,
    until: Instant,
) -> Result<Report, UsageError> {
    let mut report = ctx.blank();
    let mut lease = taken.lease.lock().await;
    if lease.is_none() {
        let patience = until.saturating_duration_since(Instant::now());
        let ledger = &ctx.reporter.ledger;
        let new = ledger.lease_usage(projects.clone(), patience).await?;
        *lease = new.map(Arc::new);
    }
    let held = lease.clone();
    drop(lease);
    let done = match &held {
        None => None,
        Some(held) => {
            let news = send_news(ctx, taken, held.newest_reading(), (links, id));
            // Boxed, because the types of nested futures grow too deep.
            ctx.reporter.ledger.under_lease(held, news.boxed()).await?
        }
    };
    done.unwrap_or_else(|| {
        report.busy.extend(projects.iter().cloned());
        Ok(report)
    })
}

async fn send_news(
    ctx: &Context<'_>,
    taken: &Taken,
    newest: Option<Timestamp>,
    (links, id): (&[At], &TrainerId),
) -> Result<Report, UsageError> {
    let mut report = ctx.blank();
    // What was read before the lease was taken may have changed.
    let (found, part) = people(ctx, links, &[id.clone()].into()).await?;
    report.add(part);
    let people: Vec<_> = found.into_iter().filter(Person::is_due).collect();
    let read_at = read_times(&taken.answers.readings).into_values().min();
    let newer = match newest > read_at {
        true => Some(read(ctx, &Questions::of(&people, ctx.bounds)).await?),
        false => None,
    };
    let (newer, part) = newer.unzip();
    report.add(part.unwrap_or_else(|| ctx.blank()));
    let readings = newer.as_ref().unwrap_or(&taken.answers.readings);
    let drafts = drafts(ctx, &people, readings);
    let (verdict, part) = weigh(ctx, &people, &[], readings, &drafts).await?;
    report.add(part);
    let sheets = judged(ctx, &people, readings, drafts, &verdict);
    for (person, sheets) in people.iter().zip(sheets) {
        report.add(deliver(ctx, person, sheets).await);
    }
    Ok(report)
}
