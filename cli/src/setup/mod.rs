//! Setup and maintenance commands: connect → link → subscribe → serve.
//!
//! Each command has its own file, calls OpenTrain through one connection, and prints a table or JSON. No command prints
//! a token or a secret. These are stored only in the connections file or in the stack's parameters.

mod actions;
pub mod args;
mod check;
mod connect;
mod connected;
mod consent_url;
mod contracts;
mod endpoints;
mod environment;
mod findings;
mod hook_url;
pub(crate) mod link;
mod links;
mod migrate;
mod needs;
pub(crate) mod print;
pub(crate) mod projects;
pub(crate) mod session;
mod subscribe;
mod token;
mod unlink;
mod unsubscribe;

use shared::config::Vars;

use crate::exit::Failed;
use crate::place::Place;
use args::SetupCommand;

pub async fn run(command: SetupCommand, vars: &Vars) -> Result<(), Failed> {
    let stack = command.common().and_then(|common| common.stack.clone());
    let vars = &vars.clone().with("BRIDGE_STACK", stack);
    if let SetupCommand::ConsentUrl(args) = &command {
        return consent_url::run(args, vars);
    }
    if let SetupCommand::Check(args) = &command
        && args.alive
    {
        return check::alive::run(vars).await;
    }
    let place = &match command {
        SetupCommand::Connect(_) => Place::to_connect(vars).await?,
        _ => Place::of(vars).await?,
    };
    match command {
        SetupCommand::ConsentUrl(_) => Ok(()),
        SetupCommand::Connect(args) => connect::run(&args, place).await,
        SetupCommand::Link(args) => link::run(&args, place).await,
        SetupCommand::Unlink(args) => unlink::run(&args, place).await,
        SetupCommand::Links(args) => links::run(&args, place).await,
        SetupCommand::Projects(args) => projects::run(&args, place).await,
        SetupCommand::Subscribe(args) => subscribe::run(&args, place).await,
        SetupCommand::Unsubscribe(args) => unsubscribe::run(&args, place).await,
        SetupCommand::Contracts(args) => contracts::run(&args, place).await,
        SetupCommand::Endpoints(args) => endpoints::run(&args, place).await,
        SetupCommand::Migrate(args) => migrate::run(&args, place).await,
        SetupCommand::Check(args) => check::run(&args, place).await,
    }
}
