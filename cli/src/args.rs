//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::apigw::Encoding;
use crate::setup::args::SetupCommand;
use shared::config::{SETTINGS, Setting};
use shared::model::ConnectionName;

/// The bridge between OpenTrain and your annotation tool.
///
/// Trainers hired on OpenTrain get access to the tool, and lose it when their contract ends.
/// Settings come from the environment, secrets from there or from the connections file, never from the command line: see docs/settings.md.
#[derive(Debug, Parser)]
#[command(
    name = "bridge",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 it was done, 1 it could not be done, 2 it was called wrongly or a setting is wrong.\n\nStart here:\n  bridge demo"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a simulated hire and end on this machine.
    Demo(DemoArgs),
    /// Run the bridge on this machine, over SQLite.
    Serve(ServeArgs),
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the program's own"
    )]
    Setup(SetupCommand),
    /// Show who has access to what and why, and what waits or failed.
    Status(StatusArgs),
    /// Report the work that was done in the tool to OpenTrain, now and by hand.
    Usage(UsageArgs),
    /// Compare with OpenTrain what the bridge knows, and repair what events have lost.
    Reconcile(ReconcileArgs),
    /// Show how much of each contract's funded work is used up.
    Budget(BudgetArgs),
    /// End orphaned access, or a contract that OpenTrain no longer lists.
    End(EndArgs),
    /// Record that a trainer's access is gone although the tool cannot prove it.
    Settle(SettleArgs),
    /// State that a customer's install is gone.
    Disconnect(DisconnectArgs),
    /// Copy the database to a file, while a bridge runs or not.
    Backup(BackupArgs),
    /// Put a backup in the place of the database, while no bridge runs.
    Restore(RestoreArgs),
    /// Send a sample event to a bridge, signed as OpenTrain signs.
    Trigger(TriggerArgs),
    /// Print the headers that sign a file, for curl.
    Sign(SignArgs),
}

/// Arguments of `bridge demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "No keys, no accounts, no network. Every claim is read back from the tool; exit code 0 means that all held.\n\nExamples:\n  bridge demo\n  bridge demo --keep-running"
)]
pub struct DemoArgs {
    /// Leave everything running at the end, and print the addresses to play with.
    #[arg(long)]
    pub keep_running: bool,
}

/// Arguments of `bridge serve`.
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
    /// Where OpenTrain is (OPENTRAIN_BASE_URL).
    #[arg(long, value_name = "URL")]
    pub opentrain_base_url: Option<String>,
    /// The annotation tool (TOOL_KIND).
    #[arg(long, value_name = "KIND")]
    pub tool_kind: Option<String>,
    /// Where the tool is (TOOL_BASE_URL).
    #[arg(long, value_name = "URL")]
    pub tool_base_url: Option<String>,
}

/// The place that a command works on.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", conflicts_with = "db")]
    pub stack: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE")]
    pub db: Option<String>,
}

/// Arguments of `bridge end`.
#[derive(Debug, Args)]
#[command(
    after_help = "A contract ends for all its links and for all connections of its organisation. Of a trainer only orphaned access ends: access whose link or install is gone. If OpenTrain still lists a contract as active, the next reconcile starts it again: end it there instead.\n\nExamples:\n  bridge end ctr_8f2k --dry-run\n  bridge end usr_maria --yes"
)]
pub struct EndArgs {
    /// A contract's id, or a trainer's.
    #[arg(value_name = "CONTRACT|TRAINER")]
    pub id: String,
    /// Show what would end, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the words for the command's")]
    pub place: PlaceArgs,
}

/// Arguments of `bridge settle`.
#[derive(Debug, Args)]
#[command(
    after_help = "A removal is retried until the tool proves that the trainer has no access. If the tool cannot prove it, check it yourself, then settle it. The bridge asks the tool once first, and looks again after 15 minutes and after a day. `bridge status` shows the removal as settled by an operator, with the reason. If `bridge status` asks you to change access that exists, make the change in the tool, then settle it too.\n\nExample:\n  bridge settle usr_maria 42 --reason \"removed by hand in the tool, checked with Ben\""
)]
pub struct SettleArgs {
    /// The trainer's id.
    #[arg(value_name = "TRAINER")]
    pub trainer: String,
    /// The project's id in the tool.
    #[arg(value_name = "PROJECT")]
    pub project: String,
    /// Why the access is known to be gone.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Settle it even if the tool still shows the trainer as a member, or an invitation may be open.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the words for the command's")]
    pub place: PlaceArgs,
}

/// Arguments of `bridge disconnect`.
#[derive(Debug, Args)]
#[command(
    after_help = "The same as an `install.revoked` event: reporting stops, open invitations are withdrawn, and access is kept or removed as ON_INSTALL_REVOKED says. OpenTrain is not asked about the connection any longer, even if its token still works, until `bridge connect`.\n\nExample:\n  bridge disconnect acme --yes"
)]
pub struct DisconnectArgs {
    /// The connection.
    #[arg(value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: ConnectionName,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take the words for the command's")]
    pub place: PlaceArgs,
}

/// Arguments of `bridge status`.
#[derive(Debug, Args)]
#[command(
    after_help = "Reads the database beside a running bridge, or while none runs; with --stack, the deployed one's table and queue.\n\nExamples:\n  bridge status\n  bridge status --stack labels\n  bridge status --db /var/lib/bridge.db --json"
)]
pub struct StatusArgs {
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", conflicts_with = "db")]
    pub stack: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE")]
    pub db: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bridge usage`.
#[derive(Debug, Args)]
#[command(
    after_help = "Runs in the `bridge serve` process that uses this database, or in this process if there is none. Totals replace totals: sending again is safe. Exit code 0 means that OpenTrain accepted all of it.\n\nExamples:\n  bridge usage --dry-run\n  bridge usage --day 2026-06-12 --all"
)]
pub struct UsageArgs {
    /// Report one UTC day only. Default: the look-back (USAGE_LOOK_BACK_DAYS) and all open days.
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with_all = ["from", "to"])]
    pub day: Option<jiff::civil::Date>,
    /// The first UTC day, instead of the look-back and of open days.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<jiff::civil::Date>,
    /// The last UTC day [default: today].
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    pub to: Option<jiff::civil::Date>,
    /// One connection instead of all.
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// One contract instead of all.
    #[arg(long, value_name = "ID")]
    pub contract: Option<String>,
    /// One trainer instead of all.
    #[arg(long, value_name = "ID")]
    pub trainer: Option<String>,
    /// Confirm that many reported days are rightly gone from this project: they become zero.
    #[arg(long, value_name = "PROJECT")]
    pub accept_deletions: Option<String>,
    /// Send also what was accepted before and has not changed.
    #[arg(long)]
    pub all: bool,
    /// Show what would be sent, and write nothing anywhere.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", conflicts_with = "db")]
    pub stack: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE")]
    pub db: Option<String>,
}

/// Arguments of `bridge reconcile`.
#[derive(Debug, Args)]
#[command(
    after_help = "Runs in the `bridge serve` process that uses this database, or in this process if there is none. Absence from OpenTrain's lists counts at the second look (CONFIRM_AFTER). Removals that follow from absence are held if many trainers would lose access (RECONCILE_MAX_REMOVALS_PERCENT). Ends that OpenTrain states are never held. Exit code 0 means that every difference was recorded and every change of access was queued: `bridge status` shows its result.\n\nExamples:\n  bridge reconcile --dry-run\n  bridge reconcile --dry-run --force --connection acme\n  bridge reconcile --force --connection acme"
)]
pub struct ReconcileArgs {
    /// Show what differs and what would be done, and write nothing anywhere.
    #[arg(long)]
    pub dry_run: bool,
    /// Lift the holds of one connection: remove access that follows from what was missing twice, and grant access again
    /// to all trainers whom the tool has lost.
    #[arg(long, requires = "connection")]
    pub force: bool,
    /// One connection instead of all.
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", conflicts_with = "db")]
    pub stack: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE")]
    pub db: Option<String>,
}

/// Arguments of `bridge budget`.
#[derive(Debug, Args)]
#[command(
    after_help = "Reads the database beside a running bridge, or while none runs. Shows OpenTrain's figures as they were last received, without a call. They include work that OpenTrain tracked itself.\n\nExamples:\n  bridge budget\n  bridge budget --connection acme --json"
)]
pub struct BudgetArgs {
    /// One connection instead of all.
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", conflicts_with = "db")]
    pub stack: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE")]
    pub db: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bridge backup`.
#[derive(Debug, Args)]
#[command(
    after_help = "The copy holds everything acknowledged before it, has mode 0600 and appears whole or not at all. An existing file is never overwritten. The connections file is not part of it: copy that as well.\n\nExamples:\n  bridge backup /backup/bridge-2026-06-12.db\n  bridge backup --db /var/lib/bridge.db /backup/bridge.db"
)]
pub struct BackupArgs {
    /// The file to write.
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "DB")]
    pub db: Option<String>,
}

/// Arguments of `bridge restore`.
#[derive(Debug, Args)]
#[command(
    after_help = "Refuses while a bridge runs on the database. The backup is checked before anything changes, and the database that it replaces is kept as NAME.replaced. Run `bridge reconcile` before `bridge serve`: contracts may have ended since the backup, and reconcile records that before access is granted.\n\nExamples:\n  bridge restore /backup/bridge-2026-06-12.db\n  bridge restore --db /var/lib/bridge.db /backup/bridge.db --yes"
)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// The SQLite file to replace (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "DB")]
    pub db: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `bridge trigger`.
#[derive(Debug, Args)]
#[command(
    after_help = "A sample is processed like a real event: try samples on a database of their own (BRIDGE_DB). `bridge end ctr_81` ends the samples' contract.\n\nThe secret is that of the connection in the URL: OPENTRAIN_WEBHOOK_SECRET, or the one that `bridge subscribe` stored. An unknown EVENT lists all samples.\n\nExamples:\n  bridge trigger contract.started\n  bridge trigger contract.ended --to http://127.0.0.1:9000/hooks/default\n  bridge trigger contract.started --as apigw > delivery.json\n  cargo lambda invoke webhook --data-file delivery.json"
)]
pub struct TriggerArgs {
    /// The sample's name, such as contract.started.
    pub event: String,
    /// Where to send it.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8787/hooks/default"
    )]
    pub to: String,
    /// Print what the webhook function is given of it, and send nothing. The connection is the one that --to ends in.
    #[arg(long = "as", value_name = "FORM", value_enum)]
    pub form: Option<Form>,
    /// Send the sample's bytes as they are: the second time it is a repeat. Otherwise it gets an id and a date of this moment.
    #[arg(long)]
    pub as_is: bool,
}

/// How `bridge trigger` writes a delivery down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// An invocation of API Gateway's HTTP API (payload format 2.0).
    Apigw,
    /// The same with its body in base64.
    ApigwBase64,
}

impl Form {
    /// How the body is written down.
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Apigw => Encoding::Text,
            Self::ApigwBase64 => Encoding::Base64,
        }
    }
}

/// Arguments of `bridge sign`.
#[derive(Debug, Args)]
#[command(
    after_help = "The secret is that of the connection `default`: OPENTRAIN_WEBHOOK_SECRET, or the one that `bridge subscribe` stored. A signature holds for five minutes.\n\nExample:\n  eval curl http://127.0.0.1:8787/hooks/default --data-binary @event.json $(bridge sign event.json | tr '\\n' ' ')"
)]
pub struct SignArgs {
    /// The file with the body, or - for standard input.
    pub file: String,
}

/// The words below the flags of `bridge serve`: every setting there is.
fn serve_help() -> String {
    let setting = |it: &&Setting| {
        let default = it.default.filter(|text| !text.is_empty());
        let default = default.map_or_else(String::new, |text| format!(" [default {text}]"));
        format!("  {}\n      {}{default}\n", it.name, it.meaning)
    };
    let settings: String = SETTINGS.iter().map(setting).collect();
    format!(
        "Deliveries go to POST /hooks/NAME, a connection's name (`bridge connect`); with the two variables below it is `default`. Health is at GET /livez, /healthz and /readyz.\n\nSettings of the environment; a secret may be in a file, whose path is in NAME_FILE:\n{settings}\nExample:\n  OPENTRAIN_PARTNER_TOKEN=… OPENTRAIN_WEBHOOK_SECRET=… TOOL_KIND=rest \\\n  TOOL_BASE_URL=https://tool.example.com/bridge TOOL_API_TOKEN=… bridge serve --listen 0.0.0.0:8787"
    )
}
