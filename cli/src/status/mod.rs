//! `bridge status`: each trainer's access with its reason, and waiting or failed work.

mod hand_over;
mod report;
mod show;
mod usage;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use shared::config::{OpenTrainSettings, Reader, Vars, policy};
use shared::connection::{StoreError, as_served};
use shared::ledger::Projects;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};

pub use hand_over::HandOver;
pub use report::Report;
pub use show::show;
pub(crate) use show::strangers;
pub(crate) use usage::LastReport;

use crate::control::is_running;
use crate::exit::CliError;
use crate::paint::{WAITS, paint};
use crate::targets::Target;

/// Prints the report, as tables or as JSON. Fails if the database or the stack can't be read.
pub async fn run(vars: &Vars, json: bool) -> Result<(), CliError> {
    let target = Target::of(vars).await?;
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let opentrain = target.opentrain_to_connect(&mut reader);
    let (policy, opentrain) = reader.finish(policy.zip(opentrain))?;
    let projects = projects(&opentrain).await;
    let books = target.books().await?;
    let report = Report::read(&books.ledger, books.queue.as_ref(), &policy, projects).await;
    let mut report = report.with_context(|| format!("{} can't be read", target.what()))?;
    report.bridge_runs = is_running(&target).await;
    if json {
        let text =
            serde_json::to_string_pretty(&report).context("the report can't be written as JSON")?;
        anstream::println!("{text}");
    } else {
        show(&report, SystemClock.now());
    }
    Ok(())
}

/// The projects that connections may use. Prints a note for an unreadable connections file; access is shown anyway.
pub(crate) async fn projects(opentrain: &OpenTrainSettings) -> Projects {
    let note = |error: &StoreError| {
        anstream::eprintln!(
            "{} the allowed projects are unknown: {error}",
            paint(WAITS, "note")
        );
    };
    let read = match opentrain.kept().keeper.read_each().await {
        Ok(read) => read,
        Err(error) => {
            note(&error);
            return Projects::default();
        }
    };
    read.faults.iter().for_each(note);
    // The token of `default` may be in the environment of the running bridge.
    let mut served = BTreeSet::from([ConnectionName::default()]);
    let with_token = read.kept.iter().filter(|(_, own)| own.token.is_some());
    served.extend(with_token.map(|(name, _)| name.clone()));
    let lists = as_served(read.kept)
        .into_iter()
        .filter_map(|(name, own)| Some((name, Arc::new(own.projects?))));
    Projects {
        allowed: lists.collect(),
        recorded: false,
        // An unreadable connection may be served, too. Then the set is unknown.
        served: read.faults.is_empty().then_some(served),
    }
}
