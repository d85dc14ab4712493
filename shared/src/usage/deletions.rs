//! Decides whether reported work that a tool no longer shows is gone.
//!
//! Work counts as gone when two complete readings at least `CONFIRM_AFTER` apart lack it, the tool shows the project,
//! and the person was a member during both readings according to the trainer's document, which is read again
//! afterwards. If much of a project's work would become zero at once, an operator has to confirm it first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::context::Context;
use super::people::{Person, granted};
use super::reading::Readings;
use super::report::{HeldProject, Report};
use super::sheet::{Presence, Sheet, Verdict};
use crate::ledger::{DeletionHold, LedgerError, Measures, Missing, ProjectUsage};
use crate::model::ids::{ProjectId, TrainerId};

/// Minimum number of person-days that need a confirmation to become zero at once.
const MOST_DAYS: u64 = 5;

/// The reported work of one project, and the part of it that would become zero.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Balance {
    held_days: u64,
    held_seconds: i64,
    gone_days: u64,
    gone_seconds: i64,
}

impl Balance {
    /// Whether more than a fifth of the reported seconds and at least five person-days would become zero. If no time is
    /// measured, days count in place of seconds.
    fn is_suspicious(self) -> bool {
        let many = match self.held_seconds {
            0 => self.gone_days * 5 > self.held_days,
            seconds => self.gone_seconds.saturating_mul(5) > seconds,
        };
        many && self.gone_days >= MOST_DAYS
    }
}

/// Decides about work that would become zero. `former` are the people without days to read.
pub(super) async fn weigh(
    ctx: &Context<'_>,
    people: &[Person],
    former: &[Person],
    readings: &Readings,
    sheets: &[Vec<Sheet>],
) -> Result<(Verdict, Report), LedgerError> {
    let mut verdict = Verdict::default();
    let mut report = ctx.blank();
    let drops = || sheets.iter().flatten().flat_map(|sheet| &sheet.drops);
    if drops().next().is_some() {
        verdict.gone = presences(ctx, people, sheets).await?;
    }
    let dropped: BTreeSet<ProjectId> = drops().map(|it| it.project.clone()).collect();
    let balances = balances(ctx, (people, former), readings, sheets, &verdict);
    let read = readings.keys().filter(|_| ctx.options.is_for_all());
    let projects = read.chain(&dropped).chain(balances.keys());
    let projects = projects.chain(&ctx.options.accept_deletions);
    let mut known = holds(ctx, projects.collect()).await?;
    // A run over a part of the work does not see how much is gone, so it withdraws nothing and ends no hold.
    let is_part = !ctx.options.is_for_all();
    let held: Vec<_> = known.keys().filter(|_| !is_part).cloned().collect();
    let accepted = ctx.options.accept_deletions.iter().cloned();
    let projects: BTreeSet<_> = dropped.into_iter().chain(held).chain(accepted).collect();
    for project in projects {
        let known = known.remove(&project);
        let balance = balances.get(&project).copied().unwrap_or_default();
        let stays = match &known {
            // A hold only ends if the work is back, or an operator confirms it.
            Some(_) => balance.gone_days > 0,
            None => balance.is_suspicious(),
        };
        if ctx.options.accepts(&project) || !(is_part || stays) {
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
    Ok((verdict, report))
}

/// The holds of those projects that wait for an operator.
async fn holds(
    ctx: &Context<'_>,
    projects: BTreeSet<&ProjectId>,
) -> Result<BTreeMap<ProjectId, DeletionHold>, LedgerError> {
    let projects: Vec<_> = projects.into_iter().cloned().collect();
    let usages = ctx.reporter.ledger.project_usages(&projects).await?;
    let holds = projects.into_iter().zip(usages);
    Ok(holds
        .filter_map(|(project, usage)| Some((project, usage.held?)))
        .collect())
}

/// Ends a project's hold: an operator has confirmed it, or the work is back.
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

/// Whether the people whose days are missing were members at both readings.
async fn presences(
    ctx: &Context<'_>,
    people: &[Person],
    sheets: &[Vec<Sheet>],
) -> Result<BTreeMap<(TrainerId, ProjectId), Presence>, LedgerError> {
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
    let mut presences = BTreeMap::new();
    for (id, projects) in asked {
        let granted = granted(&ctx.reporter.ledger.trainer(id).await?);
        for project in projects {
            let since = granted.get(project).filter(|_| shown.contains(project));
            let presence = since.map_or(Presence::Out, |since| Presence::InSince(*since));
            presences.insert((id.clone(), project.clone()), presence);
        }
    }
    Ok(presences)
}

/// The balance of each project with missing work.
fn balances(
    ctx: &Context<'_>,
    (people, former): (&[Person], &[Person]),
    readings: &Readings,
    sheets: &[Vec<Sheet>],
    verdict: &Verdict,
) -> BTreeMap<ProjectId, Balance> {
    let floor = ctx.bounds.floor();
    let nothing = Vec::new();
    let sheets = sheets.iter().chain(std::iter::repeat(&nothing));
    let all: Vec<_> = people.iter().chain(former).zip(sheets).collect();
    let mut balances: BTreeMap<ProjectId, Balance> = BTreeMap::new();
    for (person, sheets) in &all {
        for (project, seconds) in gone(person, sheets, verdict, floor) {
            let balance = balances.entry(project).or_default();
            balance.gone_days += 1;
            balance.gone_seconds += seconds;
        }
    }
    if balances.is_empty() {
        return balances;
    }
    for (person, _) in all {
        for (project, part) in held(person, readings) {
            if let Some(balance) = balances.get_mut(&project) {
                balance.held_days += 1;
                balance.held_seconds += part.seconds.unwrap_or_default();
            }
        }
    }
    balances
}

/// The person's reported work that is gone: on days that this run has read, and according to earlier runs on days that
/// it has not read.
fn gone(
    person: &Person,
    sheets: &[Sheet],
    verdict: &Verdict,
    floor: Date,
) -> Vec<(ProjectId, i64)> {
    let mut gone = Vec::new();
    for contract in &person.contracts {
        let sheet = sheets.iter().find(|it| it.of == contract.of);
        let seen = sheet.into_iter().flat_map(|it| &it.missing);
        let is_unread = |it: &&Missing| it.day >= floor && !contract.days.hold(it.day);
        let known = contract.row.iter().flat_map(|row| &row.missing);
        let missing = seen.chain(known.filter(is_unread)).filter(|it| {
            let key = (person.id.clone(), it.project.clone());
            let presence = verdict.gone.get(&key).copied();
            let in_since = person.granted.get(&it.project).copied();
            let presence = presence.or(in_since.map(Presence::InSince));
            matches!(presence, Some(Presence::InSince(at)) if at <= it.since)
        });
        let part = |it: &Missing| contract.held(it.day)?.get(&it.project).copied();
        let parts = missing.filter_map(|it| Some((it.project.clone(), part(it)?)));
        let parts = parts.filter(|(_, part)| part.is_some_work());
        gone.extend(parts.map(|(project, part)| (project, part.seconds.unwrap_or_default())));
        let zeros = sheet.into_iter().flat_map(|it| &it.drops);
        let zeros = zeros.filter(|it| it.missing_since.is_none());
        gone.extend(zeros.map(|it| (it.project.clone(), it.seconds)));
    }
    gone
}

/// The person's reported work on days that were read, or that are known to be missing.
fn held<'a>(
    person: &'a Person,
    readings: &'a Readings,
) -> impl Iterator<Item = (ProjectId, Measures)> + 'a {
    let rows = person.contracts.iter().filter_map(|it| it.row.as_ref());
    let parts = rows.flat_map(|row| {
        let days = row.days.iter();
        days.flat_map(move |(day, parts)| parts.iter().map(move |part| (row, *day, part)))
    });
    parts.filter_map(|(row, day, (project, part))| {
        let mut windows = readings.get(project).into_iter().flatten();
        let is_read = windows.any(|it| it.window.holds(day));
        let mut missing = row.missing.iter();
        let is_held = is_read || missing.any(|it| it.day == day && it.project == *project);
        (is_held && part.is_some_work()).then(|| (project.clone(), *part))
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
