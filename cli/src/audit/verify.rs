//! `bridge audit verify`: checks the chains.

use anyhow::{Context, anyhow};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use shared::config::Vars;
use shared::ledger::audit::{Break, Verified};

use super::args::VerifyArgs;
use super::open::ledger;
use crate::exit::CliError;
use crate::paint::{BAD, GOOD, WAITS, paint};
use crate::screen::{count, json, plain};
use crate::targets::Target;

/// Checks all chains, and names the first break of each. Fails if there is one.
pub(super) async fn run(args: &VerifyArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let (ledger, _) = ledger(&target)?;
    let verified = ledger.verify_audit().await;
    let verified = verified.with_context(|| format!("{} can't be read", target.what()))?;
    if args.json {
        json(&report(&verified))?;
    } else {
        show(&verified);
    }
    let breaks = verified.broken.len();
    match breaks {
        0 => Ok(()),
        _ => Err(anyhow!(
            "{} broken: rows were changed or deleted, or a backup was restored in part. Compare them with your last export",
            count(breaks, "chain of the audit record is", "chains of the audit record are")
        )
        .into()),
    }
}

/// Fails if a chain behind an answer is broken: the answer then lacks entries.
pub(crate) fn whole(broken: &[Break]) -> Result<(), CliError> {
    if broken.is_empty() {
        return Ok(());
    }
    let breaks = names(broken).join("; ");
    Err(anyhow!(
        "the audit record behind this answer is broken, and older entries are missing: {breaks}. Run `bridge audit verify`, and compare with your last export"
    )
    .into())
}

/// The breaks as texts, for JSON.
pub(crate) fn names(broken: &[Break]) -> Vec<String> {
    broken.iter().map(ToString::to_string).collect()
}

/// Result of the check.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    chains: usize,
    rows: usize,
    /// Rows that no document names yet.
    uncommitted: usize,
    /// Rows that were written twice; one of the two counts.
    doubled: Vec<String>,
    /// Trainers' documents that this version can't read.
    unreadable: usize,
    /// The first break of each broken chain.
    broken: Vec<String>,
}

/// Writes the breaks as texts.
pub(crate) fn as_texts<S: Serializer>(broken: &[Break], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(names(broken))
}

pub(super) fn report(verified: &Verified) -> Checked {
    Checked {
        chains: verified.chains,
        rows: verified.rows,
        uncommitted: verified.uncommitted,
        doubled: doubled(verified).collect(),
        unreadable: verified.unreadable,
        broken: names(&verified.broken),
    }
}

/// Rows that were written twice.
pub(crate) fn doubled(verified: &Verified) -> impl Iterator<Item = String> + '_ {
    let doubled = verified.doubled.iter();
    doubled.map(|(subject, seq)| format!("{subject}: row {seq}"))
}

fn show(verified: &Verified) {
    for first in &verified.broken {
        anstream::println!("{} {}", paint(BAD, "broken"), plain(first));
    }
    if verified.broken.is_empty() {
        let (rows, chains) = (verified.rows, verified.chains);
        anstream::println!("{} {rows} rows in {chains} chains", paint(GOOD, "whole:"));
    }
    for row in doubled(verified) {
        anstream::println!(
            "{} {} was written twice, and one of the two counts: an attempt was overtaken or ended early. If your last export has the other one, the row was replaced",
            paint(WAITS, "note:"),
            plain(row)
        );
    }
    if verified.unreadable > 0 {
        anstream::println!(
            "{} {} trainers' documents can't be read by this version; their rows were not checked",
            paint(WAITS, "note:"),
            verified.unreadable
        );
    }
    anstream::println!(
        "Only the head in the trainer's document shows that newest rows were deleted."
    );
}
