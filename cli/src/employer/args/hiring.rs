//! Arguments of the commands about proposals and hires.

use clap::Args;

use super::PageArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge employer proposals job_17\n  bridge employer proposals job_17 --status SHORTLISTED --json"
)]
pub struct ProposalsArgs {
    /// Id of the job.
    pub job: String,
    /// Only proposals with this status: UNREVIEWED, SHORTLISTED, MAYBE, HIRED, DECLINED, NOT_A_FIT and others.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    #[command(flatten)]
    pub page: PageArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge employer proposal prp_3\n  bridge employer interview prp_3"
)]
pub struct ProposalArgs {
    /// Id of the proposal.
    pub proposal: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bridge employer freelancer usr_maria")]
pub struct FreelancerArgs {
    /// Id of the trainer, or the last part of the profile's address.
    pub trainer: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Inviting a trainer again succeeds, too.\n\nExample:\n  bridge employer invite-trainer job_17 usr_maria"
)]
pub struct InviteTrainerArgs {
    /// Id of the job.
    pub job: String,
    /// Id of the trainer.
    pub trainer: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Prints the page on which a human confirms. Nothing is spent before that. Then OpenTrain charges the amount, 10 % and $9.95. With --wait, exit code 1 means that the hire was declined or has expired.\n\nExamples:\n  bridge employer hire prp_3 --amount 500 --milestone \"First batch\"\n  bridge employer hire prp_3 --amount 500 --description \"1,000 images\" --due 2026-12-31 --wait"
)]
pub struct HireArgs {
    /// Id of the proposal.
    pub proposal: String,
    /// Amount of the first milestone in US dollars.
    #[arg(long, value_name = "USD", value_parser = super::money::usd)]
    pub amount: f64,
    /// Name of the first milestone.
    #[arg(long, value_name = "NAME", required_unless_present = "description")]
    pub milestone: Option<String>,
    /// Description of the first milestone.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Due date of the first milestone, such as 2026-12-31.
    #[arg(long, value_name = "DAY")]
    pub due: Option<jiff::civil::Date>,
    /// Hire although the proposal is marked as not a fit.
    #[arg(long)]
    pub despite_not_a_fit: bool,
    /// Wait until a human has decided.
    #[arg(long)]
    pub wait: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Only the account's owner and the token that requested it can read an approval. With --wait, exit code 1 means that it was declined or has expired.\n\nExamples:\n  bridge employer approvals apr_1\n  bridge employer approvals apr_1 --wait"
)]
pub struct ApprovalsArgs {
    /// Id of the approval.
    pub approval: String,
    /// Wait until a human has decided.
    #[arg(long)]
    pub wait: bool,
}
