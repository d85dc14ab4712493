//! Arguments of `bridge employer`.

mod hiring;
mod identity;
mod jobs;
mod money;
mod talk;

use clap::{Args, Subcommand};

pub use hiring::*;
pub use identity::*;
pub use jobs::*;
pub use money::*;
pub use talk::*;

/// Post jobs, hire, pay and end contracts as an employer, through OpenTrain's Public API.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "The token comes from OPENTRAIN_PERSONAL_API_TOKEN, otherwise from employer.json beside the connections file (BRIDGE_CONNECTIONS). Nothing is spent until a human confirms it in the app. docs/employer.md shows a first hire.\n\nExamples:\n  bridge employer register --organization \"Acme Labels\"\n  bridge employer draft job.txt\n  bridge employer publish job_17\n  bridge employer hire prp_3 --amount 500 --milestone \"First batch\" --wait"
)]
pub struct EmployerArgs {
    #[command(subcommand)]
    pub command: EmployerCommand,
    /// Print OpenTrain's answer as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum EmployerCommand {
    /// Register an account without a human, and store its token.
    Register(RegisterArgs),
    /// Let a human take over the registered account, and store the account's new token.
    Claim(ClaimArgs),
    /// Show the person, the token's scopes and the account.
    #[command(after_help = "Example:\n  bridge employer me --json")]
    Me,
    /// Show what the account may do, and the fields of a draft.
    #[command(after_help = "Example:\n  bridge employer capabilities")]
    Capabilities,
    /// Draft a job from a text or a file, and complete its fields.
    Draft(DraftArgs),
    /// Set fields of a draft.
    UpdateDraft(UpdateArgs),
    /// Publish a draft.
    Publish(JobArgs),
    /// Change fields of a published job.
    UpdateJob(UpdateArgs),
    /// Show the account's jobs.
    Jobs(JobsArgs),
    /// Close a job for good. Its contracts continue.
    Close(CloseArgs),
    /// Show the proposals for a job.
    Proposals(ProposalsArgs),
    /// Show one proposal.
    Proposal(ProposalArgs),
    /// Show the interview of a proposal.
    Interview(ProposalArgs),
    /// Show a trainer's public profile.
    Freelancer(FreelancerArgs),
    /// Invite a trainer to apply for a job.
    InviteTrainer(InviteTrainerArgs),
    /// Request a hire, which a human confirms.
    Hire(HireArgs),
    /// Show an approval, or wait for it.
    Approvals(ApprovalsArgs),
    /// Show contracts with their milestones.
    Contracts(EmployerContractsArgs),
    /// Add, fund or approve a milestone.
    Milestones(MilestonesArgs),
    /// End a contract for good.
    End(EndContractArgs),
    /// Show the credits, or their ledger.
    Credits(CreditsArgs),
    /// Request a purchase of credits, which a human pays.
    TopUp(TopUpArgs),
    /// Show the invoices that wait for funding or payout.
    #[command(after_help = "Example:\n  bridge employer payments")]
    Payments,
    /// Show conversations and messages, or write one.
    Messages(MessagesArgs),
    /// Show the feed of updates.
    Updates(UpdatesArgs),
    /// Show, create or delete webhooks of the account.
    Webhooks(WebhooksArgs),
    /// Show, create or revoke the account's tokens.
    Tokens(TokensArgs),
    /// Show the people of the account's organization.
    #[command(after_help = "Example:\n  bridge employer team")]
    Team,
}
