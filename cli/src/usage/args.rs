//! The command line of `bridge usage`.

use clap::Args;
use shared::model::ConnectionName;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Runs in the `bridge serve` process that uses this database, or in this process if there is none. A new total replaces the old one, so sending again is safe. Exit code 0 means that OpenTrain accepted all entries.\n\nExamples:\n  bridge usage --dry-run\n  bridge usage --day 2026-06-12 --all"
)]
pub struct UsageArgs {
    /// Report only this UTC day [default: the look-back (USAGE_LOOK_BACK_DAYS) and all open days].
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub day: Option<jiff::civil::Date>,
    /// First UTC day [default: as for --day].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<jiff::civil::Date>,
    /// Last UTC day [default: today].
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    pub to: Option<jiff::civil::Date>,
    /// Only this connection [default: all].
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// Only this contract [default: all].
    #[arg(long, value_name = "ID")]
    pub contract: Option<String>,
    /// Only this trainer [default: all].
    #[arg(long, value_name = "ID")]
    pub trainer: Option<String>,
    /// Accept the held deletion of reported days in this project: they are reported as zero.
    #[arg(long, value_name = "PROJECT")]
    pub accept_deletions: Option<String>,
    /// Also send entries that OpenTrain has accepted and that have not changed.
    #[arg(long)]
    pub all: bool,
    /// Show what would be sent, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
