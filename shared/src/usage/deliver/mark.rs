//! How far the reporting of a contract has come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::Delivered;
use crate::ledger::{LedgerError, Missing, Parts, UsageMark, total};
use crate::usage::context::Context;
use crate::usage::options::utc_day;
use crate::usage::people::Contract;
use crate::usage::report::ContractDays;
use crate::usage::sheet::Sheet;

/// How far the reporting of a contract has come after this run.
pub(super) fn mark(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    failed: &BTreeSet<Date>,
) -> UsageMark {
    let read_on = sheet.read_at.map_or(ctx.bounds.today, utc_day);
    let open = sheet.open.union(failed).copied().collect();
    let closed = contract.days.closed_by(read_on, &open, sheet.is_final);
    // A day of the look-back may have been closed before. What was not accepted is open again.
    let is_read = |day: &&Date| contract.days.hold(**day) && **day >= ctx.bounds.floor();
    let reopened = failed.iter().find(is_read).copied();
    let row = contract.row.as_ref();
    let older = contract.days.older.filter(|_| sheet.was_read);
    UsageMark {
        open_from: Some(reopened.map_or(closed, |day| day.min(closed))),
        older_on: match older {
            Some(_) => Some(ctx.bounds.today),
            None => row.and_then(|row| row.older_on),
        },
        owned: contract.owned.clone(),
        missing: missing(contract, sheet),
        lost: contract.days.lost.clone(),
    }
}

/// The missing days that this run has seen, and those of days that it did not read: a run over fewer days must not make
/// the two readings that prove an absence begin anew.
fn missing(contract: &Contract, sheet: &Sheet) -> Vec<Missing> {
    let known = contract.row.iter().flat_map(|row| &row.missing);
    let unread = known.filter(|it| !contract.days.hold(it.day)).cloned();
    let mut missing: Vec<_> = sheet.missing.iter().cloned().chain(unread).collect();
    missing.sort_by(|a, b| (a.day, &a.project).cmp(&(b.day, &b.project)));
    missing
}

/// Records how far the reporting has come, if that is new.
pub(super) async fn record(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    mark: UsageMark,
) -> Result<(), LedgerError> {
    let is_known = contract.row.as_ref().is_some_and(|row| row.is_at(&mark));
    if ctx.options.dry_run || is_known {
        return Ok(());
    }
    ctx.reporter
        .ledger
        .mark_usage(&sheet.of, &mark, ctx.keep_from)
        .await
}

/// How the days of a contract stand.
pub(super) fn standing(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    delivered: &Delivered,
) -> ContractDays {
    let row = contract.row.as_ref();
    let held = row.into_iter().flat_map(|row| &row.days);
    let worked = |parts: &Parts| total(parts).is_some_work();
    let before: BTreeSet<Date> = held.filter(|it| worked(it.1)).map(|it| *it.0).collect();
    let then = sheet.then.iter().map(|(day, gain)| (day, &gain.parts));
    let sent = sheet.first.iter().chain(then);
    let sent: BTreeMap<_, _> = sent
        .filter(|it| delivered.accepted.contains(it.0))
        .collect();
    let mut reported = before.clone();
    for (day, parts) in &sent {
        match worked(parts) {
            true => reported.insert(**day),
            false => reported.remove(day),
        };
    }
    let mark = mark(ctx, contract, sheet, &delivered.failed);
    let open_from = mark.open_from.unwrap_or(ctx.bounds.today);
    let open = open_from.series(1.day());
    let open = open.take_while(|day| *day <= ctx.bounds.today);
    let owned = |day: &Date| contract.owned.iter().any(|it| it.holds(*day));
    let lost = row.map(|row| row.lost.clone()).unwrap_or_default();
    let held_back: BTreeSet<_> = sheet.held_back.iter().map(|it| it.day).collect();
    ContractDays {
        of: sheet.of.clone(),
        reported: reported.len() as u64,
        corrected: sent.keys().filter(|day| before.contains(*day)).count() as u64,
        open: open.filter(owned).count() as u64,
        held_back: held_back.len() as u64,
        lost: lost.union(&mark.lost).count() as u64,
    }
}
