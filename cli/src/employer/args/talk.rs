//! Arguments of the commands about messages, updates and webhooks.

use clap::{Args, Subcommand};

use super::PageArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge employer messages\n  bridge employer messages cnv_4\n  bridge employer messages cnv_4 --send \"Can you start on Monday?\"\n  bridge employer messages --proposal prp_3 --send \"Thank you for your proposal\""
)]
pub struct MessagesArgs {
    /// Id of a conversation, to show its messages [default: show the conversations].
    pub conversation: Option<String>,
    /// The conversation about this proposal; starts it if there is none.
    #[arg(long, value_name = "PROPOSAL", conflicts_with = "conversation")]
    pub proposal: Option<String>,
    /// Send this text, up to 10 000 characters.
    #[arg(long, value_name = "TEXT")]
    pub send: Option<String>,
    #[command(flatten)]
    pub page: PageArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Oldest first, ids only. With --json, one event is one line. Continue later with --cursor and the last event's id.\n\nExamples:\n  bridge employer updates\n  bridge employer updates --follow --json\n  bridge employer updates --cursor 1042"
)]
pub struct UpdatesArgs {
    /// Id of the last event that you have seen [default: start with the first event].
    #[arg(long, value_name = "EVENT")]
    pub cursor: Option<String>,
    /// Wait for new events until Ctrl-C.
    #[arg(long)]
    pub follow: bool,
    /// Seconds between two polls.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "follow", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub every: u64,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A webhook receives the account's updates. OpenTrain disables it after repeated failures; delete it then and create a new one, and read the gap with `bridge employer updates`.\n\nExamples:\n  bridge employer webhooks\n  bridge employer webhooks create --url https://acme.example/hook --events contract.created,approval.confirmed --to hook-secret\n  bridge employer webhooks delete whk_2"
)]
pub struct WebhooksArgs {
    /// Action [default: show the webhooks].
    #[command(subcommand)]
    pub action: Option<WebhookAction>,
}

#[derive(Debug, Subcommand)]
pub enum WebhookAction {
    /// Create a webhook.
    #[command(
        after_help = "Example:\n  bridge employer webhooks create --url https://acme.example/hook --events contract.created --to hook-secret"
    )]
    Create {
        /// https, or http on this machine.
        #[arg(long, value_name = "URL")]
        url: String,
        /// Event types, comma-separated.
        #[arg(long, value_name = "EVENTS", value_delimiter = ',', required = true)]
        events: Vec<String>,
        /// The new file that gets the secret, with mode 0600.
        #[arg(long, value_name = "FILE")]
        to: std::path::PathBuf,
    },
    /// Delete a webhook and its deliveries.
    #[command(after_help = "Example:\n  bridge employer webhooks delete whk_2 --yes")]
    Delete {
        /// Id of the webhook.
        id: String,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
}
