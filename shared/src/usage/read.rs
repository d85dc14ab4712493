//! Requests the totals from the tool, once for each project.

use std::time::Duration;

use jiff::Timestamp;

use super::context::Context;
use super::gone::{is_gone, is_settled};
use super::questions::{Question, Questions};
use super::reading::{Days, Found, Reading, Readings};
use super::report::{ReadInPart, Report, Skip, Unread};
use crate::ledger::{Failing, FrozenSince, LedgerError, ProjectUsage};
use crate::model::clock::after;
use crate::model::ids::ProjectId;
use crate::tool::{Ask, ToolError, Window};

/// Maximum bytes of one project's totals before a removal, which runs in a small function.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// Time limit of reading one project.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Number of consecutive failures after which a project is read less often.
const TRIES: u32 = 3;

/// Longest pause of a failing project.
const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 3600);

/// Reads the totals of the requested projects.
pub(super) async fn read(
    ctx: &Context<'_>,
    questions: &Questions,
) -> Result<(Readings, Report), LedgerError> {
    let mut report = ctx.blank();
    let mut readings = Readings::new();
    let projects: Vec<_> = questions.projects().cloned().collect();
    let usages = match ctx.is_last {
        true => vec![ProjectUsage::default(); projects.len()],
        false => ctx.reporter.ledger.project_usages(&projects).await?,
    };
    for ((project, question), usage) in questions.iter().zip(usages) {
        let is_tried = ctx.tool.shut().is_none();
        let found = ask(ctx, project, question, &usage).await;
        for reading in &found {
            note(&mut report, project, reading);
        }
        remember(ctx, project, &usage, &found, is_tried).await?;
        readings.insert(project.clone(), found);
    }
    Ok((readings, report))
}

/// The readings of a project. Older days are read separately, if the recent ones could be read.
async fn ask(
    ctx: &Context<'_>,
    project: &ProjectId,
    question: &Question,
    usage: &ProjectUsage,
) -> Vec<Reading> {
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut readings: Vec<Reading> = Vec::new();
    for window in question.windows() {
        let failed = readings.iter().find_map(|it| match &it.found {
            Found::Failed(reason) => Some(reason.clone()),
            _ => None,
        });
        if is_settled(ctx, project, usage) {
            readings.push(Reading::gone(window, usage));
            continue;
        }
        let found = match failed
            .or(pause(ctx, project, usage))
            .or_else(|| ctx.tool.shut().map(str::to_owned))
        {
            Some(reason) => Found::Failed(reason),
            None => {
                let found =
                    tokio::time::timeout_at(until, totals(ctx, project, question, window, usage))
                        .await;
                found.unwrap_or_else(|_| {
                    let minutes = PATIENCE.as_secs() / 60;
                    Found::Failed(format!("the tool did not answer within {minutes} minutes"))
                })
            }
        };
        if let Found::Failed(reason) = &found {
            ctx.tool_failed(project, reason).await;
        }
        readings.push(Reading { window, found });
    }
    readings
}

/// Reason why a project that failed several times is not read now; `None` if it is.
fn pause(ctx: &Context<'_>, project: &ProjectId, usage: &ProjectUsage) -> Option<String> {
    // The next answer ends the failure of a project that is gone, with its last link.
    if usage.gone && ctx.unlinked.contains(project) {
        return None;
    }
    let failing = usage.failing.as_ref().filter(|it| it.times >= TRIES)?;
    let doublings = (failing.times - TRIES).min(8);
    let pause = Duration::from_secs(15 * 60) * 2_u32.pow(doublings);
    let until = after(failing.at, pause.min(LONGEST_PAUSE));
    let waits = ctx.now < until && failing.at <= ctx.now && !ctx.options.by_hand;
    waits.then(|| {
        format!(
            "it failed {} times in a row and is retried after {until:.0}: {}",
            failing.times, failing.reason
        )
    })
}

async fn totals(
    ctx: &Context<'_>,
    project: &ProjectId,
    question: &Question,
    window: Window,
    usage: &ProjectUsage,
) -> Found {
    let tool = ctx.reporter.tool.as_ref();
    let ask = Ask {
        window,
        dry: ctx.options.dry_run,
        fresh: question.fresh,
        most_bytes: if ctx.is_last { MOST_BYTES } else { u64::MAX },
        gaps: question.gaps.clone(),
    };
    let answer = tool.totals(project, &ask).await;
    if answer.is_ok() {
        ctx.tool.answered();
    }
    match answer {
        Ok(Some(totals)) => match tool.capabilities().await {
            Ok(can) => Found::Totals(Box::new(Days::of(totals, can.time))),
            Err(error) => Found::Failed(error.to_string()),
        },
        Ok(None) => Found::Nothing(Skip::NoTotals),
        Err(ToolError::Wrong { .. } | ToolError::NoProject { .. }) if question.managed => {
            Found::Nothing(Skip::NotInThisTool)
        }
        Err(ToolError::Wrong { reason }) => Found::Refused(reason),
        Err(ToolError::NoProject { .. }) if !ctx.is_last && ctx.unlinked.contains(project) => {
            Found::Unlinked {
                had_totals: usage.has_totals == Some(true),
            }
        }
        Err(ToolError::NoProject { reason }) => Found::Gone(format!(
            "{reason}. If it was deleted in the tool, delete its link: `bridge links` shows it, `bridge unlink LINK --force`"
        )),
        Err(error) => Found::Failed(error.to_string()),
    }
}

/// Records the state of the project for the next run.
async fn remember(
    ctx: &Context<'_>,
    project: &ProjectId,
    usage: &ProjectUsage,
    readings: &[Reading],
    is_tried: bool,
) -> Result<(), LedgerError> {
    let failed = readings.iter().find_map(|it| match &it.found {
        Found::Failed(reason) | Found::Refused(reason) | Found::Gone(reason) => Some(reason),
        _ => None,
    });
    let failing = failed.map(|reason| failing(usage, reason, ctx.now));
    // A pause is not a try, and a project is not at fault while the whole tool does not answer.
    let failing = failing.filter(|_| is_tried && pause(ctx, project, usage).is_none());
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
    let has_none = readings
        .iter()
        .any(|it| matches!(it.found, Found::Nothing(_)));
    let has_totals = match was_read {
        true => Some(true),
        false => usage.has_totals.or(has_none.then_some(false)),
    };
    let gone = is_gone(usage, readings);
    let is_known = failing == usage.failing && frozen == usage.frozen && gone == usage.gone;
    let is_known = is_known && has_totals == usage.has_totals;
    if ctx.options.dry_run || ctx.is_last || is_known {
        return Ok(());
    }
    let change = |row: &mut ProjectUsage| {
        row.has_totals = has_totals;
        row.failing.clone_from(&failing);
        row.gone = gone;
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

/// Adds the result of a project's reading to the report.
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
        Found::Unlinked { .. } => {}
        Found::Gone(reason) | Found::Refused(reason) | Found::Failed(reason) => {
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
