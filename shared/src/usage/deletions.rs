//! Reported work that a tool no longer shows: whether it is gone.
//!
//! Work counts as gone when two complete readings at least `CONFIRM_AFTER` apart lack it, the tool shows the project, and
//! the trainer's document, read again afterwards, says that the person was in during both. If much of a project's work
//! would become zero at once, an operator has to confirm it first.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::people::{Person, granted};
use super::reading::{Reading, Readings};
use super::report::{HeldProject, Report};
use super::sheet::{Drop, Sheet, Standing, Verdict};
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::{DeletionHold, LedgerError, Measures, ProjectUsage};

/// Fewer person-days than this may become zero at once.
const MOST_DAYS: u64 = 5;

/// The work of one project that is reported, and that would become zero.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Balance {
    held_days: u64,
    held_seconds: i64,
    gone_days: u64,
    gone_seconds: i64,
}

impl Balance {
    /// Whether more than a fifth of the reported seconds and at least five person-days would become zero. A tool that
    /// measures no time is judged by days.
    fn is_suspicious(self) -> bool {
        let many = match self.held_seconds {
            0 => self.gone_days * 5 > self.held_days,
            seconds => self.gone_seconds.saturating_mul(5) > seconds,
        };
        many && self.gone_days >= MOST_DAYS
    }
}

/// Finds out about work that would become zero.
pub(super) async fn weigh(
    ctx: &Context<'_>,
    people: &[Person],
    readings: &Readings,
    sheets: &[Vec<Sheet>],
) -> Result<(Verdict, Report), LedgerError> {
    let mut verdict = Verdict::default();
    let mut report = ctx.blank();
    let mut drops = sheets.iter().flatten().flat_map(|sheet| &sheet.drops);
    let mut gone = BTreeMap::new();
    if drops.next().is_some() {
        verdict.gone = standings(ctx, people, sheets).await?;
        gone = balances(people, readings, sheets, &verdict);
    }
    let mut known = holds(ctx, readings, &gone).await?;
    // A run over a part of the work does not see how much is gone: it takes nothing away.
    let is_part = !ctx.options.is_for_all();
    for (project, balance) in gone {
        let known = known.remove(&project);
        if ctx.options.accepts(&project) || !(is_part || balance.is_suspicious()) {
            release(ctx, &project, known.as_ref()).await?;
            continue;
        }
        verdict.held.insert(project.clone());
        let hold = match known {
            Some(known) if is_part => known,
            None if is_part => continue,
            known => hold(ctx, &project, balance, known).await?,
        };
        tracing::error!(project.id = %project, days = hold.days, seconds = hold.seconds, "many reported days are gone from a project at once: they stay reported until `bridge usage --accept-deletions` confirms it");
        report.held_projects.push(HeldProject { project, hold });
    }
    for (project, known) in known {
        release(ctx, &project, Some(&known)).await?;
    }
    Ok((verdict, report))
}

/// The projects that wait for an operator, as far as the run has read all of their people's work or the operator has
/// confirmed their deletions.
async fn holds(
    ctx: &Context<'_>,
    readings: &Readings,
    gone: &BTreeMap<ProjectId, Balance>,
) -> Result<BTreeMap<ProjectId, DeletionHold>, LedgerError> {
    let is_read = |readings: &Vec<Reading>| readings.iter().all(|it| it.days().is_some());
    let read = readings.iter().filter(|(_, it)| is_read(it));
    let read = read.filter(|_| ctx.options.is_for_all()).map(|it| it.0);
    let accepted = ctx.options.accept_deletions.iter();
    let accepted = accepted.filter(|it| readings.get(*it).is_some_and(is_read));
    let projects: BTreeSet<&ProjectId> = read.chain(gone.keys()).chain(accepted).collect();
    let projects: Vec<_> = projects.into_iter().cloned().collect();
    let usages = ctx.reporter.ledger.project_usages(&projects).await?;
    let holds = projects.into_iter().zip(usages);
    Ok(holds
        .filter_map(|(project, usage)| Some((project, usage.held?)))
        .collect())
}

/// A project no longer waits for an operator: they have confirmed it, or the work is back.
async fn release(
    ctx: &Context<'_>,
    project: &ProjectId,
    known: Option<&DeletionHold>,
) -> Result<(), LedgerError> {
    if ctx.options.dry_run || known.is_none() {
        return Ok(());
    }
    let ledger = &ctx.reporter.ledger;
    let change = |usage: &mut ProjectUsage| usage.held = None;
    ledger.update_project_usage(project, change).await.map(drop)
}

/// Whether the people whose days are missing were in at both readings.
async fn standings(
    ctx: &Context<'_>,
    people: &[Person],
    sheets: &[Vec<Sheet>],
) -> Result<BTreeMap<(TrainerId, ProjectId), Standing>, LedgerError> {
    let mut asked: BTreeMap<&TrainerId, BTreeSet<&ProjectId>> = BTreeMap::new();
    for (person, sheets) in people.iter().zip(sheets) {
        let drops = sheets.iter().flat_map(|sheet| &sheet.drops);
        for drop in drops.filter(|it| it.missing_since.is_some()) {
            asked.entry(&person.id).or_default().insert(&drop.project);
        }
    }
    let projects: BTreeSet<&ProjectId> = asked.values().flatten().copied().collect();
    let mut shown = BTreeSet::new();
    for project in projects {
        if ctx.reporter.tool.project(project).await.is_ok() {
            shown.insert(project);
        }
    }
    let mut standings = BTreeMap::new();
    for (id, projects) in asked {
        let granted = granted(&ctx.reporter.ledger.trainer(id).await?);
        for project in projects {
            let since = granted.get(project).filter(|_| shown.contains(project));
            let standing = since.map_or(Standing::Out, |since| Standing::InSince(*since));
            standings.insert((id.clone(), project.clone()), standing);
        }
    }
    Ok(standings)
}

/// What is reported of each project, and what would become zero.
fn balances(
    people: &[Person],
    readings: &Readings,
    sheets: &[Vec<Sheet>],
    verdict: &Verdict,
) -> BTreeMap<ProjectId, Balance> {
    let mut balances: BTreeMap<ProjectId, Balance> = BTreeMap::new();
    for (person, sheets) in people.iter().zip(sheets) {
        for (project, part) in held(person, readings) {
            let balance = balances.entry(project).or_default();
            balance.held_days += 1;
            balance.held_seconds += part.seconds.unwrap_or_default();
        }
        let is_gone = |drop: &&Drop| {
            let key = (person.id.clone(), drop.project.clone());
            let standing = verdict.gone.get(&key);
            drop.missing_since
                .is_none_or(|since| matches!(standing, Some(Standing::InSince(at)) if *at <= since))
        };
        for drop in sheets.iter().flat_map(|it| &it.drops).filter(is_gone) {
            let balance = balances.entry(drop.project.clone()).or_default();
            balance.gone_days += 1;
            balance.gone_seconds += drop.seconds;
        }
    }
    balances
}

/// The person's reported work on days that were read.
fn held<'a>(
    person: &'a Person,
    readings: &'a Readings,
) -> impl Iterator<Item = (ProjectId, Measures)> + 'a {
    let rows = person.contracts.iter().filter_map(|it| it.row.as_ref());
    let days = rows.flat_map(|row| &row.days);
    let parts = days.flat_map(|(day, parts)| parts.iter().map(move |it| (*day, it)));
    parts.filter_map(|(day, (project, part))| {
        let mut windows = readings.get(project)?.iter().map(|it| it.window);
        let is_held = windows.any(|it| it.holds(day)) && part.is_some_work();
        is_held.then(|| (project.clone(), *part))
    })
}

/// Records that a project waits for an operator.
async fn hold(
    ctx: &Context<'_>,
    project: &ProjectId,
    balance: Balance,
    known: Option<DeletionHold>,
) -> Result<DeletionHold, LedgerError> {
    let ledger = &ctx.reporter.ledger;
    let hold = DeletionHold {
        since: known.map_or(ctx.now, |known| known.since),
        days: balance.gone_days,
        seconds: balance.gone_seconds,
    };
    if !ctx.options.dry_run {
        ledger
            .update_project_usage(project, |usage| usage.held = Some(hold.clone()))
            .await?;
    }
    Ok(hold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_seconds_and_five_days_need_an_operator() {
        let of = |gone_days, gone_seconds| Balance {
            held_days: 10,
            held_seconds: 1_000,
            gone_days,
            gone_seconds,
        };
        assert!(of(5, 201).is_suspicious());
        assert!(!of(5, 200).is_suspicious(), "a fifth");
        assert!(!of(4, 1_000).is_suspicious(), "four days");
    }

    #[test]
    fn where_no_time_is_measured_days_count() {
        let of = |gone_days| Balance {
            held_days: 30,
            gone_days,
            ..Balance::default()
        };
        assert!(of(7).is_suspicious() && !of(6).is_suspicious());
    }
}
