//! Setting the loop up, and looking after it: connect → link → subscribe → serve.
//!
//! One file a command. Each asks OpenTrain as one connection, prints a table or JSON, and prints neither
//! token nor secret: these go into the connections file and nowhere else.

pub mod args;
mod check;
mod connect;
mod connected;
mod consent_url;
mod contracts;
mod endpoints;
mod findings;
mod hook_url;
mod link;
mod links;
mod needs;
mod print;
mod session;
mod subscribe;
mod token;
mod unlink;
mod unsubscribe;

use shared::config::Vars;

use crate::exit::Failed;
use args::SetupCommand;

/// Carries a command out.
///
/// # Errors
/// Settings or arguments that are wrong, and whatever OpenTrain or the tool refuses.
pub async fn run(command: SetupCommand, vars: &Vars) -> Result<(), Failed> {
    match command {
        SetupCommand::ConsentUrl(args) => consent_url::run(&args, vars),
        SetupCommand::Connect(args) => connect::run(&args, vars).await,
        SetupCommand::Link(args) => link::run(&args, vars).await,
        SetupCommand::Unlink(args) => unlink::run(&args, vars).await,
        SetupCommand::Links(args) => links::run(&args, vars).await,
        SetupCommand::Subscribe(args) => subscribe::run(&args, vars).await,
        SetupCommand::Unsubscribe(args) => unsubscribe::run(&args, vars).await,
        SetupCommand::Contracts(args) => contracts::run(&args, vars).await,
        SetupCommand::Endpoints(args) => endpoints::run(&args, vars).await,
        SetupCommand::Check(args) => check::run(&args, vars).await,
    }
}
