//! Flags of `bridge explain`.

use clap::Args;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Answers whether a trainer has access, why, what happens next, and what you can do; then shows all that is known, oldest first. Accepts a trainer, a contract, a quarantined delivery, an event, and a name or e-mail address that only one trainer has. Reads the database, whether or not a bridge runs, and calls no other system.\n\nExamples:\n  bridge explain usr_maria\n  bridge explain ctr_8f2k --json"
)]
pub struct ExplainArgs {
    /// Id of a trainer, a contract, a delivery or an event; or a trainer's name or e-mail address.
    #[arg(value_name = "TRAINER|CONTRACT|DELIVERY")]
    pub what: String,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
