//! `bridge audit`: who had access, when and why, and what operators did.
//!
//! - `find`: the entries that the flags name
//! - `late`: removals by their delay
//! - `line`: an entry as it is printed and exported
//! - `population`: all trainers who had a contract in a period
//! - `export`: files with a manifest
//! - `verify`: the check of the chains
//! - `forget`: erases a trainer's personal data

pub mod args;
mod export;
mod find;
mod forget;
#[cfg(feature = "console")]
pub(crate) mod late;
mod line;
mod open;
mod population;
mod verify;

use std::collections::BTreeMap;
use std::io::IsTerminal;

use anyhow::Context;
use schemars::JsonSchema;
use serde::Serialize;
use shared::config::Vars;
use shared::ledger::Ledger;
use shared::ledger::audit::Break;

use args::{AuditAction, AuditArgs, FilterArgs};
pub(crate) use find::{Filter, Found};
use find::{check_days, names};
pub use forget::run as forget;
pub(crate) use line::Line;
use line::{COLUMNS, csv};
pub(crate) use open::ledger;
use open::unread;
pub(crate) use population::Contracts;
pub(crate) use verify::Checked;
pub(crate) use verify::{as_texts, whole};
#[cfg(feature = "console")]
pub(crate) use verify::{doubled, names as break_names};

use crate::exit::CliError;
use crate::paint::{DIM, paint};
use crate::screen::{cell, cells, count, json, table};
use crate::targets::Target;

/// Entries of the audit record.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<Line>,
    /// Where chains are broken: older entries are missing.
    #[serde(serialize_with = "as_texts")]
    #[schemars(with = "Vec<String>")]
    pub(crate) broken: Vec<Break>,
}

/// Prints the entries, as a table, JSON or CSV.
pub async fn run(args: AuditArgs, vars: &Vars) -> Result<(), CliError> {
    match &args.action {
        Some(AuditAction::Export(args)) => return export::run(args, vars).await,
        Some(AuditAction::Verify(args)) => return verify::run(args, vars).await,
        None => {}
    }
    check_days(&args.filter)?;
    let target = Target::of(&args.target.over(vars)).await?;
    let unread = || unread(&target);
    if args.filter.population {
        let (ledger, policy) = ledger(&target)?;
        let filter = Filter::of(&args.filter, policy.audit_days);
        let environment = population::environment(&target, &ledger).await?;
        let found = population::read(&ledger, &environment, &policy, &filter).await;
        let found = found.with_context(unread)?;
        population::show(&found, &args)?;
        return verify::whole(&found.broken);
    }
    let found = entries(&target, &args.filter).await?;
    if args.csv {
        anstream::print!("{}", csv(&found.entries, COLUMNS)?);
    } else if args.json {
        json(&found)?;
    } else {
        let (ledger, _) = ledger(&target)?;
        show(&ledger, &found.entries).await.with_context(unread)?;
    }
    verify::whole(&found.broken)
}

/// The entries that the filter names.
pub(crate) async fn entries(target: &Target, filter: &FilterArgs) -> Result<Entries, CliError> {
    check_days(filter)?;
    let (ledger, policy) = ledger(target)?;
    let found = Filter::of(filter, policy.audit_days).find(&ledger).await;
    let Found { lines, broken } = found.with_context(|| unread(target))?;
    Ok(Entries {
        entries: lines,
        broken,
    })
}

async fn show(ledger: &Ledger, lines: &[Line]) -> anyhow::Result<()> {
    if lines.is_empty() {
        anstream::println!("No entries.");
        return Ok(());
    }
    let trainers = lines.iter().filter_map(|line| line.trainer.clone());
    // Redirected output is often stored in files.
    let names = match std::io::stdout().is_terminal() {
        true => names(ledger, trainers).await?,
        false => BTreeMap::new(),
    };
    let mut table = table([
        "time (UTC)",
        "what",
        "trainer",
        "project",
        "because",
        "proof",
    ]);
    for line in lines {
        let trainer = line.trainer.as_ref();
        let name = trainer.and_then(|id| names.get(id)).cloned();
        let id = trainer.map(ToString::to_string);
        table.add_row([
            cell(format!("{:.0}", line.at)),
            cells([line.event, line.code]),
            cells(id.into_iter().chain(name)),
            cell(line.project.as_ref().map_or("", |it| it.as_str())),
            cells(because(line)),
            cells(proof(line)),
        ]);
    }
    anstream::println!("{table}");
    let count = count(lines.len(), "entry", "entries");
    anstream::println!("{}", paint(DIM, &count));
    Ok(())
}

pub(crate) fn because(line: &Line) -> Vec<String> {
    let contract = line.contract.as_ref().zip(line.connection.as_ref());
    let contract = contract.map(|(contract, connection)| format!("{contract} ({connection})"));
    let event = line.cause_event.as_ref().map(|it| format!("event {it}"));
    let at = line.cause_at.map(|it| format!("{it:.0}"));
    let actor = line.actor.as_ref().map(|it| format!("by {it}"));
    let all = [contract, event, at, actor, line.target.clone()];
    all.into_iter().flatten().collect()
}

/// The proof of a removal, or what failed.
pub(crate) fn proof(line: &Line) -> Vec<String> {
    let read_back = line.read_back.map(|it| format!("read back: {}", it.name()));
    let delay = line
        .delay_seconds
        .map(|it| format!("{it} s after the cause"));
    let all = [read_back, delay, line.trouble.clone()];
    all.into_iter().flatten().collect()
}
