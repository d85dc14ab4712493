//! `bridge audit verify`: checks the chains.

use anyhow::{Context, anyhow};
use serde_json::json;
use shared::config::Vars;
use shared::ledger::audit::Verified;

use super::args::VerifyArgs;
use crate::exit::CliError;
use crate::paint::{BAD, GOOD, WAITS, paint};
use crate::screen::plain;
use crate::target::Target;

/// Checks all chains, and names the first break of each. Fails if there is one.
pub(super) async fn run(args: &VerifyArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let (ledger, _) = super::ledger(&target)?;
    let verified = ledger.verify_audit().await;
    let verified = verified.with_context(|| format!("{} can't be read", target.what()))?;
    if args.json {
        anstream::println!("{:#}", report(&verified));
    } else {
        show(&verified);
    }
    let breaks = verified.broken.len();
    match breaks {
        0 => Ok(()),
        _ => Err(anyhow!(
            "{breaks} chains of the audit record are broken: rows were changed or deleted, or a backup was restored in part. Compare them with your last export"
        )
        .into()),
    }
}

pub(super) fn report(verified: &Verified) -> serde_json::Value {
    let broken: Vec<_> = verified.broken.iter().map(ToString::to_string).collect();
    json!({
        "schemaVersion": 1,
        "chains": verified.chains,
        "rows": verified.rows,
        "uncommitted": verified.uncommitted,
        "unreadable": verified.unreadable,
        "broken": broken,
    })
}

fn show(verified: &Verified) {
    for first in &verified.broken {
        anstream::println!("{} {}", paint(BAD, "broken"), plain(first));
    }
    if verified.broken.is_empty() {
        let (rows, chains) = (verified.rows, verified.chains);
        anstream::println!("{} {rows} rows in {chains} chains", paint(GOOD, "whole:"));
    }
    if verified.unreadable > 0 {
        anstream::println!(
            "{} {} trainers' documents can't be read by this version; their rows were not checked",
            paint(WAITS, "note:"),
            verified.unreadable
        );
    }
    anstream::println!(
        "Newest rows that were cut off are found only through the head in the trainer's document."
    );
}
