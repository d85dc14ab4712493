//! The records of reports of people's contracts, and the days that have to be read because of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::{Contract, Person};
use crate::ledger::{Hired, Known, LedgerError, Measures, Owned, UsageRow, unknown_project};
use crate::model::ids::{ContractId, ProjectId};
use crate::usage::context::Context;
use crate::usage::days::HireDays;
use crate::usage::report::Report;

type Rows = HashMap<Hired, Result<Known<UsageRow>, LedgerError>>;

/// Reads the contracts' rows, and determines the days to read. `writes` determines whether rows may be written.
pub(super) async fn rows(
    ctx: &Context<'_>,
    people: &mut [Person],
    report: &mut Report,
    writes: bool,
) -> Result<(), LedgerError> {
    let of = people.iter().flat_map(|person| {
        let contracts = person.contracts.iter();
        contracts.flat_map(|it| person.hired(&it.of.contract))
    });
    let of: Vec<Hired> = of.collect();
    let rows = ctx.reporter.ledger.usages(&of).await?;
    let mut rows: Rows = of.into_iter().zip(rows).collect();
    for person in people.iter_mut() {
        let mut contracts = std::mem::take(&mut person.contracts);
        for contract in &mut contracts {
            let own = person.hired(&contract.of.contract);
            let found = own.filter_map(|of| rows.remove_entry(&of)).collect();
            join(ctx, contract, found, report, writes).await?;
        }
        include_exchanges(&mut contracts);
        person.contracts = contracts;
    }
    leave_out_unmeasured(ctx, people).await
}

/// Joins the rows of a contract. OpenTrain identifies a contract by its id, so reports through another install count.
/// The joined row is stored under the install through which the contract is reported now.
async fn join(
    ctx: &Context<'_>,
    contract: &mut Contract,
    found: Vec<(Hired, Result<Known<UsageRow>, LedgerError>)>,
    report: &mut Report,
    writes: bool,
) -> Result<(), LedgerError> {
    let mut rows = Vec::new();
    for (of, row) in found {
        match row {
            Ok(known) => {
                rows.extend(known.row.clone());
                if of == contract.of {
                    contract.stored = Some(known);
                }
            }
            Err(error) => {
                *report.troubles.entry(error.to_string()).or_default() += 1;
                contract.is_unreadable = true;
                contract.is_asked = false;
            }
        }
    }
    let joined = UsageRow::joined(&contract.of, rows, ctx.keep_from);
    let stored = contract.stored.as_ref().and_then(|it| it.row.as_ref());
    let is_new = joined.as_ref() != stored && contract.barred.is_none() && !contract.is_unreadable;
    if let Some(joined) = joined.as_ref().filter(|_| is_new && writes) {
        let ledger = &ctx.reporter.ledger;
        ledger.adopt_usage(joined, stored).await?;
        contract.stored = None;
    }
    contract.row = joined.map(|row| named(row, &contract.owned));
    let (owned, row) = (&contract.owned, contract.row.as_ref());
    contract.days = HireDays::of(owned, row, &contract.facts, ctx.bounds);
    Ok(())
}

/// Assigns days of the first form to the contract's project, if it has only one.
fn named(mut row: UsageRow, owned: &BTreeSet<Owned>) -> UsageRow {
    let projects: BTreeSet<_> = owned.iter().map(|it| &it.project).collect();
    let mut projects = projects.into_iter();
    let (Some(project), None) = (projects.next(), projects.next()) else {
        return row;
    };
    for parts in row.days.values_mut() {
        if let Some(measures) = parts.remove(&unknown_project()) {
            parts.insert(project.clone(), measures);
        }
    }
    row
}

/// Includes the contracts that give days to a requested contract, or get days from one, because a day can only be moved
/// by both together.
fn include_exchanges(contracts: &mut [Contract]) {
    loop {
        let asked: BTreeSet<ContractId> = {
            let asked: Vec<_> = contracts.iter().filter(|it| it.is_asked).collect();
            let others = contracts
                .iter()
                .filter(|it| !it.is_asked && it.barred.is_none() && !it.is_unreadable);
            let exchanges = |other: &&Contract| {
                let mut asked = asked.iter();
                asked.any(|it| gives(it, other) || gives(other, it))
            };
            let others = others.filter(exchanges);
            others.map(|it| it.of.contract.clone()).collect()
        };
        if asked.is_empty() {
            return;
        }
        for contract in contracts.iter_mut() {
            contract.is_asked |= asked.contains(&contract.of.contract);
        }
    }
}

/// Whether OpenTrain may have work for one contract on days that belong to the other.
fn gives(one: &Contract, other: &Contract) -> bool {
    let rows = one.row.iter();
    let mut days = rows.flat_map(|row| row.days.iter().chain(&row.sending));
    let is_others = |day: Date, project: &ProjectId| {
        let mut owned = other.owned.iter().filter(|it| it.holds(day));
        owned.any(|it| it.project == *project || project.as_str().is_empty())
    };
    let is_given = |day: Date, (project, part): (&ProjectId, &Measures)| {
        part.is_some_work() && is_others(day, project)
    };
    days.any(|(day, parts)| parts.iter().any(|part| is_given(*day, part)))
}

/// Removes days from the lost ones if the tool has never kept totals of their projects.
async fn leave_out_unmeasured(ctx: &Context<'_>, people: &mut [Person]) -> Result<(), LedgerError> {
    let contracts = people.iter().flat_map(|person| &person.contracts);
    let losing = contracts.filter(|it| it.days.is_losing());
    let projects = losing.flat_map(|it| it.owned.iter().map(|it| it.project.clone()));
    let projects: BTreeSet<ProjectId> = projects.collect();
    if projects.is_empty() {
        return Ok(());
    }
    let projects: Vec<_> = projects.into_iter().collect();
    let usages = ctx.reporter.ledger.project_usages(&projects).await?;
    let usages = usages.into_iter().map(|it| it.has_totals != Some(false));
    let mut measured: BTreeMap<ProjectId, bool> = projects.into_iter().zip(usages).collect();
    let rows = people.iter().flat_map(|person| &person.contracts);
    let rows = rows.filter_map(|it| it.row.as_ref());
    for project in rows.flat_map(|row| row.days.values().flat_map(|parts| parts.keys())) {
        measured.entry(project.clone()).and_modify(|it| *it = true);
    }
    for contract in people.iter_mut().flat_map(|it| &mut it.contracts) {
        let owned = &contract.owned;
        let is_measured = |day: &Date| {
            let mut owned = owned.iter().filter(|it| it.holds(*day));
            owned.any(|it| measured.get(&it.project) == Some(&true))
        };
        contract.days.lost.retain(is_measured);
        contract.days.waiting.retain(is_measured);
    }
    Ok(())
}
