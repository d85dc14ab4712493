//! The command line of `bridge reconcile`.

use clap::Args;
use shared::model::ConnectionName;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Runs in the `bridge serve` process that uses this database, or in this process if there is none. A contract or link that is missing from OpenTrain's lists counts as gone at the second look (CONFIRM_AFTER). Such removals are held if many trainers would lose access (RECONCILE_MAX_REMOVALS_PERCENT). Ends that OpenTrain reports are never held. Exit code 0 means that every difference was recorded and every change of access was queued; `bridge status` shows the results.\n\nExamples:\n  bridge reconcile --dry-run\n  bridge reconcile --dry-run --force --connection acme\n  bridge reconcile --force --connection acme"
)]
pub struct ReconcileArgs {
    /// Show the differences and what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Lift the holds of one connection: revoke access whose contract or link was missing at two looks, and grant
    /// access again to all trainers whose access the tool has lost.
    #[arg(long, requires = "connection")]
    pub force: bool,
    /// Only this connection [default: all].
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
