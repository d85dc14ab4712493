//! The command line.

use clap::{Args, Parser, Subcommand};

use crate::audit::args::{AuditArgs, ForgetArgs};
use crate::budget::args::BudgetArgs;
use crate::check_tool::CheckToolArgs;
#[cfg(feature = "console")]
use crate::console::ConsoleArgs;
use crate::dead_letters::DeadLettersArgs;
use crate::employer::args::EmployerArgs;
use crate::events::EventsArgs;
use crate::explain::args::ExplainArgs;
use crate::invitations::InvitationsArgs;
#[cfg(feature = "mcp")]
use crate::mcp::McpArgs;
use crate::onboard::OnboardArgs;
use crate::reconcile::args::ReconcileArgs;
use crate::rehearse::RehearseArgs;
use crate::retry::RetryArgs;
#[cfg(feature = "sandbox")]
use crate::sandbox::SandboxArgs;
use crate::schemas::SchemasArgs;
use crate::settings::args::{InitArgs, SettingsArgs, SourceArgs};
use crate::setup::args::SetupCommand;
use crate::statement::args::{DisconnectArgs, EndArgs, SettleArgs};
use crate::status::args::StatusArgs;
use crate::trigger::{SignArgs, TriggerArgs};
use crate::usage::UsageArgs;
use crate::version::VERSION;
use shared::config::{SETTINGS, Setting, Vars};

/// The bridge between OpenTrain and your annotation tool.
///
/// Trainers hired on OpenTrain get access to the tool, and lose it when their contract ends. Settings come from
/// flags, the environment, --env-file and bridge.toml, in this order. Secrets are never given on the command line. See
/// docs/settings.md.
#[derive(Debug, Parser)]
#[command(
    name = "bridge",
    version = VERSION,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 success, 1 failure, 2 usage or configuration error.\n\nStart here:\n  bridge demo"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub source: SourceArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a simulated hire and end on this machine.
    #[cfg(feature = "sandbox")]
    Demo(DemoArgs),
    /// Serve a simulated OpenTrain and a small tool, to try everything without an account.
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxArgs),
    /// Ask for the settings, try the tool, and write bridge.toml.
    Init(InitArgs),
    /// Show the settings in force, and where each comes from.
    Settings(SettingsArgs),
    /// Run the bridge on this machine, over SQLite.
    Serve(ServeArgs),
    #[command(flatten)]
    Setup(SetupCommand),
    /// Make a link with which a customer connects, without giving you the token.
    Onboard(OnboardArgs),
    /// Check whether a tool does what the bridge relies on, with a test person. For authors of a tool, and for CI.
    CheckTool(CheckToolArgs),
    /// Play one hire from draft to removal, and prove each step.
    Rehearse(RehearseArgs),
    /// Post jobs, hire, pay and end contracts as an employer.
    Employer(EmployerArgs),
    /// Show the installation's state on pages in a browser on this machine.
    #[cfg(feature = "console")]
    Console(ConsoleArgs),
    /// Show each trainer's access with its reason, and waiting or failed work.
    Status(StatusArgs),
    /// Show who got and lost access, and prove it.
    Audit(Box<AuditArgs>),
    /// Explain why a trainer has access or not, and what happens next.
    Explain(ExplainArgs),
    /// Report work from the tool to OpenTrain now.
    Usage(UsageArgs),
    /// Compare the ledger with OpenTrain, and repair what lost events left out.
    Reconcile(ReconcileArgs),
    /// Show how much of each contract's funded work is consumed.
    Budget(BudgetArgs),
    /// End orphaned access, or a contract that OpenTrain no longer lists.
    End(EndArgs),
    /// Record that a trainer's access is gone although the tool cannot prove it.
    Settle(SettleArgs),
    /// Record that a customer's install is gone.
    Disconnect(DisconnectArgs),
    /// Erase a trainer's personal data, and keep what proves who had access.
    Forget(ForgetArgs),
    /// Show deliveries that were received or refused.
    Events(EventsArgs),
    /// Show messages that could not be processed; redrive or drop them.
    DeadLetters(DeadLettersArgs),
    /// Process a trainer's due work now.
    Retry(RetryArgs),
    /// Show the invitation links that have to be handed over.
    Invitations(InvitationsArgs),
    /// Serve the operator's questions as tools to an agent.
    #[cfg(feature = "mcp")]
    Mcp(McpArgs),
    /// Copy the database to a file, even while a bridge runs.
    Backup(BackupArgs),
    /// Replace the database with a backup, while no bridge runs.
    Restore(RestoreArgs),
    /// Send a signed sample event to a bridge.
    Trigger(TriggerArgs),
    /// Print the signature headers of a file, for curl.
    Sign(SignArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
    /// Write a man page for each command.
    Man(ManArgs),
    /// Write the JSON Schema of each command's JSON output.
    Schemas(SchemasArgs),
}

#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
#[command(
    after_help = "Needs no keys, accounts or network. Verifies each printed claim with the tool and with OpenTrain; exit code 0 means that all claims are true.\n\nExamples:\n  bridge demo\n  bridge demo --keep-running"
)]
pub struct DemoArgs {
    /// Keep all servers running after the demo, and print their addresses.
    #[arg(long)]
    pub keep_running: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = serve_help()
)]
pub struct ServeArgs {
    /// Address and port to listen on (BRIDGE_LISTEN, default 127.0.0.1:8787).
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE")]
    pub db: Option<String>,
    /// OpenTrain's base URL (OPENTRAIN_BASE_URL).
    #[arg(long, value_name = "URL")]
    pub opentrain_base_url: Option<String>,
    /// Kind of the annotation tool (TOOL_KIND).
    #[arg(long, value_name = "KIND")]
    pub tool_kind: Option<String>,
    /// The tool's base URL (TOOL_BASE_URL).
    #[arg(long, value_name = "URL")]
    pub tool_base_url: Option<String>,
}

impl ServeArgs {
    /// The variables, overridden by the flags.
    pub fn over(self, vars: Vars) -> Vars {
        vars.with("BRIDGE_LISTEN", self.listen)
            .with("BRIDGE_DB", self.db)
            .with("OPENTRAIN_BASE_URL", self.opentrain_base_url)
            .with("TOOL_KIND", self.tool_kind)
            .with("TOOL_BASE_URL", self.tool_base_url)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "The copy contains everything that was acknowledged before it, and has mode 0600. The file is created only when the copy is complete, and never overwrites an existing file. The connections file is not included: copy it as well.\n\nExamples:\n  bridge backup /backup/bridge-2026-06-12.db\n  bridge backup --db /var/lib/bridge.db /backup/bridge.db"
)]
pub struct BackupArgs {
    /// The file to write.
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "DB")]
    pub db: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Fails while a bridge runs on the database. Verifies the backup before it changes anything, and keeps the replaced database as NAME.replaced. Run `bridge reconcile` before `bridge serve`: contracts may have ended since the backup, and reconcile records that before access is granted. If the replaced database can be read, the personal data that `bridge forget` has erased since the backup is erased again.\n\nExamples:\n  bridge restore /backup/bridge-2026-06-12.db\n  bridge restore --db /var/lib/bridge.db /backup/bridge.db --yes"
)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// The SQLite file to replace (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "DB")]
    pub db: Option<String>,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge completions bash > ~/.local/share/bash-completion/completions/bridge\n  bridge completions zsh > ~/.zfunc/_bridge    # a folder in fpath\n  bridge completions fish > ~/.config/fish/completions/bridge.fish"
)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Writes a page for `bridge` and one for each command, such as bridge-check.1, and replaces those that exist.\n\nExample:\n  bridge man ~/.local/share/man/man1 && man bridge-check"
)]
pub struct ManArgs {
    /// The folder, which is created if it is missing.
    #[arg(value_name = "FOLDER")]
    pub folder: std::path::PathBuf,
}

/// Help text below the flags of `bridge serve`, with all settings.
fn serve_help() -> String {
    let setting = |it: &&Setting| {
        let default = it.default.filter(|text| !text.is_empty());
        let default = default.map_or_else(String::new, |text| format!(" [default {text}]"));
        format!("  {}\n      {}{default}\n", it.name, it.meaning)
    };
    let settings: String = SETTINGS.iter().map(setting).collect();
    format!(
        "Receives deliveries at POST /hooks/NAME. NAME is a connection (`bridge connect`), or `default` for the token and secret in the environment. Health checks: GET /livez, /healthz and /readyz.\n\nEnvironment variables. A secret can be in a file, whose path is in NAME_FILE:\n{settings}\nExample:\n  OPENTRAIN_PARTNER_TOKEN=… OPENTRAIN_WEBHOOK_SECRET=… TOOL_KIND=rest \\\n  TOOL_BASE_URL=https://tool.example.com/bridge TOOL_API_TOKEN=… bridge serve --listen 0.0.0.0:8787"
    )
}
