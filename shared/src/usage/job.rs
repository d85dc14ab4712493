//! Runs one job: people → readings → sheets → OpenTrain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::context::Context;
use super::deletions::weigh;
use super::deliver::deliver;
use super::gone::end_failures;
use super::people::{Person, people};
use super::plan::{Set, UsageJob};
use super::questions::Questions;
use super::read::read;
use super::reading::{Found, Readings, read_times};
use super::report::{Report, UsageError};
use super::sheet::{Ground, Sheet, Verdict, sheets};
use super::{Options, Reporter, count};
use crate::ledger::LedgerError;
use crate::model::ids::ProjectId;
use crate::model::progress::Watcher;

/// Number of sets of projects that are processed at the same time. Their totals are all in memory.
const SETS_AT_ONCE: usize = 8;

/// Number of hires of a set that are processed at the same time.
const HIRES_AT_ONCE: usize = 16;

/// Time that a run waits for another run that reports the same projects.
const PATIENCE: Duration = Duration::from_secs(60);

impl Reporter {
    /// Reports new and open work: runs all jobs of a plan concurrently.
    ///
    /// Returns the result of each job. A scheduled run has done its work only if the report
    /// [is whole](Report::is_whole). Two concurrent runs wait for each other, project by project.
    ///
    /// # Errors
    /// The options cannot be met, or the ledger cannot be read. Nothing was sent then.
    pub async fn report(
        &self,
        options: &Options,
        watcher: Watcher<'_>,
    ) -> Result<Report, UsageError> {
        self.check_accepted(options).await?;
        let (names, faults) = self.names(options).await?;
        let plan = self.sets(options, &names).await?;
        let ctx = Context::new(self, options, plan.environment, watcher).await?;
        let mut report = work(&ctx, &plan.sets).await;
        let is_met = ctx.is_met.load(Ordering::Relaxed);
        report.troubles.extend(faults.into_iter().map(|it| (it, 1)));
        // Objects that a run has not seen may exist.
        let is_all_seen = report.busy.is_empty() && report.troubles.is_empty();
        report.unknown = options.unknown().filter(|_| is_all_seen && !is_met);
        Ok(report)
    }

    /// Fails if an operator confirms deletions although none are held.
    async fn check_accepted(&self, options: &Options) -> Result<(), UsageError> {
        let accepted = options.accept_deletions.as_ref();
        let Some(project) = accepted.filter(|_| options.by_hand) else {
            return Ok(());
        };
        let usages = self.ledger.project_usages(std::slice::from_ref(project));
        let is_held = usages.await?.iter().any(|usage| usage.held.is_some());
        match is_held {
            true => Ok(()),
            false => Err(UsageError::NothingHeld(project.clone())),
        }
    }

    /// Runs one job of a plan. It may be repeated, because totals are cumulative.
    ///
    /// # Errors
    /// The ledger cannot be read. Nothing was sent then.
    pub async fn job(
        &self,
        job: &UsageJob,
        options: &Options,
        watcher: Watcher<'_>,
    ) -> Result<Report, UsageError> {
        let links = job.sets.iter().flat_map(|set| &set.links);
        let names: BTreeSet<_> = links.map(|(name, _)| name.clone()).collect();
        let environment = self.ledger.environment_of_connections(&names).await?;
        let ctx = Context::new(self, options, environment, watcher).await?;
        let mut sets = Vec::new();
        for set in &job.sets {
            sets.push(self.set_of(set).await?);
        }
        Ok(work(&ctx, &sets).await)
    }
}

/// Processes sets of projects concurrently.
async fn work(ctx: &Context<'_>, sets: &[Set]) -> Report {
    let people = sets.iter().map(|set| set.trainers.len());
    ctx.progress(0, people.sum());
    let mut report = ctx.blank();
    let parts: Vec<_> = sets.iter().map(|set| work_on(ctx, set)).collect();
    let mut parts = stream::iter(parts).buffer_unordered(SETS_AT_ONCE);
    while let Some(part) = parts.next().await {
        report.add(part);
    }
    report.figures = ctx.reporter.tool.figures();
    report.sorted()
}

/// Processes one set of projects, under its lease.
async fn work_on(ctx: &Context<'_>, set: &Set) -> Report {
    let mut report = ctx.blank();
    let projects = set.projects(&ctx.environment);
    let ledger = &ctx.reporter.ledger;
    let lease = match ctx.options.dry_run {
        true => Ok(None),
        false => ledger.lease_usage(projects.clone(), PATIENCE).await,
    };
    match ctx.note(&mut report, lease) {
        None => {}
        Some(None) if ctx.options.dry_run => report.add(steps(ctx, set).await.0),
        Some(None) => report.busy.extend(projects),
        Some(Some(lease)) => {
            let done = ledger.under_lease(&lease, steps(ctx, set)).await;
            let (mut read, mut runs) = (BTreeMap::new(), BTreeMap::new());
            match ctx.note(&mut report, done) {
                Some(Some((done, times))) => {
                    runs = ctx.results(&done, &projects);
                    report.add(done);
                    read = times;
                }
                Some(None) => report.busy.extend(projects),
                None => {}
            }
            let released = ledger.release_usage(lease, &read, &runs).await;
            ctx.note(&mut report, released);
        }
    }
    ctx.progress(set.trainers.len(), 0);
    report
}

/// The steps of one set. Returns the times of the readings, if the work of all people was reported from them. A failure
/// of the ledger is added to the report; entries that were accepted before stay accepted.
async fn steps(ctx: &Context<'_>, set: &Set) -> (Report, BTreeMap<ProjectId, Timestamp>) {
    let mut report = ctx.blank();
    let done = report_work(ctx, set, &mut report).await;
    let read = ctx.note(&mut report, done).unwrap_or_default();
    (report, read)
}

async fn report_work(
    ctx: &Context<'_>,
    set: &Set,
    report: &mut Report,
) -> Result<BTreeMap<ProjectId, Timestamp>, LedgerError> {
    let (people, troubles) = people(ctx, &set.links, &set.trainers).await?;
    report.add(troubles);
    let (people, former): (Vec<_>, Vec<_>) = people.into_iter().partition(Person::is_due);
    let questions = Questions::of(&people, ctx.bounds);
    if ctx.options.is_for_all() && !ctx.options.dry_run {
        let mut idle = &set.projects(&ctx.environment) & &ctx.unlinked;
        idle.retain(|project| questions.projects().all(|it| it != project));
        end_failures(&ctx.reporter.ledger, idle).await?;
    }
    let (readings, part) = read(ctx, &questions).await?;
    report.add(part);
    let drafts = drafts(ctx, &people, &readings);
    let (verdict, part) = weigh(ctx, &people, &former, &readings, &drafts).await?;
    report.add(part);
    let sheets = judged(ctx, &people, &readings, drafts, &verdict);
    wait(report, &people, &readings);
    report.add(count::of(&people, &former, &readings, ctx));
    let people = people.iter().zip(sheets);
    let delivered: Vec<_> = people
        .map(|(it, sheets)| deliver(ctx, it, sheets))
        .collect();
    let mut delivered = stream::iter(delivered).buffer_unordered(HIRES_AT_ONCE);
    while let Some(part) = delivered.next().await {
        report.add(part);
    }
    Ok(match ctx.options.is_for_all() {
        true => read_times(&readings),
        false => BTreeMap::new(),
    })
}

/// The people's sheets, before the verdict on work that would become zero.
pub(super) fn drafts(ctx: &Context<'_>, people: &[Person], readings: &Readings) -> Vec<Vec<Sheet>> {
    let verdict = Verdict::default();
    let ground = ground(ctx, readings, &verdict);
    people
        .iter()
        .map(|person| sheets(person, &ground))
        .collect()
}

/// The sheets after the verdict.
pub(super) fn judged(
    ctx: &Context<'_>,
    people: &[Person],
    readings: &Readings,
    drafts: Vec<Vec<Sheet>>,
    verdict: &Verdict,
) -> Vec<Vec<Sheet>> {
    let ground = ground(ctx, readings, verdict);
    let judged = people.iter().zip(drafts).map(|(person, draft)| {
        let is_final = draft.iter().all(|sheet| sheet.drops.is_empty());
        if is_final {
            draft
        } else {
            sheets(person, &ground)
        }
    });
    judged.collect()
}

fn ground<'a>(ctx: &Context<'_>, readings: &'a Readings, verdict: &'a Verdict) -> Ground<'a> {
    Ground {
        readings,
        bounds: ctx.bounds,
        confirm_after: ctx.reporter.settings.confirm_after,
        all: ctx.options.all,
        verdict,
    }
}

/// Counts the hires that wait for projects that could not be read. A project that the tool does not have is omitted if
/// no hire waits for it: its links were removed, so nothing can be sent for it.
fn wait(report: &mut Report, people: &[Person], readings: &Readings) {
    let mut wanted = BTreeSet::new();
    let contracts = people.iter().flat_map(|person| &person.contracts);
    for contract in contracts.filter(|it| it.is_asked && it.barred.is_none()) {
        let waits = |project: &&&ProjectId| {
            let readings = readings.get(**project).into_iter().flatten();
            let mut found = readings.map(|it| &it.found);
            found.any(|it| matches!(it, Found::Failed(_) | Found::Refused(_) | Found::Gone(_)))
        };
        let projects = contract.projects_read();
        wanted.extend(projects.iter().copied());
        let Some(project) = projects.iter().find(waits) else {
            continue;
        };
        let unread = report.unread.iter_mut().find(|it| it.project == **project);
        unread.into_iter().for_each(|it| it.hires += 1);
    }
    let is_gone = |project: &ProjectId| {
        let mut readings = readings.get(project).into_iter().flatten();
        readings.any(|it| matches!(it.found, Found::Gone(_)))
    };
    let is_left = |project: &ProjectId| is_gone(project) && !wanted.contains(project);
    report.unread.retain(|it| !is_left(&it.project));
}
