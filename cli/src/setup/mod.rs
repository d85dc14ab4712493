//! Setup and maintenance commands: connect → link → subscribe → serve.
//!
//! Each command has its own file, calls OpenTrain through one connection, and prints a table or JSON. No command prints
//! a token or a secret. These are stored only in the connections file or in the stack's parameters.

mod actions;
pub mod args;
pub(crate) mod check;
pub(crate) mod connect;
mod connected;
pub(crate) mod consent_url;
mod contracts;
mod endpoints;
mod environment;
mod findings;
pub(crate) mod hook_url;
pub mod init;
pub(crate) mod link;
mod links;
mod migrate;
pub(crate) mod needs;
pub(crate) mod output;
pub(crate) mod print;
pub(crate) mod projects;
pub(crate) mod session;
pub(crate) mod subscribe;
pub(crate) mod token;
pub(crate) mod unlink;
mod unsubscribe;

pub(crate) use check::{answers, is_tool_good};
use shared::config::Vars;
#[cfg(feature = "console")]
use shared::model::ConnectionName;

use crate::exit::CliError;
use crate::targets::Target;
use args::SetupCommand;
#[cfg(feature = "console")]
pub(crate) use findings::{Finding, State as Severity};

/// The findings of `bridge check`.
#[cfg(feature = "console")]
pub(crate) async fn findings(target: &Target, connection: Option<ConnectionName>) -> Vec<Finding> {
    check::look(connection.as_ref(), target).await
}

pub async fn run(command: SetupCommand, vars: &Vars) -> Result<(), CliError> {
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
    let target = &match command {
        SetupCommand::Connect(_) => Target::to_connect(vars).await?,
        _ => Target::of(vars).await?,
    };
    match command {
        SetupCommand::ConsentUrl(_) => Ok(()),
        SetupCommand::Connect(args) => connect::run(&args, target).await,
        SetupCommand::Link(args) => link::run(&args, target).await,
        SetupCommand::Unlink(args) => unlink::run(&args, target).await,
        SetupCommand::Links(args) => links::run(&args, target).await,
        SetupCommand::Projects(args) => projects::run(&args, target).await,
        SetupCommand::Subscribe(args) => subscribe::run(&args, target).await,
        SetupCommand::Unsubscribe(args) => unsubscribe::run(&args, target).await,
        SetupCommand::Contracts(args) => contracts::run(&args, target).await,
        SetupCommand::Endpoints(args) => endpoints::run(&args, target).await,
        SetupCommand::Migrate(args) => migrate::run(&args, target).await,
        SetupCommand::Check(args) => check::run(&args, target).await,
    }
}
