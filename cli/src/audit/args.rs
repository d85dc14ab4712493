//! Flags of `bridge audit` and `bridge forget`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Shows who got and lost access, when, because of which contract and event, how a removal was proven, and what operators did. Rows contain only ids. A terminal also shows names, until `bridge forget` erases them. Days are UTC. Reads the database, whether or not a bridge runs.\n\nExamples:\n  bridge audit --trainer usr_maria\n  bridge audit --from 2026-01-01 --to 2026-03-31 --csv\n  bridge audit export ./evidence --from 2026-01-01 --to 2026-12-31 --population\n  bridge audit verify"
)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub action: Option<AuditAction>,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Print JSON.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print CSV.
    #[arg(long)]
    pub csv: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Write the rows as CSV and JSON lines, with a manifest.
    Export(ExportArgs),
    /// Check that no row was changed or deleted.
    Verify(VerifyArgs),
}

/// The rows that are shown.
#[derive(Debug, Clone, Default, Args)]
pub struct FilterArgs {
    /// First day on which a row was written, as YYYY-MM-DD [default: the oldest that is kept].
    #[arg(long, value_name = "DAY")]
    pub from: Option<Date>,
    /// Last day [default: today].
    #[arg(long, value_name = "DAY")]
    pub to: Option<Date>,
    /// Only this trainer.
    #[arg(long, value_name = "ID")]
    pub trainer: Option<String>,
    /// Only this project in the tool.
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// All trainers who had a contract in the period, including those whose access was not removed.
    #[arg(long)]
    pub population: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The folder must not exist. manifest.json has the period, the filter, the number of rows and the SHA-256 of each file, the version, the time, and who ran the command. The export itself is recorded.\n\nExample:\n  bridge audit export ./evidence --from 2026-01-01 --to 2026-12-31 --population"
)]
pub struct ExportArgs {
    /// The folder to create.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Each row has the SHA-256 of the row before it. The trainer's document names the newest row: only this shows that newest rows were deleted. A person who may write to the whole database can replace rows and document together. To find that too, keep exports elsewhere. Exit code 1: a chain is broken.\n\nExample:\n  bridge audit verify --json"
)]
pub struct VerifyArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Erases the trainer's name, country, profile and e-mail addresses, invitations, and the reasons that operators wrote about the trainer. Ids, contracts and the audit record stay. Fails while a contract is open, or while the trainer may still have access. Backups and dead letters are not changed: dead letters are deleted after 14 days.\n\nExample:\n  bridge forget usr_maria --yes"
)]
pub struct ForgetArgs {
    /// The trainer's id.
    #[arg(value_name = "TRAINER")]
    pub trainer: String,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
