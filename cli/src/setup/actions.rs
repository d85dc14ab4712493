//! Arguments of the actions of `bridge projects` and `bridge endpoints`.

use clap::Subcommand;

use crate::confirm::Caution;

#[derive(Debug, Subcommand)]
pub enum ProjectAction {
    /// Record each project for the organisation of its oldest link.
    #[command(
        after_help = "Recorded projects stay as they are. If OpenTrain refuses a connection's token, the links in the ledger are used.\n\nExample:\n  bridge projects record"
    )]
    Record,
    /// Let the organisation of --connection use a project that belongs to none.
    #[command(
        after_help = "--connection is required if several connections are set up.\n\nExample:\n  bridge projects allow 42 --connection globex"
    )]
    Allow {
        /// Id of the project in the tool.
        project: String,
    },
    /// Let the organisation of --connection use a project that belongs to another one.
    #[command(
        after_help = "Trainers of the other organisation keep their access until their contracts end; the command lists them first. It also reports their unreported work first. If that fails, it asks for confirmation, or requires --force without a terminal. --connection is required if several connections are set up.\n\nExample:\n  bridge projects move 42 --connection globex --yes"
    )]
    Move {
        /// Id of the project in the tool.
        project: String,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
        /// Move it even if the work of the other organisation can't be reported.
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum EndpointAction {
    /// Enable an endpoint: OpenTrain resets its failure count and delivers to it again.
    Enable {
        /// Id of the endpoint.
        id: String,
    },
    /// Disable an endpoint: its pending deliveries fail.
    #[command(
        after_help = "Shows the effects and asks first.\n\nExamples:\n  bridge endpoints disable whe_3 --dry-run\n  bridge endpoints disable whe_3 --yes"
    )]
    Disable {
        /// Id of the endpoint.
        id: String,
        #[command(flatten)]
        caution: Caution,
    },
    /// Redeliver an endpoint's failed deliveries. OpenTrain sends them about five minutes later.
    Redeliver {
        /// Id of the endpoint.
        id: String,
        /// Redeliver only this delivery, in any status.
        #[arg(long, value_name = "DELIVERY")]
        delivery: Option<String>,
    },
}
