//! The command line of `bridge status`.

use clap::Args;

use super::filter::Filter;
use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Reads the database, whether or not a bridge runs. With --stack, reads the stack's table and queue.\n\nExit codes with --exit-code: 0 nothing to do, 1 something failed or waits for an operator, 2 usage or configuration error.\n\nExamples:\n  bridge status\n  bridge status --failed --exit-code\n  bridge status --trainer usr_maria\n  bridge status --stack labels\n  bridge status --db /var/lib/bridge.db --json"
)]
pub struct StatusArgs {
    #[command(flatten)]
    pub filter: Filter,
    /// Print again when something changes, until Ctrl-C.
    #[arg(long)]
    pub watch: bool,
    /// Exit with 1 if something failed or waits for an operator.
    #[arg(long, conflicts_with = "watch")]
    pub exit_code: bool,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
