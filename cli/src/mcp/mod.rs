//! `bridge mcp`: the operator's commands as tools of the Model Context Protocol, over standard input and output.
//!
//! A tool calls the function that the command calls, and answers with the types of the command's JSON. It holds no rule
//! of its own.
//!
//! - `agent`: the server, and how a tool runs
//! - `reads`, `bridge`: the tools that change nothing
//! - `params`, `parse`: parameters; `lists`, `states`, `budgets`: the rows of the answers
//! - `writes`: the tools that `--allow-writes` adds
//! - `reply`: pages, and texts from other systems
//! - `plans`: reconciles that were planned, to be applied by their id
//! - `pages`: the documentation, and the search in it

mod agent;
mod bridge;
mod budgets;
mod lists;
mod pages;
mod params;
mod parse;
mod plans;
mod reads;
mod reply;
mod states;
mod writes;

use anyhow::{Context, anyhow};
use clap::Args;
use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::stdio;
use shared::config::Vars;

use agent::Agent;

use crate::exit::CliError;
use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "An agent's client starts this command and uses the Model Context Protocol over standard input and output; the log is on standard error. Without --allow-writes, no tool that changes something is listed. docs/agents.md shows how to add it to a client.\n\nExamples:\n  bridge mcp\n  bridge mcp --stack labels --allow-writes"
)]
pub struct McpArgs {
    /// Offer the tools that change something, too.
    #[arg(long)]
    pub allow_writes: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Serves until the client closes the input.
pub async fn run(args: &McpArgs, vars: &Vars) -> Result<(), CliError> {
    let agent = Agent::new(args.target.over(vars), args.allow_writes);
    let running = match agent.serve(stdio()).await {
        Ok(running) => running,
        // The client only checked that the program starts.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(anyhow!("the client did not initialize: {error}").into()),
    };
    running.waiting().await.context("the server stopped")?;
    Ok(())
}
