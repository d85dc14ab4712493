//! All trainers who had a contract in a period, whether or not their access was removed: the list from which an auditor
//! takes samples.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::audit::{AuditEvent, Break, Subject};
use shared::ledger::{
    AccessState, Environment, Hire, Ledger, LedgerError, OnInstallRevoked, OnLinkRemoved, Policy,
    Trainer,
};
use shared::model::ConnectionName;
use shared::model::clock::day_of;
use shared::model::ids::{ContractId, ProjectId, TrainerId};

use super::args::AuditArgs;
use super::find::Filter;
use super::line::{Line, csv};
use super::verify::names;
use crate::exit::CliError;
use crate::screen::{cell, count, json, own, table};
use crate::status::choices;
use crate::targets::Target;

/// A contract of a trainer at a project. If several links lead there, it is open while one of them grants access.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(super) trainer: TrainerId,
    pub(super) project: ProjectId,
    pub(super) connection: ConnectionName,
    pub(super) contract: ContractId,
    pub(super) started_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    /// The event that stated the end; none if a link or an install was removed.
    pub(super) ended_by: Option<String>,
    /// The present state of the access.
    pub(super) access: Option<AccessState>,
    /// The contract that needed the access when this one ended.
    pub(super) kept_for: Option<ContractId>,
    /// The first proof of a removal after the end; none where another contract needed the access.
    pub(super) removal_proven_at: Option<Timestamp>,
    /// From the end to the proof.
    pub(super) delay_seconds: Option<i64>,
    /// Whether the contract keeps the access while it runs.
    #[serde(skip)]
    holds: bool,
}

/// The contracts of a period.
#[derive(Debug, Default)]
pub(super) struct Population {
    pub(super) rows: Vec<Row>,
    /// Where the trainers' chains are broken: proofs may be missing.
    pub(super) broken: Vec<Break>,
}

/// The contracts, as JSON.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Contracts {
    population: Vec<Row>,
    /// Where the trainers' chains are broken: proofs may be missing.
    broken: Vec<String>,
}

/// The columns of [`Row`].
pub(super) const COLUMNS: &[&str] = &[
    "trainer",
    "project",
    "connection",
    "contract",
    "startedAt",
    "endedAt",
    "endedBy",
    "access",
    "keptFor",
    "removalProvenAt",
    "delaySeconds",
];

/// The links and installs of all connections, with the projects that they may use.
pub(super) async fn environment(target: &Target, ledger: &Ledger) -> Result<Environment, CliError> {
    let (policy, allowed) = choices(target).await?;
    let unread = || format!("the connections of {} can't be read", target.what());
    let connections = ledger.connections().await.with_context(unread)?;
    let environment = ledger.environment_of_connections(&connections).await;
    Ok(Environment {
        projects: allowed.noted(),
        ends_with_links: policy.on_link_removed == OnLinkRemoved::Remove,
        ..environment.with_context(unread)?
    })
}

/// The contracts that were open on a day of the period.
pub(super) async fn read(
    ledger: &Ledger,
    environment: &Environment,
    policy: &Policy,
    filter: &Filter,
) -> Result<Population, LedgerError> {
    let mut found = Population::default();
    for (id, trainer) in ledger.trainers().await?.trainers {
        if filter.trainer.as_ref().is_some_and(|only| *only != id) {
            continue;
        }
        let trainer = ledger.with_closed(&id, trainer).await?;
        let hires = trainer.hires.iter();
        let all: Vec<_> = hires
            .map(|hire| row(&id, &trainer, hire, environment, policy))
            .collect();
        let all = by_contract(all);
        let own: Vec<_> = all.iter().filter(|row| is_within(row, filter)).collect();
        if own.is_empty() {
            continue;
        }
        let chain = ledger.audit_of(&Subject::Trainer(id)).await?;
        let lines: Vec<_> = chain.rows.iter().flat_map(Line::of).collect();
        let own = own.into_iter().map(|row| proven(row, &all, &lines));
        found.rows.extend(own);
        found.broken.extend(chain.broken);
    }
    Ok(found)
}

/// One row for each contract and project.
fn by_contract(rows: Vec<Row>) -> Vec<Row> {
    let mut all: Vec<Row> = Vec::new();
    for row in rows {
        let is_same = |it: &&mut Row| {
            (&it.connection, &it.contract, &it.project)
                == (&row.connection, &row.contract, &row.project)
        };
        match all.iter_mut().find(is_same) {
            Some(first) => *first = joined(first.clone(), row),
            None => all.push(row),
        }
    }
    all
}

/// One contract at one project, through two links: from the earlier start to the later end.
fn joined(one: Row, other: Row) -> Row {
    let is_open = |row: &Row| row.ended_at.is_none();
    let (last, first) = match is_open(&one) || (!is_open(&other) && one.ended_at >= other.ended_at)
    {
        true => (one, other),
        false => (other, one),
    };
    let starts = [first.started_at, last.started_at];
    Row {
        started_at: starts.into_iter().flatten().min(),
        holds: first.holds || last.holds,
        ..last
    }
}

fn row(
    id: &TrainerId,
    trainer: &Trainer,
    hire: &Hire,
    environment: &Environment,
    policy: &Policy,
) -> Row {
    let end = environment.end_of(trainer, hire).map(|end| &end.stamp);
    let closing = environment.closing_of(trainer, hire);
    let closing = closing.map(|it| it.happened_at());
    let start = hire.start.as_ref().map(|it| it.happened_at());
    let access = trainer.access.get(&hire.project);
    Row {
        trainer: id.clone(),
        project: hire.project.clone(),
        connection: hire.connection.clone(),
        contract: hire.contract.clone(),
        started_at: hire.started_at.or(start),
        ended_at: closing.or_else(|| revoked_at(hire, environment, policy)),
        ended_by: end.and_then(|it| Some(it.event()?.as_str().to_owned())),
        access: access.map(|it| it.state),
        kept_for: None,
        removal_proven_at: None,
        delay_seconds: None,
        // A hire of a managed link counts too: the bridge does not remove its access.
        holds: !hire.unconfirmed && environment.is_allowed(hire),
    }
}

/// Time at which the hire's install was gone, if access ends with the install.
fn revoked_at(hire: &Hire, environment: &Environment, policy: &Policy) -> Option<Timestamp> {
    let ends = policy.on_install_revoked == OnInstallRevoked::Remove;
    let install = environment.installs.get(&hire.connection)?;
    (ends && environment.is_install_gone(hire)).then_some(install.at)
}

fn is_within(row: &Row, filter: &Filter) -> bool {
    let is_project = filter.project.as_ref().is_none_or(|it| *it == row.project);
    let has_begun = row.started_at.is_none_or(|at| day_of(at) <= filter.to);
    let is_open = row.ended_at.is_none_or(|at| day_of(at) >= filter.from);
    is_project && has_begun && is_open
}

/// The row with the removal that its end caused. There is none if another contract kept the access: then the end of
/// that contract causes the removal.
fn proven(row: &Row, all: &[Row], lines: &[Line]) -> Row {
    let row = row.clone();
    let Some(ended_at) = row.ended_at else {
        return row;
    };
    let holds = |it: &&Row| {
        let has_begun = it.started_at.is_none_or(|at| at <= ended_at);
        let is_open = it.ended_at.is_none_or(|at| at > ended_at);
        it.holds && it.project == row.project && has_begun && is_open
    };
    if let Some(other) = all.iter().find(holds) {
        return Row {
            kept_for: Some(other.contract.clone()),
            ..row
        };
    }
    let proofs = lines.iter().filter(|it| {
        it.kind == AuditEvent::RemovalProven && it.project.as_ref() == Some(&row.project)
    });
    let first = proofs
        .filter_map(|it| it.proven_at)
        .find(|at| *at >= ended_at);
    Row {
        removal_proven_at: first,
        delay_seconds: first.map(|at| at.duration_since(ended_at).as_secs()),
        ..row
    }
}

/// Prints the rows, as a table, JSON or CSV.
pub(super) fn show(found: &Population, args: &AuditArgs) -> Result<(), CliError> {
    let rows = &found.rows;
    if args.csv {
        anstream::print!("{}", csv(rows, COLUMNS)?);
        return Ok(());
    }
    if args.json {
        let broken = names(&found.broken);
        let population = rows.clone();
        return json(&Contracts { population, broken });
    }
    let mut table = table([
        "trainer",
        "contract",
        "project",
        "started",
        "ended",
        "removal proven",
    ]);
    let time = |at: Option<Timestamp>| at.map_or(String::new(), |at| format!("{at:.0}"));
    for row in rows {
        table.add_row([
            cell(&row.trainer),
            cell(&row.contract),
            cell(&row.project),
            own(time(row.started_at)),
            own(time(row.ended_at)),
            own(time(row.removal_proven_at)),
        ]);
    }
    anstream::println!("{table}");
    let trainers: BTreeMap<_, ()> = rows.iter().map(|row| (&row.trainer, ())).collect();
    anstream::println!(
        "{} of {}",
        count(rows.len(), "hire", "hires"),
        count(trainers.len(), "trainer", "trainers")
    );
    Ok(())
}
