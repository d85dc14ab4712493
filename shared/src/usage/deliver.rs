//! Sends one person's sheets to OpenTrain and stores the result in the ledger.

mod delivered;
mod mark;
mod post;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use self::delivered::Delivered;
use self::mark::{contract_days, mark, record, unlinked};
use self::post::{Step, post};
use super::context::Context;
use super::people::{Contract, Person};
use super::report::{Lost, MissingDay, Report, Skip, Stuck};
use super::sheet::{Gain, Sheet};
use crate::ledger::{LedgerError, Measures, Parts, UsageRow, WhyLost, total};
use crate::model::ids::ContractId;
use crate::telemetry::Metric;

/// Sends the entries that OpenTrain does not have yet. Reductions are sent first.
pub(super) async fn deliver(ctx: &Context<'_>, person: &Person, sheets: Vec<Sheet>) -> Report {
    let mut report = ctx.blank();
    let mut delivered: BTreeMap<ContractId, Delivered> = BTreeMap::new();
    for sheet in &sheets {
        let Some(contract) = contract_of(person, sheet) else {
            continue;
        };
        tell(ctx, &mut report, contract, sheet);
        let result = match contract.barred {
            Some(why) => bar(ctx, contract, sheet, why, &mut report).await,
            None => first(ctx, contract, sheet, &mut report).await,
        };
        let result = ctx.note(&mut report, result).unwrap_or_default();
        delivered.insert(sheet.of.contract.clone(), result);
    }
    let sent = sheets.iter().map(|it| (&it.of.contract, &it.first));
    let sent: BTreeMap<_, _> = sent.collect();
    for sheet in sheets.iter().filter(|sheet| !sheet.then.is_empty()) {
        let Some(contract) = contract_of(person, sheet).filter(|it| it.barred.is_none()) else {
            continue;
        };
        let days = given_back(sheet, &sent, &delivered, &mut report);
        let done = delivered.remove(&sheet.of.contract).unwrap_or_default();
        let result = then(ctx, contract, sheet, days, done, &mut report).await;
        let result = ctx.note(&mut report, result).unwrap_or_default();
        delivered.insert(sheet.of.contract.clone(), result);
    }
    for sheet in &sheets {
        let delivered = delivered.get(&sheet.of.contract);
        if let Some((contract, delivered)) = contract_of(person, sheet).zip(delivered) {
            report
                .contracts
                .push(contract_days(ctx, contract, sheet, delivered));
        }
    }
    report
}

fn contract_of<'a>(person: &'a Person, sheet: &Sheet) -> Option<&'a Contract> {
    let mut contracts = person.contracts.iter();
    contracts.find(|it| it.of == sheet.of && it.is_asked)
}

/// Adds the findings about a sheet that do not depend on OpenTrain's response.
fn tell(ctx: &Context<'_>, report: &mut Report, contract: &Contract, sheet: &Sheet) {
    for held in &sheet.held_back {
        tracing::warn!(contract.id = %sheet.of.contract, day = %held.day, reason = %held.because, "a total was held back: it can't be true");
    }
    report.held_back.extend_from_slice(&sheet.held_back);
    report.stuck.extend_from_slice(&sheet.stuck);
    report.unchanged += sheet.unchanged;
    let missing = sheet.missing.iter().map(|it| MissingDay {
        of: sheet.of.clone(),
        project: it.project.clone(),
        day: it.day,
        since: it.since,
    });
    report.missing.extend(missing);
    report.waiting += contract.days.waiting.len() as u64;
    let lost = &contract.days.lost;
    if !lost.is_empty() {
        let named = names(lost);
        tracing::error!(contract.id = %sheet.of.contract, worker.id = %sheet.of.worker, days = %named, "days of work were open for too long and can no longer be reported");
        let days = lost.iter().map(|day| (*day, Measures::default()));
        lose(ctx, report, sheet, days.collect(), WhyLost::TooOld);
    }
    let gone = unlinked(contract, sheet);
    if !gone.is_empty() {
        tracing::error!(contract.id = %sheet.of.contract, worker.id = %sheet.of.worker, days = %names(&gone), "a link was removed, and the tool does not have its project: days of work can no longer be reported");
        let days = gone.into_iter().map(|day| (day, Measures::default()));
        lose(ctx, report, sheet, days.collect(), WhyLost::LinkRemoved);
    }
}

/// Reports days that can no longer be sent. An alarm counts them.
fn lose(
    ctx: &Context<'_>,
    report: &mut Report,
    sheet: &Sheet,
    days: BTreeMap<Date, Measures>,
    why: WhyLost,
) {
    if !ctx.options.dry_run {
        Metric::UsageLost.add(days.len());
    }
    let of = sheet.of.clone();
    report.lost.push(Lost {
        of,
        days,
        why,
        is_new: true,
    });
}

fn names<'a>(days: impl IntoIterator<Item = &'a Date>) -> String {
    let days: Vec<_> = days.into_iter().map(Date::to_string).collect();
    days.join(", ")
}

/// Handles a contract whose work cannot be reported. If its last link was removed, the missing days are reported once.
/// No day is closed, so all of them can still be reported after the install or the link is restored.
async fn bar(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    why: Skip,
    report: &mut Report,
) -> Result<Delivered, LedgerError> {
    if contract.days.recent.is_some() {
        report.skip(why, 1);
    }
    let then = sheet.then.iter().map(|(day, gain)| (day, &gain.parts));
    let unsent: BTreeMap<_, _> = sheet.first.iter().chain(then).collect();
    let done = Delivered {
        failed: unsent.keys().map(|day| **day).collect(),
        ..Delivered::default()
    };
    let mut mark = mark(ctx, contract, sheet, &done.failed);
    if why != Skip::LinkRemoved || sheet.read_at.is_none() {
        record(ctx, contract, sheet, mark, contract.stored.clone()).await?;
        return Ok(done);
    }
    let named = contract.row.as_ref().map(|row| &row.lost);
    let is_new = |day: &Date| named.is_none_or(|named| !named.contains_key(day));
    let days: BTreeMap<_, _> = unsent
        .into_iter()
        .filter(|(day, _)| is_new(day))
        .map(|(day, parts)| (*day, total(parts)))
        .collect();
    let removed = days.keys().map(|day| (*day, WhyLost::LinkRemoved));
    mark.lost.extend(removed);
    if !days.is_empty() {
        tracing::error!(contract.id = %sheet.of.contract, worker.id = %sheet.of.worker, days = %names(days.keys()), "a link was removed: days of work can no longer be reported");
        lose(ctx, report, sheet, days, WhyLost::LinkRemoved);
    }
    record(ctx, contract, sheet, mark, contract.stored.clone()).await?;
    Ok(done)
}

/// The first step: sends entries that do not wait for another contract's reduction.
async fn first(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    report: &mut Report,
) -> Result<Delivered, LedgerError> {
    let nothing = BTreeSet::new();
    let is_last = sheet.then.is_empty();
    let failed = is_last.then_some(&nothing);
    let step = Step {
        contract,
        row: contract.row.as_ref(),
        stored: contract.stored.clone(),
        sheet,
        days: &sheet.first,
        failed,
    };
    post(ctx, &step, report).await
}

/// The second step: sends entries whose work has been withdrawn from other contracts.
async fn then(
    ctx: &Context<'_>,
    contract: &Contract,
    sheet: &Sheet,
    days: BTreeMap<Date, Parts>,
    mut done: Delivered,
    report: &mut Report,
) -> Result<Delivered, LedgerError> {
    if done.is_overtaken {
        return Ok(done);
    }
    let waits = sheet.then.keys().filter(|day| !days.contains_key(*day));
    done.failed.extend(waits.copied());
    let days = days
        .into_iter()
        .filter(|(day, _)| !done.failed.contains(day));
    let days = days.collect();
    let row = row_after(contract, sheet, &done.accepted);
    let step = Step {
        contract,
        row: Some(&row),
        stored: None,
        sheet,
        days: &days,
        failed: Some(&done.failed),
    };
    let more = post(ctx, &step, report).await?;
    done.failed.extend(more.failed);
    done.accepted.extend(more.accepted);
    done.is_overtaken = more.is_overtaken;
    Ok(done)
}

/// The hire's row after the first step: a day may be sent in both.
fn row_after(contract: &Contract, sheet: &Sheet, accepted: &BTreeSet<Date>) -> UsageRow {
    let known = contract.row.clone();
    let mut row = known.unwrap_or_else(|| UsageRow::new(contract.of.clone()));
    for (day, parts) in sheet.first.iter().filter(|it| accepted.contains(it.0)) {
        row.sending.remove(day);
        row.days.insert(*day, parts.clone());
    }
    row
}

/// The days whose work has been withdrawn from all other contracts.
fn given_back(
    sheet: &Sheet,
    sent: &BTreeMap<&ContractId, &BTreeMap<Date, Parts>>,
    delivered: &BTreeMap<ContractId, Delivered>,
    report: &mut Report,
) -> BTreeMap<Date, Parts> {
    let mut days = BTreeMap::new();
    for (day, Gain { parts, from }) in &sheet.then {
        // A number that is held back keeps its value, so its work was not withdrawn from the contract.
        let is_empty = |sent: &Parts| {
            let left = sent.iter().filter(|it| it.1.is_some_work());
            !left.map(|it| it.0).any(|it| parts.contains_key(it))
        };
        let has_given = |id: &&ContractId| {
            let is_accepted = delivered.get(*id).map(|it| it.accepted.contains(day));
            let sent = sent.get(id).and_then(|days| days.get(day));
            is_accepted == Some(true) && sent.is_some_and(is_empty)
        };
        match from.iter().find(|id| !has_given(id)) {
            None => drop(days.insert(*day, parts.clone())),
            Some(held_by) => {
                tracing::warn!(contract.id = %sheet.of.contract, %day, other.id = %held_by, "a day stays with another contract: it could not be withdrawn from it");
                let projects = parts.keys().cloned();
                report.stuck.extend(projects.map(|project| Stuck {
                    of: sheet.of.clone(),
                    held_by: held_by.clone(),
                    project,
                    day: *day,
                }));
            }
        }
    }
    days
}
