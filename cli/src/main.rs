//! `bridge`: the operator's commands, and the whole bridge on one machine.

use std::io::IsTerminal;
use std::process::ExitCode;

use bridge::args::{Cli, Command};
#[cfg(feature = "console")]
use bridge::console::{self, ConsoleArgs};
#[cfg(feature = "sandbox")]
use bridge::demo;
use bridge::exit::{CliError, ErrorOutput};
#[cfg(feature = "mcp")]
use bridge::mcp;
use bridge::paint::{BAD, paint};
#[cfg(feature = "sandbox")]
use bridge::sandbox::{self, SandboxArgs};
use bridge::{
    audit, backup, budget, check_tool, dead_letters, employer, events, explain, invitations,
    manual, onboard, reconcile, rehearse, retry, schemas, serve, settings, setup, statement,
    status, trigger, usage,
};
use clap::Parser;
use shared::config::{Reader, Vars, log_filter, log_format};
use shared::telemetry::{self, Format, PrometheusMetrics};

/// With the C library's allocator, `bridge usage` takes a fifth longer (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let as_json = wants_json();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if as_json && error.use_stderr() => {
            ErrorOutput::of_arguments(&error).print();
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    match Box::pin(run(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            match as_json {
                true => ErrorOutput::of(&failed).print(),
                false => anstream::eprintln!("{} {failed}", paint(BAD, "error:")),
            }
            ExitCode::from(failed.code())
        }
    }
}

/// Whether the command line has `--json`, even if it can't be parsed.
fn wants_json() -> bool {
    let args = std::env::args_os().skip(1);
    args.take_while(|it| it != "--").any(|it| it == "--json")
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
        Command::Sandbox(args) => serve_sandbox(&args, &vars).await,
        Command::Serve(args) => Box::pin(serve_machine(&args.over(vars))).await,
        #[cfg(feature = "console")]
        Command::Console(args) => serve_console(&args, &vars).await,
        Command::Onboard(args) => onboard::run(args, &vars).await,
        Command::CheckTool(args) => check_tool::run(&args, &vars).await,
        Command::Setup(command) => setup::run(command, &vars).await,
        Command::Rehearse(args) => rehearse::run(args, &vars).await,
        Command::Employer(args) => employer::run(args, &vars).await,
        Command::Status(args) => status::run(&args, &args.target.over(&vars)).await,
        Command::Audit(args) => audit::run(*args, &vars).await,
        Command::Explain(args) => explain::run(args, &vars).await,
        Command::Forget(args) => audit::forget(args, &vars).await,
        Command::Usage(args) => usage::run(args, &vars).await,
        Command::Reconcile(args) => reconcile::run(args, &vars).await,
        Command::Budget(args) => budget::run(&args, &args.target.over(&vars)).await,
        Command::End(args) => statement::end(args, &vars).await,
        Command::Settle(args) => statement::settle(args, &vars).await,
        Command::Disconnect(args) => statement::disconnect(args, &vars).await,
        Command::Events(args) => events::run(&args, &vars).await,
        Command::DeadLetters(args) => dead_letters::run(args, &vars).await,
        Command::Retry(args) => retry::run(&args, &vars).await,
        Command::Invitations(args) => invitations::run(&args, &vars).await,
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => serve_agent(&args, &vars).await,
        Command::Backup(args) => backup::run(&args, vars).await,
        Command::Restore(args) => backup::restore(&args, vars).await,
        Command::Trigger(args) => trigger::trigger(&args, &vars).await,
        Command::Sign(args) => trigger::sign(&args, &vars).await,
        Command::Init(args) => setup::init::run(args, &cli.source).await,
        Command::Settings(args) => settings::show::run(&args, &vars).await,
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
        Command::Schemas(args) => schemas::run(&args),
    }
}

#[cfg(feature = "sandbox")]
async fn serve_sandbox(args: &SandboxArgs, vars: &Vars) -> Result<(), CliError> {
    start_log(vars, None);
    sandbox::run(args, vars).await
}

#[cfg(feature = "console")]
async fn serve_console(args: &ConsoleArgs, vars: &Vars) -> Result<(), CliError> {
    start_quiet_log(vars);
    console::run(args, vars).await
}

async fn serve_machine(vars: &Vars) -> Result<(), CliError> {
    let counters = vars
        .get("ADMIN_LISTEN")
        .map(|_| PrometheusMetrics::default());
    start_log(vars, counters.clone());
    serve::run(vars, counters.unwrap_or_default()).await
}

/// Whether the command reads settings files. The other commands work even if a file is invalid.
fn needs_settings(command: &Command) -> bool {
    #[cfg(feature = "sandbox")]
    if matches!(command, Command::Demo(_)) {
        return false;
    }
    !matches!(
        command,
        Command::Init(_) | Command::Completions(_) | Command::Man(_) | Command::Schemas(_)
    )
}

#[cfg(feature = "mcp")]
async fn serve_agent(args: &mcp::McpArgs, vars: &Vars) -> Result<(), CliError> {
    start_quiet_log(vars);
    mcp::run(args, vars).await
}

/// Starts the log of a long-running command, with warnings only unless `BRIDGE_LOG` is set.
#[cfg(any(feature = "console", feature = "mcp"))]
fn start_quiet_log(vars: &Vars) {
    let level = vars.get("BRIDGE_LOG").unwrap_or("warn").to_owned();
    start_log(&vars.clone().with("BRIDGE_LOG", Some(level)), None);
}

/// Starts the log. Invalid settings get their defaults here, and `serve::run` reports them with all other faults.
fn start_log(vars: &Vars, counters: Option<PrometheusMetrics>) {
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
