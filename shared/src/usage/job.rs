//! One job: people → readings → sheets → OpenTrain.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Semaphore;

use super::count;
use super::days::Bounds;
use super::deletions::weigh;
use super::deliver::deliver;
use super::gate::Gate;
use super::options::{earlier, utc_day};
use super::people::{Person, people};
use super::plan::{Set, UsageJob};
use super::read::read;
use super::reading::{Found, Readings};
use super::report::{Report, UsageError};
use super::sheet::{Ground, Sheet, Verdict, sheets};
use super::{Options, Reporter};
use crate::connection::{Connection, ConnectionName};
use crate::ids::ProjectId;
use crate::ledger::{Environment, KEPT_DAYS, LedgerError};
use crate::progress::{Progress, Watcher};
use crate::tool::ToolError;

/// How many sets of projects are worked on at once: so many projects' totals are in memory.
const SETS_AT_ONCE: usize = 8;

/// How many hires of a set are worked on at once.
const HIRES_AT_ONCE: usize = 16;

/// How many hires' reports are under way to OpenTrain at once, over all sets.
const REPORTS_AT_ONCE: usize = 16;

/// How long a run waits for another one that reports the same projects.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the steps of a run work with.
pub(super) struct Context<'a> {
    pub(super) reporter: &'a Reporter,
    pub(super) options: &'a Options,
    pub(super) now: Timestamp,
    pub(super) bounds: Bounds,
    pub(super) keep_from: Date,
    /// The links and installs of the connections, as far as they are known.
    pub(super) environment: Environment,
    /// The installs that work is reported through.
    pub(super) connections: BTreeMap<ConnectionName, Arc<Connection>>,
    pub(super) gates: BTreeMap<ConnectionName, Gate>,
    pub(super) tool: Gate,
    pub(super) places: Semaphore,
    /// The most bytes of one project's totals.
    pub(super) most_bytes: u64,
    pub(super) progress: Mutex<Progress>,
    pub(super) watcher: Watcher<'a>,
}

impl Reporter {
    /// Reports what is new or still open: all jobs of a plan, side by side.
    ///
    /// The value says what became of each; a scheduled run has done its work only if it
    /// [is whole](Report::is_whole). Two runs at once wait for each other, project by project.
    ///
    /// # Errors
    /// When the options can't be met, or the ledger can't be read at all; nothing was sent then.
    pub async fn report(
        &self,
        options: &Options,
        watcher: Watcher<'_>,
    ) -> Result<Report, UsageError> {
        let names = self.names(options).await?;
        let plan = self.sets(options, &names).await?;
        let ctx = Context::new(self, options, plan.environment, watcher).await?;
        Ok(work(&ctx, &plan.sets).await)
    }

    /// Carries out one job of a plan. It may be repeated: totals are cumulative.
    ///
    /// # Errors
    /// When the ledger can't be read at all; nothing was sent then.
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

/// Works on sets of projects in a pool.
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

/// Works on one set of projects, under its lease.
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
        Some(None) if ctx.options.dry_run => report.add(steps(ctx, set).await),
        Some(None) => report.busy.extend(projects),
        Some(Some(lease)) => {
            let done = ledger.under_lease(&lease, steps(ctx, set)).await;
            match ctx.note(&mut report, done) {
                Some(Some(done)) => report.add(done),
                Some(None) => report.busy.extend(projects),
                None => {}
            }
            let released = ledger.release_usage(lease).await;
            ctx.note(&mut report, released);
        }
    }
    ctx.progress(set.trainers.len(), 0);
    report
}

/// The steps of one set. A failure of the ledger is noted; what was accepted by then stays accepted.
async fn steps(ctx: &Context<'_>, set: &Set) -> Report {
    let mut report = ctx.blank();
    let done = report_work(ctx, set, &mut report).await;
    ctx.note(&mut report, done);
    report
}

async fn report_work(ctx: &Context<'_>, set: &Set, report: &mut Report) -> Result<(), LedgerError> {
    let (people, troubles) = people(ctx, &set.links, &set.trainers).await?;
    report.add(troubles);
    let (people, former): (Vec<_>, Vec<_>) = people.into_iter().partition(Person::is_due);
    let (readings, part) = read(ctx, &people).await?;
    report.add(part);
    let drafts = drafts(ctx, &people, &readings, &Verdict::default());
    let (verdict, part) = weigh(ctx, &people, &readings, &drafts).await?;
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
    Ok(())
}

/// The people's sheets, before anything was found out about work that would become zero.
pub(super) fn drafts(
    ctx: &Context<'_>,
    people: &[Person],
    readings: &Readings,
    verdict: &Verdict,
) -> Vec<Vec<Sheet>> {
    let ground = ground(ctx, readings, verdict);
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

/// Counts the hires that wait for projects that could not be read.
fn wait(report: &mut Report, people: &[Person], readings: &Readings) {
    let contracts = people.iter().flat_map(|person| &person.contracts);
    for contract in contracts.filter(|it| it.is_asked && it.barred.is_none()) {
        let waits = |project: &&&ProjectId| {
            let readings = readings.get(**project).into_iter().flatten();
            let mut found = readings.map(|it| &it.found);
            found.any(|it| matches!(it, Found::Failed(_) | Found::Gone(_)))
        };
        let projects = contract.projects_read();
        let Some(project) = projects.iter().find(waits) else {
            continue;
        };
        let unread = report.unread.iter_mut().find(|it| it.project == **project);
        unread.into_iter().for_each(|it| it.hires += 1);
    }
}

impl<'a> Context<'a> {
    /// The context of a run over these links and installs.
    pub(super) async fn new(
        reporter: &'a Reporter,
        options: &'a Options,
        mut environment: Environment,
        watcher: Watcher<'a>,
    ) -> Result<Self, UsageError> {
        let projects = reporter.connections.projects(environment.connections());
        environment.projects = projects.await?;
        let now = reporter.clock.now();
        let today = utc_day(now);
        let bounds = Bounds {
            today,
            look_back: reporter.settings.look_back_days,
            asked: options.window(today)?,
        };
        let connections = reporter.connections.all().await?.into_iter();
        let connections: BTreeMap<_, _> = connections.map(|it| (it.name.clone(), it)).collect();
        let gate = |name: &ConnectionName| (name.clone(), Gate::default());
        Ok(Self {
            reporter,
            options,
            now,
            bounds,
            keep_from: earlier(today, KEPT_DAYS).min(bounds.recent().from),
            environment,
            gates: connections.keys().map(gate).collect(),
            connections,
            tool: Gate::default(),
            places: Semaphore::new(REPORTS_AT_ONCE),
            most_bytes: u64::MAX,
            progress: Mutex::default(),
            watcher,
        })
    }

    /// A report of nothing.
    pub(super) fn blank(&self) -> Report {
        let recent = self.bounds.recent();
        Report::new(recent.from, recent.to, self.options.dry_run)
    }

    /// The value, or nothing after its error was noted.
    pub(super) fn note<T>(&self, report: &mut Report, result: Result<T, LedgerError>) -> Option<T> {
        let error = result.as_ref().err().map(ToString::to_string);
        if let Some(reason) = error {
            tracing::error!(%reason, "work could not be reported");
            *report.troubles.entry(reason).or_default() += 1;
        }
        result.ok()
    }

    /// A project could not be read. After several in a row the tool is asked whether it answers at all: slow projects
    /// must not keep all others from being read.
    pub(super) async fn tool_failed(&self, project: &ProjectId, reason: &str) {
        if !self.tool.failed() {
            return;
        }
        match self.reporter.tool.project(project).await {
            // A tool that asks for fewer calls answers.
            Ok(_) | Err(ToolError::Wrong { .. } | ToolError::Paused { .. }) => self.tool.answered(),
            Err(ToolError::Transient { .. } | ToolError::Operator { .. }) => {
                self.tool.close(reason);
            }
        }
    }

    pub(super) fn progress(&self, done: usize, found: usize) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.done += done;
        progress.total += found;
        (self.watcher)(*progress);
    }
}

/// The workers of some people.
pub(super) fn workers(people: &[Person]) -> HashSet<crate::tool::Worker> {
    people.iter().flat_map(Person::workers).collect()
}
