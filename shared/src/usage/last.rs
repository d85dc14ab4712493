//! The last reading before access is revoked: some tools forget the totals of people who have left.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::context::Context;
use super::deletions::weigh;
use super::deliver::deliver;
use super::job::{drafts, judged};
use super::last_readings::{LastReadings, PATIENCE, Taken, take};
use super::people::{Person, known, people};
use super::plan::At;
use super::questions::Questions;
use super::read::read;
use super::reading::read_times;
use super::report::{Report, UsageError};
use super::{LOOK_BACK_DAYS, Options, Reporter};
use crate::ledger::{Environment, LedgerError, Trainer};
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::progress::unwatched;

/// Settings of reports, and the last readings in progress.
#[derive(Clone)]
pub struct LastUsage {
    /// Number of days before today that are always read.
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

impl Reporter {
    /// Reports a person's work on `project` before the access to it is revoked. A failure is logged, and the next run
    /// reports the rest.
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
                .release_usage(lease, &BTreeMap::new(), &BTreeMap::new())
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

/// Reports new work, under the lease of the projects. Leaves it to the next run if another report has the lease.
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
    // The documents may have changed since they were read without the lease.
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
