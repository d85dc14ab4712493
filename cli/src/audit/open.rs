//! Opens the ledger.

use shared::config::{Reader, policy};
use shared::ledger::{Ledger, Policy};

use crate::exit::CliError;
use crate::targets::Target;

/// The ledger, read-only, and the operator's choices.
pub(crate) fn ledger(target: &Target) -> Result<(Ledger, Policy), CliError> {
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let policy = reader.finish(policy)?;
    Ok((target.ledger()?, policy))
}

/// Text for a failed read.
pub(super) fn unread(target: &Target) -> String {
    format!("the audit record of {} can't be read", target.what())
}
