//! `bridge migrate`: moves the connections of a stack from an earlier version to one parameter each. With several
//! organisations, the same write records the organisation of each project.

#[cfg(feature = "aws")]
use std::collections::BTreeMap;

#[cfg(feature = "aws")]
use shared::config::Reader;
#[cfg(feature = "aws")]
use shared::connection::{Kept, is_record_due};

use super::args::MigrateArgs;
#[cfg(feature = "aws")]
use super::projects;
use crate::exit::CliError;
use crate::targets::Target;

/// A second run changes nothing.
#[cfg(feature = "aws")]
pub(super) async fn run(args: &MigrateArgs, target: &Target) -> Result<(), CliError> {
    let Some(stack) = target.stack() else {
        return Err(on_machine());
    };
    let connections = stack.connections();
    let mut reader = Reader::new(target.vars());
    let settings = target.opentrain(&mut reader);
    let settings = reader.finish(settings)?;
    let kept = connections.read_each().await?.kept;
    let linked = match is_record_due(&kept) {
        true => projects::linked(&settings, target.ledger_if_any()?.as_ref(), &kept).await?,
        false => BTreeMap::new(),
    };
    let change = |kept: &mut Kept| projects::record_linked(kept, &linked).map(drop);
    let moved = connections.migrate(change).await?;
    if args.common.json {
        let moved = moved.unwrap_or(0);
        return super::print::json(&super::output::Migrated { moved });
    }
    match moved {
        Some(moved) => anstream::println!("Moved {moved} connections to {connections}."),
        None => anstream::println!("Nothing to move: the connections are in {connections}."),
    }
    Ok(())
}

#[cfg(not(feature = "aws"))]
pub(super) async fn run(_: &MigrateArgs, _: &Target) -> Result<(), CliError> {
    Err(on_machine())
}

fn on_machine() -> CliError {
    let text = "`bridge migrate` works only on stacks, because a connections file needs no migration: name a stack with --stack";
    CliError::Usage(text.to_owned())
}
