//! Asks the tool for totals, each project once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::context::Context;
use super::days::Bounds;
use super::last::MOST_BYTES;
use super::people::{Contract, Person};
use super::reading::{Days, Found, Reading, Readings};
use super::report::{ReadInPart, Report, Skip, Unread};
use crate::clock::after;
use crate::ids::ProjectId;
use crate::ledger::{Failing, FrozenSince, LedgerError, ProjectUsage};
use crate::tool::{Ask, Gaps, ToolError, Window};

/// How long reading one project may take.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// After this many failures in a row a project is read less often.
const TRIES: u32 = 3;

/// The longest pause of a project that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 3600);

/// What is asked about one project.
struct Question<'a> {
    project: &'a ProjectId,
    windows: Vec<Window>,
    /// OpenTrain lets the project's people in itself, perhaps into another tool than this one.
    managed: bool,
    /// Deletions are looked for.
    fresh: bool,
    gaps: Gaps,
}

/// The totals of the projects that the people's due contracts need.
pub(super) async fn read(
    ctx: &Context<'_>,
    people: &[Person],
) -> Result<(Readings, Report), LedgerError> {
    let mut report = ctx.blank();
    let mut readings = Readings::new();
    let questions = questions(people, ctx.bounds);
    let projects: Vec<_> = questions.iter().map(|it| it.project.clone()).collect();
    let usages = match ctx.is_last {
        true => vec![ProjectUsage::default(); projects.len()],
        false => ctx.reporter.ledger.project_usages(&projects).await?,
    };
    for (question, usage) in questions.iter().zip(usages) {
        let found = ask(ctx, question, &usage).await;
        for reading in &found {
            note(&mut report, question.project, reading);
        }
        remember(ctx, question.project, &usage, &found).await?;
        readings.insert(question.project.clone(), found);
    }
    Ok((readings, report))
}

fn questions(people: &[Person], bounds: Bounds) -> Vec<Question<'_>> {
    let mut contracts: BTreeMap<&ProjectId, Vec<&Contract>> = BTreeMap::new();
    let mut at: BTreeMap<&ProjectId, Vec<&Person>> = BTreeMap::new();
    for person in people {
        for contract in person
            .contracts
            .iter()
            .filter(|it| it.is_asked && it.days.is_due())
        {
            for project in contract.projects_read() {
                contracts.entry(project).or_default().push(contract);
            }
        }
        let projects: BTreeSet<_> = person.spells.iter().map(|it| &it.project).collect();
        for project in projects {
            at.entry(project).or_default().push(person);
        }
    }
    let question = |(project, contracts): (_, Vec<&Contract>)| {
        let people = at.get(project).into_iter().flatten();
        let mut gaps = Gaps::default();
        people
            .clone()
            .for_each(|it| it.add_gaps(project, &mut gaps));
        let mut rows = contracts.iter().filter_map(|it| it.row.as_ref());
        Question {
            project,
            windows: windows(&contracts, bounds),
            managed: people.clone().all(|it| it.is_managed(project)),
            fresh: rows.any(|row| row.missing.iter().any(|it| it.project == *project)),
            gaps,
        }
    };
    contracts.into_iter().map(question).collect()
}

/// The recent days, and all older days that any of the contracts needs.
fn windows(contracts: &[&Contract], bounds: Bounds) -> Vec<Window> {
    let older = contracts.iter().filter_map(|it| it.days.older);
    let older = older.reduce(|a, b| Window {
        from: a.from.min(b.from),
        to: a.to.max(b.to),
    });
    let recent = contracts.iter().any(|it| it.days.recent.is_some());
    let recent = recent.then(|| bounds.recent());
    recent.into_iter().chain(older).collect()
}

/// The readings of a project. Older days are read by themselves, if the recent ones could be read.
async fn ask(ctx: &Context<'_>, question: &Question<'_>, usage: &ProjectUsage) -> Vec<Reading> {
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut readings: Vec<Reading> = Vec::new();
    for window in &question.windows {
        let failed = readings.iter().find_map(|it| match &it.found {
            Found::Failed(reason) => Some(reason.clone()),
            _ => None,
        });
        let pause = pause(ctx, usage);
        let found = match failed
            .or(pause)
            .or_else(|| ctx.tool.shut().map(str::to_owned))
        {
            Some(reason) => Found::Failed(reason),
            None => {
                let found = tokio::time::timeout_at(until, totals(ctx, question, *window)).await;
                found.unwrap_or_else(|_| {
                    let minutes = PATIENCE.as_secs() / 60;
                    Found::Failed(format!("the tool did not answer within {minutes} minutes"))
                })
            }
        };
        if let Found::Failed(reason) = &found {
            ctx.tool_failed(question.project, reason).await;
        }
        let window = *window;
        readings.push(Reading { window, found });
    }
    readings
}

/// Why a project that failed several times is not read now, if it is not.
fn pause(ctx: &Context<'_>, usage: &ProjectUsage) -> Option<String> {
    let failing = usage.failing.as_ref().filter(|it| it.times >= TRIES)?;
    let doublings = (failing.times - TRIES).min(8);
    let pause = Duration::from_secs(15 * 60) * 2_u32.pow(doublings);
    let until = after(failing.at, pause.min(LONGEST_PAUSE));
    let waits = ctx.now < until && failing.at <= ctx.now && !ctx.options.by_hand;
    waits.then(|| {
        format!(
            "it failed {} times in a row and is tried again after {until:.0}: {}",
            failing.times, failing.reason
        )
    })
}

async fn totals(ctx: &Context<'_>, question: &Question<'_>, window: Window) -> Found {
    let tool = ctx.reporter.tool.as_ref();
    let ask = Ask {
        window,
        dry: ctx.options.dry_run,
        fresh: question.fresh,
        most_bytes: if ctx.is_last { MOST_BYTES } else { u64::MAX },
        gaps: question.gaps.clone(),
    };
    let answer = tool.totals(question.project, &ask).await;
    if answer.is_ok() {
        ctx.tool.answered();
    }
    match answer {
        Ok(Some(totals)) => match tool.capabilities().await {
            Ok(can) => Found::Totals(Box::new(Days::of(totals, can.time))),
            Err(error) => Found::Failed(error.to_string()),
        },
        Ok(None) => Found::Nothing(Skip::NoTotals),
        Err(ToolError::Wrong { .. }) if question.managed => Found::Nothing(Skip::NotInThisTool),
        Err(ToolError::Wrong { reason }) => Found::Gone(reason),
        Err(error) => Found::Failed(error.to_string()),
    }
}

/// Remembers what the next run has to know of the project.
async fn remember(
    ctx: &Context<'_>,
    project: &ProjectId,
    usage: &ProjectUsage,
    readings: &[Reading],
) -> Result<(), LedgerError> {
    let failed = readings.iter().find_map(|it| match &it.found {
        Found::Failed(reason) | Found::Gone(reason) => Some(reason),
        _ => None,
    });
    let failing = failed.map(|reason| failing(usage, reason, ctx.now));
    // A pause is no try.
    let failing = failing.filter(|_| pause(ctx, usage).is_none());
    let failing = failing.or_else(|| usage.failing.clone().filter(|_| failed.is_some()));
    let days = readings.iter().filter_map(Reading::days);
    let reason = days.filter_map(|days| days.frozen.clone()).next();
    let was_read = readings.iter().any(|it| it.days().is_some());
    let known = usage.frozen.as_ref();
    let frozen = reason.map(|reason| FrozenSince {
        since: known.map_or(ctx.now, |known| known.since),
        reason,
    });
    let frozen = if was_read {
        frozen
    } else {
        usage.frozen.clone()
    };
    if ctx.options.dry_run || ctx.is_last || (failing == usage.failing && frozen == usage.frozen) {
        return Ok(());
    }
    let change = |row: &mut ProjectUsage| {
        row.failing.clone_from(&failing);
        row.frozen.clone_from(&frozen);
    };
    let ledger = &ctx.reporter.ledger;
    ledger.update_project_usage(project, change).await.map(drop)
}

fn failing(usage: &ProjectUsage, reason: &str, now: Timestamp) -> Failing {
    let known = usage.failing.as_ref();
    Failing {
        since: known.map_or(now, |known| known.since.min(now)),
        at: now,
        times: known.map_or(0, |known| known.times).saturating_add(1),
        reason: reason.to_owned(),
    }
}

/// Notes what the tool had of a project.
fn note(report: &mut Report, project: &ProjectId, reading: &Reading) {
    match &reading.found {
        Found::Totals(days) => {
            if let Some(reason) = &days.frozen {
                report.freeze(project, reason);
            }
            let rows = &days.unreadable;
            if rows.is_empty() {
                return;
            }
            tracing::warn!(project.id = %project, reason = %rows, "rows of a project's totals could not be read; the others are reported");
            report.read_in_part.push(ReadInPart {
                project: project.clone(),
                rows: rows.named().to_vec(),
                count: rows.len(),
            });
        }
        Found::Nothing(why) => report.skip(*why, 1),
        Found::Gone(reason) | Found::Failed(reason) => {
            if report.unread.iter().any(|it| it.project == *project) {
                return;
            }
            tracing::warn!(project.id = %project, %reason, "a project's totals could not be read");
            report.unread.push(Unread {
                project: project.clone(),
                hires: 0,
                reason: reason.clone(),
            });
        }
    }
}
