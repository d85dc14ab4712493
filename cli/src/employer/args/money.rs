//! Arguments of the commands about contracts and money.

use clap::{Args, Subcommand};

use super::PageArgs;
use crate::setup::args::Status;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge employer contracts\n  bridge employer contracts ctr_8f2k\n  bridge employer contracts --job job_17 --status active --json"
)]
pub struct EmployerContractsArgs {
    /// Id of a contract, to show it with its budget [default: show the list].
    #[arg(conflicts_with_all = ["job", "status"])]
    pub contract: Option<String>,
    /// Only contracts on this job.
    #[arg(long, value_name = "JOB")]
    pub job: Option<String>,
    /// Only contracts with this status.
    #[arg(long)]
    pub status: Option<Status>,
}

#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  bridge employer milestones create ctr_8f2k --description \"Second batch\" --volume 40\n  bridge employer milestones fund mil_2 --wait\n  bridge employer milestones approve mil_2"
)]
pub struct MilestonesArgs {
    #[command(subcommand)]
    pub action: MilestoneAction,
}

#[derive(Debug, Subcommand)]
pub enum MilestoneAction {
    /// Add a milestone, which is not funded yet.
    Create(CreateMilestoneArgs),
    /// Request the funding of a milestone, which a human confirms.
    #[command(after_help = "Example:\n  bridge employer milestones fund mil_2 --wait")]
    Fund(MilestoneArgs),
    /// Request the payout of a milestone, which a human confirms.
    #[command(after_help = "Example:\n  bridge employer milestones approve mil_2 --wait")]
    Approve(MilestoneArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "A fixed price needs --amount. Work by the hour or the label needs --volume; its amount is the rate times the volume.\n\nExamples:\n  bridge employer milestones create ctr_8f2k --description \"Second batch\" --volume 40\n  bridge employer milestones create ctr_8f2k --description \"Final report\" --amount 300"
)]
pub struct CreateMilestoneArgs {
    /// Id of the contract.
    pub contract: String,
    #[arg(long, value_name = "TEXT")]
    pub description: String,
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// In US dollars.
    #[arg(long, value_name = "USD", value_parser = usd, required_unless_present = "volume")]
    pub amount: Option<f64>,
    /// Hours or labels.
    #[arg(long, value_name = "N", value_parser = usd)]
    pub volume: Option<f64>,
    /// Due date, such as 2026-12-31.
    #[arg(long, value_name = "DAY")]
    pub due: Option<jiff::civil::Date>,
}

#[derive(Debug, Args)]
pub struct MilestoneArgs {
    /// Id of the milestone, from `bridge employer contracts`.
    pub milestone: String,
    /// Wait until a human has decided.
    #[arg(long)]
    pub wait: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Without funded milestones the contract ends at once. Otherwise a human confirms it, because funded work is paid or refunded.\n\nExamples:\n  bridge employer end ctr_8f2k\n  bridge employer end ctr_8f2k --yes --wait"
)]
pub struct EndContractArgs {
    /// Id of the contract.
    pub contract: String,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
    /// Wait until a human has decided, if that is necessary.
    #[arg(long)]
    pub wait: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge employer credits\n  bridge employer credits --ledger --limit 100"
)]
pub struct CreditsArgs {
    /// Show all entries instead of the balance.
    #[arg(long)]
    pub ledger: bool,
    #[command(flatten)]
    pub page: PageArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Prints the page on which a human pays, with a card. Nothing is bought before that. With --wait, exit code 1 means that the purchase has expired.\n\nExample:\n  bridge employer top-up 250 --wait"
)]
pub struct TopUpArgs {
    /// 10 to 10000 US dollars.
    #[arg(value_name = "USD", value_parser = usd)]
    pub amount: f64,
    /// Wait until a human has paid.
    #[arg(long)]
    pub wait: bool,
}

/// A positive amount.
pub(super) fn usd(text: &str) -> Result<f64, String> {
    match text.trim().trim_start_matches('$').parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("must be a positive number, such as 250 or 99.50".to_owned()),
    }
}
