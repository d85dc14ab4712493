//! `bridge`: the operator's commands, and the whole bridge on one machine.

use std::io::IsTerminal;
use std::process::ExitCode;

use bridge::args::{Cli, Command};
use bridge::exit::CliError;
use bridge::paint::{BAD, paint};
use bridge::{
    audit, backup, budget, check_tool, dead_letters, employer, events, explain, invitations,
    manual, onboard, reconcile, rehearse, retry, serve, settings, setup, statement, status,
    trigger, usage,
};
#[cfg(feature = "sandbox")]
use bridge::{demo, sandbox};
use clap::Parser;
use shared::config::{Reader, Vars, log_filter, log_format};
use shared::telemetry::{self, Counters, Format};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            anstream::eprintln!("{} {failed}", paint(BAD, "error:"));
            failed.code()
        }
    }
}

async fn run(cli: Cli) -> Result<(), CliError> {
    let vars = match needs_settings(&cli.command) {
        true => settings::read(&cli.source)?,
        false => Vars::from_env(),
    };
    match cli.command {
        #[cfg(feature = "sandbox")]
        Command::Demo(args) => demo::run(&args).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => {
            start_log(&vars, None);
            sandbox::run(&args, &vars).await
        }
        Command::Serve(args) => {
            let vars = args.over(vars);
            let counters = vars.get("ADMIN_LISTEN").map(|_| Counters::default());
            start_log(&vars, counters.clone());
            serve::run(&vars, counters.unwrap_or_default()).await
        }
        Command::Onboard(args) => onboard::run(args, &vars).await,
        Command::CheckTool(args) => check_tool::run(&args, &vars).await,
        Command::Setup(command) => setup::run(command, &vars).await,
        Command::Rehearse(args) => rehearse::run(args, &vars).await,
        Command::Employer(args) => employer::run(args, &vars).await,
        Command::Status(args) => status::run(&args.target.over(&vars), args.json).await,
        Command::Audit(args) => audit::run(*args, &vars).await,
        Command::Explain(args) => explain::run(args, &vars).await,
        Command::Forget(args) => audit::forget(args, &vars).await,
        Command::Usage(args) => {
            let vars = args.target.over(&vars);
            usage::run(args, &vars).await
        }
        Command::Reconcile(args) => {
            let vars = args.target.over(&vars);
            reconcile::run(args, &vars).await
        }
        Command::Budget(args) => budget::run(&args, &args.target.over(&vars)).await,
        Command::End(args) => statement::end(args, &vars).await,
        Command::Settle(args) => statement::settle(args, &vars).await,
        Command::Disconnect(args) => statement::disconnect(args, &vars).await,
        Command::Events(args) => events::run(&args, &vars).await,
        Command::DeadLetters(args) => dead_letters::run(args, &vars).await,
        Command::Retry(args) => retry::run(&args, &vars).await,
        Command::Invitations(args) => invitations::run(&args, &vars).await,
        Command::Backup(args) => backup::run(&args, vars).await,
        Command::Restore(args) => backup::restore(&args, vars).await,
        Command::Trigger(args) => trigger::trigger(&args, &vars).await,
        Command::Sign(args) => trigger::sign(&args, &vars).await,
        Command::Init(args) => settings::init::run(args, &cli.source).await,
        Command::Settings(args) => settings::show::run(&args, &vars).await,
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
    }
}

/// Whether settings files are read. Other commands work although one is wrong.
fn needs_settings(command: &Command) -> bool {
    #[cfg(feature = "sandbox")]
    if matches!(command, Command::Demo(_)) {
        return false;
    }
    !matches!(
        command,
        Command::Init(_) | Command::Completions(_) | Command::Man(_)
    )
}

/// Starts the log. Invalid settings get their defaults here, and `serve::run` reports them with all other faults.
fn start_log(vars: &Vars, counters: Option<Counters>) {
    let mut reader = Reader::new(vars);
    let filter = log_filter(&mut reader).unwrap_or_default();
    let json = log_format(&mut reader).unwrap_or_default();
    let colours = std::io::stderr().is_terminal() && vars.get("NO_COLOR").is_none();
    telemetry::init(
        filter,
        if json {
            Format::Json
        } else {
            Format::Text { colours }
        },
        std::io::stderr,
        counters,
    );
}
