//! `bridge employer`: the employer's side of OpenTrain, through the Public API.
//!
//! Each group of commands has its own file. `--json` prints OpenTrain's answer. No command prints a token or a secret:
//! the account's token is in employer.json beside the connections file, or in OPENTRAIN_PERSONAL_API_TOKEN.

mod account;
mod approvals;
pub mod args;
mod contracts;
mod credits;
mod drafts;
mod field;
mod form;
mod identity;
mod jobs;
mod messages;
mod print;
mod proposals;
pub(crate) mod session;
mod tokens;
mod updates;
mod wait;
mod webhooks;

use shared::config::Vars;

use crate::exit::CliError;
use args::{EmployerArgs, EmployerCommand as Command};
use session::Session;

pub async fn run(args: EmployerArgs, vars: &Vars) -> Result<(), CliError> {
    let json = args.json;
    match args.command {
        Command::Register(args) => return identity::register(args, vars, json).await,
        Command::Claim(args) => return identity::claim(&args, vars, json).await,
        _ => {}
    }
    let session = &Session::open(vars, json)?;
    match args.command {
        Command::Register(_) | Command::Claim(_) => Ok(()),
        Command::Me => account::me(session).await,
        Command::Capabilities => account::capabilities(session).await,
        Command::Draft(args) => drafts::create(args, session).await,
        Command::UpdateDraft(args) => drafts::update(&args, session).await,
        Command::UpdateJob(args) => jobs::update(&args, session).await,
        Command::Publish(args) => jobs::publish(&args, session).await,
        Command::Close(args) => jobs::close(&args, session).await,
        Command::Jobs(args) => jobs::list(&args, session).await,
        Command::Proposals(args) => proposals::list(&args, session).await,
        Command::Proposal(args) => proposals::show(&args, session).await,
        Command::Interview(args) => proposals::interview(&args, session).await,
        Command::Freelancer(args) => proposals::freelancer(&args, session).await,
        Command::InviteTrainer(args) => proposals::invite(&args, session).await,
        Command::Hire(args) => proposals::hire(args, session).await,
        Command::Approvals(args) => approvals::show(&args, session).await,
        Command::Contracts(args) => contracts::list(&args, session).await,
        Command::Milestones(args) => contracts::milestones(args, session).await,
        Command::End(args) => contracts::end(&args, session).await,
        Command::Credits(args) => credits::show(&args, session).await,
        Command::TopUp(args) => credits::top_up(&args, session).await,
        Command::Payments => credits::pending(session).await,
        Command::Messages(args) => messages::run(args, session).await,
        Command::Updates(args) => updates::run(&args, session).await,
        Command::Webhooks(args) => webhooks::run(args, session).await,
        Command::Tokens(args) => tokens::run(args, session).await,
        Command::Team => account::team(session).await,
    }
}
