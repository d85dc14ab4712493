//! Progress of a contract's reporting: open and closed days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::delivered::Delivered;
use crate::ledger::{Known, LedgerError, Missing, Parts, UsageMark, UsageRow, WhyLost, total};
use crate::model::clock::day_of;
use crate::usage::context::Context;
use crate::usage::days::{CLOSES_AFTER, agreed, last_run};
use crate::usage::options::earlier;
use crate::usage::people::Contract;
use crate::usage::report::{ContractDays, Skip};
use crate::usage::sheet::Sheet;

/// Progress of a contract's reporting after this run.
pub(super) fn mark(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    failed: &BTreeSet<Date>,
) -> UsageMark {
    let (row, days) = (contract.row.as_ref(), &contract.days);
    // A day is only over if the clock of the previous run agrees, because one clock may be ahead.
    let before = row.and_then(|row| last_run(row, ctx.bounds.today));
    let read_on = sheet.read_at.map_or(ctx.bounds.today, day_of);
    let over = before.map(|before| read_on.min(before));
    let unsettled: BTreeSet<Date> = sheet.open.union(failed).copied().collect();
    let zeroed = zeroed(ctx, contract, sheet, failed);
    let open = unsettled.union(&zeroed).copied().collect();
    let closed = over.map_or(days.open_from, |over| days.closed_by(over, &open));
    // A day of the look-back may have been closed before. If it is found open now, it is reopened.
    let is_read = |day: &&Date| days.hold(**day) && **day >= ctx.bounds.floor();
    let found_open = open.difference(&sheet.unread).chain(failed);
    let reopened = found_open.filter(is_read).min();
    // If nothing can be reported, no day is closed, not even a day without work: the tool may have hidden it.
    let closed = contract.barred.map_or(closed, |_| days.open_from);
    let open_from = reopened.map_or(closed, |day| closed.min(*day));
    let old = days.lost.iter().map(|day| (*day, WhyLost::TooOld));
    let gone = unlinked(contract, sheet).into_iter();
    let gone = gone.map(|day| (day, WhyLost::LinkRemoved));
    UsageMark {
        open_from: Some(open_from),
        older_on: older_on(ctx, contract, sheet, failed),
        owned: contract.owned.clone(),
        missing: missing(contract, sheet),
        // A first run has no previous run whose clock could agree, so it closes and settles nothing.
        settled: settled(
            contract,
            over,
            &open,
            &sheet.unread.difference(failed).copied().collect(),
            open_from,
        ),
        sealed_to: sealed_to(contract, sheet, &unsettled),
        ran_on: Some(ctx.bounds.today),
        found: found(contract, &unsettled),
        zeroed,
        lost: old.chain(gone).collect(),
    }
}

/// The days whose work can no longer be read, without those that an earlier run has named.
pub(super) fn unlinked(contract: &Contract, sheet: &Sheet) -> BTreeSet<Date> {
    let named = contract.row.as_ref().map(|row| &row.lost);
    let is_new = |day: &&Date| named.is_none_or(|named| !named.contains_key(*day));
    sheet.lost.iter().filter(is_new).copied().collect()
}

/// The day on which open days before the look-back were last read and left nothing unreported.
fn older_on(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    failed: &BTreeSet<Date>,
) -> Option<Date> {
    let (row, today) = (contract.row.as_ref(), ctx.bounds.today);
    let known = row.and_then(|row| row.older_on);
    let Some(older) = contract.days.older else {
        return known;
    };
    // After a first run or a pause one of the two clocks may be wrong, so the next run reads the days again.
    let before = row.and_then(|row| last_run(row, today));
    let is_agreed = before.is_some_and(|before| earlier(today, 1) <= before);
    let mut short = sheet.short.union(failed);
    match short.any(|day| older.holds(*day)) || !is_agreed {
        true => known.filter(|day| *day != today),
        false => Some(today),
    }
}

/// The days whose work was set to zero, now or before, and has not come back since. They stay open.
fn zeroed(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    failed: &BTreeSet<Date>,
) -> BTreeSet<Date> {
    let then = sheet.then.keys();
    let sent = |day: &Date| sheet.first.contains_key(day) || then.clone().any(|it| it == day);
    let is_back = |day: &Date| sent(day) && !failed.contains(day);
    let row = contract.row.as_ref();
    let agreed = row.and_then(|row| agreed(row, ctx.bounds.today));
    let is_recent = |day: &Date| agreed.is_none_or(|agreed| agreed <= *day);
    let known = row.into_iter().flat_map(|row| &row.zeroed);
    let known = known.filter(|day| is_recent(day) && !is_back(day));
    let new = sheet.zeroed.difference(failed);
    known.chain(new).copied().collect()
}

/// Days that were marked as lost, and that the run has settled.
fn found(contract: &Contract, open: &BTreeSet<Date>) -> BTreeSet<Date> {
    let lost = contract.row.iter().flat_map(|row| &row.lost);
    let old = lost.filter(|it| *it.1 == WhyLost::TooOld).map(|it| *it.0);
    let found = old.filter(|day| contract.days.hold(*day) && !open.contains(day));
    found.collect()
}

/// The first day whose seconds may still grow after the final reading of a contract that is over.
fn sealed_to(contract: &Contract, sheet: &Sheet, open: &BTreeSet<Date>) -> Option<Date> {
    let read_on = sheet.read_at.filter(|_| sheet.is_final).map(day_of);
    let sealed = read_on.map(|read_on| contract.days.settled_to(read_on, open));
    contract.days.sealed_to.max(sealed)
}

/// The days from `open_from` on that a complete reading of a later day has settled, now or before. Days in `unread`
/// keep their state.
fn settled(
    contract: &Contract,
    over: Option<Date>,
    open: &BTreeSet<Date>,
    unread: &BTreeSet<Date>,
    open_from: Date,
) -> BTreeSet<Date> {
    let days = contract.days.windows().flat_map(|window| window.days());
    let is_owned = |day: &Date| contract.owned.iter().any(|it| it.holds(*day));
    let is_over = |day: &Date| over.is_some_and(|over| *day < over);
    let is_settled = |day: &Date| !open.contains(day);
    let read = days.filter(|day| is_owned(day) && is_over(day) && is_settled(day));
    let known = contract.days.settled.iter().copied();
    let known = known.filter(|day| is_settled(day) || unread.contains(day));
    known.chain(read).filter(|day| *day >= open_from).collect()
}

/// The missing days of this run, and the recorded ones that it did not read: a run over fewer days must not restart the
/// proof of an absence.
fn missing(contract: &Contract, sheet: &Sheet) -> Vec<Missing> {
    let known = contract.row.iter().flat_map(|row| &row.missing);
    let unread = known.filter(|it| !contract.days.hold(it.day)).cloned();
    let mut missing: Vec<_> = sheet.missing.iter().cloned().chain(unread).collect();
    missing.sort_by(|a, b| (a.day, &a.project).cmp(&(b.day, &b.project)));
    missing
}

/// Records the progress of the reporting, if it has changed.
pub(super) async fn record(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    mark: UsageMark,
    stored: Option<Known<UsageRow>>,
) -> Result<(), LedgerError> {
    let is_known = contract.row.as_ref().is_some_and(|row| row.is_at(&mark));
    if ctx.options.dry_run || is_known {
        return Ok(());
    }
    ctx.reporter
        .ledger
        .mark_usage(&sheet.of, &mark, ctx.keep_from, stored)
        .await
}

/// The days of a contract in the report, by state.
pub(super) fn contract_days(
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
    let open = open_from.max(ctx.bounds.floor()).series(1.day());
    let open = open.take_while(|day| *day <= ctx.bounds.today);
    let closed = earlier(ctx.bounds.today, CLOSES_AFTER);
    let is_removed = contract.barred == Some(Skip::LinkRemoved);
    let is_open = |day: &Date| {
        let is_owned = contract.owned.iter().any(|it| it.holds(*day));
        is_owned && !is_removed && !(*day <= closed && mark.settled.contains(day))
    };
    let named = row.into_iter().flat_map(|row| row.lost.keys());
    let lost: BTreeSet<&Date> = named.chain(mark.lost.keys()).collect();
    let is_asked = |day: &&Date| ctx.bounds.asked.is_none_or(|asked| asked.holds(**day));
    let is_corrected = |(day, parts): &(&&Date, &&Parts)| {
        let held = row.and_then(|row| row.days.get(**day));
        before.contains(**day) && held.map(total) != Some(total(parts))
    };
    let held_back: BTreeSet<_> = sheet.held_back.iter().map(|it| it.day).collect();
    ContractDays {
        of: sheet.of.clone(),
        reported: reported.iter().filter(is_asked).count() as u64,
        corrected: sent.iter().filter(is_corrected).count() as u64,
        open: open.filter(|day| is_open(day) && is_asked(&day)).count() as u64,
        held_back: held_back.len() as u64,
        lost: lost.len() as u64,
    }
}
