//! Flags of `bridge console`.

use clap::Args;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Serves pages on 127.0.0.1 and prints a link that works once. The pages show what the commands show, and work without JavaScript. Without --allow-writes they change nothing. To open them from another machine: ssh -L 8788:127.0.0.1:8788 HOST, with --port 8788.\n\nExamples:\n  bridge console\n  bridge console --port 8788 --db /var/lib/bridge/bridge.db\n  bridge console --stack labels --allow-writes"
)]
pub struct ConsoleArgs {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// Allow changes: retry, redrive, drop, reconcile. Each has a page that states what will happen.
    #[arg(long)]
    pub allow_writes: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
