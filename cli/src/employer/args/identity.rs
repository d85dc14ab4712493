//! Arguments of the commands about the account and its tokens.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(
    after_help = "The token and the claim token are stored in employer.json beside the connections file, with mode 0600, and never shown. An account that no human has claimed can draft and publish jobs and read proposals.\n\nExamples:\n  bridge employer register\n  bridge employer register --agent \"Hiring agent\" --organization \"Acme Labels\""
)]
pub struct RegisterArgs {
    /// Name of the agent.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Name of the organization.
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// Replace the stored token of another account. That token is lost.
    #[arg(long)]
    pub replace: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Prints a code and an address. The human opens the address, signs in with exactly this e-mail, and enters the code. The command waits, then stores the new token; OpenTrain revokes the old one. Stop it with Ctrl-C and run it again at any time within 24 hours of the registration.\n\nExample:\n  bridge employer claim --email owner@acme.example"
)]
pub struct ClaimArgs {
    /// E-mail of the human, who must not have an OpenTrain account yet.
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A new token gets at most the scopes of the token that creates it. Its secret is never shown: it is written to a new file, or to employer.json.\n\nExamples:\n  bridge employer tokens\n  bridge employer tokens create --name ci --scopes jobs:read,proposals:read --to ci-token\n  bridge employer tokens create --name rotated --use\n  bridge employer tokens revoke pat_3"
)]
pub struct TokensArgs {
    /// Action [default: show the tokens].
    #[command(subcommand)]
    pub action: Option<TokenAction>,
}

#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Create a token.
    #[command(
        after_help = "Example:\n  bridge employer tokens create --name ci --scopes jobs:read --to ci-token"
    )]
    Create(CreateTokenArgs),
    /// Revoke a token at once and for good.
    #[command(after_help = "Example:\n  bridge employer tokens revoke pat_3 --yes")]
    Revoke {
        /// Id of the token.
        id: String,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct CreateTokenArgs {
    /// Name of the token, up to 120 characters [default: API token].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Scopes, comma-separated [default: those of the token in use].
    #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
    pub scopes: Vec<String>,
    /// Time at which it expires, such as 2026-12-31T00:00:00Z [default: never].
    #[arg(long, value_name = "TIME")]
    pub expires: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub goes: Goes,
}

/// Where a secret goes.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Goes {
    /// The new file that gets the secret, with mode 0600.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Use the token from now on: store it in employer.json in place of the one there.
    #[arg(long = "use")]
    pub is_used: bool,
}
