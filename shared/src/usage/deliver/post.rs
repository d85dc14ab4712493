//! Sends days of one contract to OpenTrain.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::delivered::Delivered;
use super::mark::{mark, record};
use crate::connection::Connection;
use crate::ledger::{
    Hired, Known, LedgerError, Measures, NewerReport, Parts, Sending, UsageMark, UsageNews,
    UsageRefused, UsageRow, total,
};
use crate::tool::TimeSource;
use crate::usage::context::Context;
use crate::usage::gate::CircuitBreaker;
use crate::usage::people::Contract;
use crate::usage::report::{Failed, Refused, Report, Sent, Skip};
use crate::usage::send::{Halt, Outcome, send};
use crate::usage::sheet::Sheet;

/// Days of a contract that are sent together.
pub(super) struct Step<'a> {
    pub(super) contract: &'a Contract,
    /// The hire's row before the step.
    pub(super) row: Option<&'a UsageRow>,
    /// The row as it is stored; `None` if another step may have changed it.
    pub(super) stored: Option<Known<UsageRow>>,
    pub(super) sheet: &'a Sheet,
    pub(super) days: &'a BTreeMap<Date, Parts>,
    /// The days that another step did not settle; only set in the last step.
    pub(super) failed: Option<&'a BTreeSet<Date>>,
}

impl Step<'_> {
    /// The progress of the reporting after the last step. `more` are the days that this step did not settle.
    fn mark(&self, ctx: &Context<'_>, more: &BTreeSet<Date>) -> Option<UsageMark> {
        let failed = self.failed?.union(more).copied().collect();
        Some(mark(ctx, self.contract, self.sheet, &failed))
    }
}

/// Sends days of a contract, and records the accepted ones. After the last step, also records the progress of the
/// reporting.
pub(super) async fn post(
    ctx: &Context<'_>,
    step: &Step<'_>,
    report: &mut Report,
) -> Result<Delivered, LedgerError> {
    let (sheet, days) = (step.sheet, step.days);
    let mut delivered = Delivered::default();
    if days.is_empty() {
        if let Some(mark) = step.mark(ctx, &delivered.failed) {
            record(ctx, step.contract, sheet, mark, step.stored.clone()).await?;
        }
        return Ok(delivered);
    }
    let of = &sheet.of;
    if ctx.options.dry_run {
        delivered.accepted.extend(days.keys());
        sent(ctx, report, sheet, totals(days)).await;
        return Ok(delivered);
    }
    delivered.failed.extend(days.keys());
    let Some((connection, gate)) = way(ctx, of) else {
        return Ok(delivered);
    };
    if let Some(reason) = gate.shut() {
        report.stop(&of.connection, 1, reason);
        return Ok(delivered);
    }
    let sending = Sending {
        read_at: sheet.read_at.unwrap_or(ctx.now),
        now: ctx.reporter.clock.now(),
        days,
        base: step.row,
    };
    let ledger = &ctx.reporter.ledger;
    let Some(begun) = ledger
        .begin_usage(of, &sending, step.stored.clone())
        .await?
    else {
        report.skip(Skip::Overtaken, 1);
        delivered.is_overtaken = true;
        return Ok(delivered);
    };
    // The semaphore is never closed, so there is no error to handle.
    let place = ctx.permits.acquire().await;
    let outcome = send(ctx, connection, of, &totals(days), gate).await;
    drop(place);
    finish(ctx, step, begun, &outcome, &mut delivered).await?;
    outcome_in(ctx, report, sheet, outcome).await;
    Ok(delivered)
}

/// Records the result of a step.
async fn finish(
    ctx: &Context<'_>,
    step: &Step<'_>,
    begun: Known<UsageRow>,
    outcome: &Outcome,
    delivered: &mut Delivered,
) -> Result<(), LedgerError> {
    let (sheet, days) = (step.sheet, step.days);
    delivered.accepted.extend(outcome.accepted.keys());
    delivered
        .failed
        .retain(|day| !outcome.accepted.contains_key(day));
    let news = UsageNews {
        mark: step.mark(ctx, &delivered.failed),
        uncertain: uncertain(step.row, days, outcome),
        ..news(ctx, sheet, days, outcome)
    };
    let (ledger, now) = (&ctx.reporter.ledger, ctx.reporter.clock.now());
    let finished = ledger.finish_usage(&sheet.of, &news, now, Some(begun));
    if let Some(newer) = finished.await? {
        resend(ctx, sheet, newer).await?;
        delivered.is_overtaken = true;
    }
    Ok(())
}

/// The connection of a hire with its circuit breaker, if it is set up here.
fn way<'a>(ctx: &'a Context<'_>, of: &Hired) -> Option<(&'a Connection, &'a CircuitBreaker)> {
    let connection = ctx.connections.get(&of.connection)?;
    Some((connection, ctx.gates.get(&of.connection)?))
}

/// Sends a newer report again, which this report may have replaced.
async fn resend(ctx: &Context<'_>, sheet: &Sheet, newer: NewerReport) -> Result<(), LedgerError> {
    let of = &sheet.of;
    let Some((connection, gate)) = way(ctx, of) else {
        return Ok(());
    };
    let outcome = send(ctx, connection, of, &totals(&newer.days), gate).await;
    let news = UsageNews {
        read_at: newer.read_at,
        ..news(ctx, sheet, &newer.days, &outcome)
    };
    let now = ctx.reporter.clock.now();
    let ledger = &ctx.reporter.ledger;
    ledger.finish_usage(of, &news, now, None).await?;
    Ok(())
}

pub(super) fn totals(days: &BTreeMap<Date, Parts>) -> BTreeMap<Date, Measures> {
    let total = |(day, parts): (&Date, &Parts)| (*day, total(parts));
    days.iter().map(total).collect()
}

/// The result of a report, to record it. A hire that is marked as refused is tried again by every run that has
/// something to send. That costs one request, and the first accepted report removes the mark.
fn news(
    ctx: &Context<'_>,
    sheet: &Sheet,
    days: &BTreeMap<Date, Parts>,
    outcome: &Outcome,
) -> UsageNews {
    let accepted = outcome.accepted.keys();
    let accepted = accepted.filter_map(|day| Some((*day, days.get(day)?.clone())));
    let mark = outcome.failed.as_ref().filter(|halt| halt.marks);
    UsageNews {
        read_at: sheet.read_at.unwrap_or(ctx.now),
        accepted: accepted.collect(),
        rejected: rejected(days, outcome).collect(),
        uncertain: BTreeMap::new(),
        refused: mark.map(|halt| UsageRefused {
            reason: halt.reason.clone(),
            at: ctx.now,
        }),
        mark: None,
        keep_from: ctx.keep_from,
    }
}

/// The days that OpenTrain has refused, or that were not sent.
fn rejected(days: &BTreeMap<Date, Parts>, outcome: &Outcome) -> impl Iterator<Item = Date> {
    let days = days.keys().copied();
    days.filter(move |day| !outcome.accepted.contains_key(day) && !outcome.unanswered.contains(day))
}

/// The parts that earlier reports without an answer may have left at OpenTrain, for days whose correction was refused.
fn uncertain(
    row: Option<&UsageRow>,
    days: &BTreeMap<Date, Parts>,
    outcome: &Outcome,
) -> BTreeMap<Date, Parts> {
    let before =
        rejected(days, outcome).filter_map(|day| Some((day, row?.sending.get(&day)?.clone())));
    before.collect()
}

/// Adds an outcome to the report.
async fn outcome_in(ctx: &Context<'_>, report: &mut Report, sheet: &Sheet, outcome: Outcome) {
    let of = &sheet.of;
    let entries = sheet.first.len() + sheet.then.len() - outcome.accepted.len();
    for (day, measures, reason) in outcome.refused {
        tracing::warn!(contract.id = %of.contract, %day, %reason, "OpenTrain refused an entry");
        report.refused.push(Refused {
            of: of.clone(),
            day,
            measures,
            reason,
        });
    }
    if let Some(Halt { reason, .. }) = outcome.failed {
        tracing::warn!(connection = %of.connection, contract.id = %of.contract, %reason, "a hire's work could not be reported");
        report.failed.push(Failed {
            of: of.clone(),
            entries,
            reason,
        });
    }
    sent(ctx, report, sheet, outcome.accepted).await;
}

async fn sent(
    ctx: &Context<'_>,
    report: &mut Report,
    sheet: &Sheet,
    days: BTreeMap<Date, Measures>,
) {
    let can = ctx.reporter.tool.capabilities().await;
    if can.is_ok_and(|can| can.time == TimeSource::None) {
        report.skip(Skip::NoTimeSource, days.len() as u64);
    }
    if days.is_empty() {
        return;
    }
    let of = sheet.of.clone();
    match report.sent.iter_mut().find(|it| it.of == of) {
        Some(known) => known.days.extend(days),
        None => report.sent.push(Sent { of, days }),
    }
}
