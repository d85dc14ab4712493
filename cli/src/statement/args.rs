//! The command lines of `bridge end`, `bridge settle` and `bridge disconnect`.

use clap::Args;
use shared::model::ConnectionName;

use crate::confirm::Caution;
use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "A contract ends for all its links and for all connections of its organisation. For a trainer, only orphaned access ends, whose link or install is gone. If OpenTrain still lists a contract as active, the next reconcile starts it again: end the contract at OpenTrain instead.\n\nExamples:\n  bridge end ctr_8f2k --dry-run\n  bridge end usr_maria --yes"
)]
pub struct EndArgs {
    /// Id of a contract or of a trainer.
    #[arg(value_name = "CONTRACT|TRAINER")]
    pub id: String,
    #[command(flatten)]
    pub caution: Caution,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A removal is retried until the tool proves that the trainer has no access. If the tool cannot prove it, verify it yourself, then settle the removal. The bridge reads the access once more first, and checks it again after 15 minutes and after a day. `bridge status` shows the removal as settled by an operator, with the reason. If `bridge status` requests a change of existing access, make the change in the tool, then settle it too.\n\nExample:\n  bridge settle usr_maria 42 --reason \"removed by hand in the tool, checked with Ben\""
)]
pub struct SettleArgs {
    /// The trainer's id.
    #[arg(value_name = "TRAINER")]
    pub trainer: String,
    /// The project's id in the tool.
    #[arg(value_name = "PROJECT")]
    pub project: String,
    /// How you verified that the access is gone.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Settle the removal even if the tool still shows the trainer as a member, or an invitation may be open.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Shows who loses access, and asks first. Above the limit of RECONCILE_MAX_REMOVALS_PERCENT it requires --people with that number. Has the effect of an `install.revoked` event: reporting stops, open invitations are withdrawn, and ON_INSTALL_REVOKED decides whether access is kept or revoked. The bridge does not call OpenTrain for this connection until `bridge connect`, even if its token still works.\n\nExample:\n  bridge disconnect acme --yes"
)]
pub struct DisconnectArgs {
    /// The connection.
    #[arg(value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: ConnectionName,
    /// Number of trainers who will lose access. Required if they are many.
    #[arg(long, value_name = "N")]
    pub people: Option<usize>,
    #[command(flatten)]
    pub caution: Caution,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
