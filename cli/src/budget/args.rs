//! The command line of `bridge budget`.

use clap::Args;
use shared::model::ConnectionName;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Reads the database, whether or not a bridge runs. Shows the last figures that OpenTrain sent, and does not call OpenTrain. The figures include work that OpenTrain tracked itself.\n\nExamples:\n  bridge budget\n  bridge budget --connection acme --json"
)]
pub struct BudgetArgs {
    /// Only this connection [default: all].
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
