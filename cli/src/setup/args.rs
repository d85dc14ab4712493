//! Arguments of the setup commands.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use shared::model::ConnectionName;
use shared::model::event::EventType;
use shared::opentrain::ContractStatus;

pub use super::actions::{EndpointAction, ProjectAction};
use crate::confirm::Caution;

#[derive(Debug, Subcommand)]
pub enum SetupCommand {
    /// Print the URL at which a customer gives consent to your platform.
    ConsentUrl(ConsentUrlArgs),
    /// Store an install's token, and show the install and its scopes.
    Connect(ConnectArgs),
    /// Link a job to a project in the tool. Trainers hired on the job get access to the project.
    Link(LinkArgs),
    /// Delete a link permanently, and revoke access that only this link granted.
    Unlink(UnlinkArgs),
    /// Show the links between jobs and projects, and whether the bridge knows them.
    Links(LinksArgs),
    /// Show which organisation may use which project, and change it.
    Projects(ProjectsArgs),
    /// Create a webhook endpoint for this bridge, and store its secret.
    Subscribe(SubscribeArgs),
    /// Delete a webhook endpoint and its stored secret.
    Unsubscribe(UnsubscribeArgs),
    /// Show the contracts on linked jobs.
    Contracts(ContractsArgs),
    /// Show the webhook endpoints; enable or disable one, or redeliver its failed deliveries.
    Endpoints(EndpointsArgs),
    /// Move a stack's connections from an earlier version's storage to this version's.
    Migrate(MigrateArgs),
    /// Check token, scopes, tool, links and endpoints. Exit code 1 if something is wrong.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub struct Common {
    /// The connection: one customer's install [default: default].
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse, global = true)]
    pub connection: Option<ConnectionName>,
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", global = true)]
    pub stack: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// The named connection, otherwise `default`.
    pub fn name(&self) -> ConnectionName {
        let name = self.connection.clone();
        name.unwrap_or_default()
    }
}

impl SetupCommand {
    /// The common arguments; `None` for commands that do not call OpenTrain.
    pub fn common(&self) -> Option<&Common> {
        Some(match self {
            Self::ConsentUrl(_) => return None,
            Self::Connect(args) => &args.common,
            Self::Link(args) => &args.common,
            Self::Unlink(args) => &args.common,
            Self::Links(args) => &args.common,
            Self::Projects(args) => &args.common,
            Self::Subscribe(args) => &args.common,
            Self::Unsubscribe(args) => &args.common,
            Self::Contracts(args) => &args.common,
            Self::Endpoints(args) => &args.common,
            Self::Migrate(args) => &args.common,
            Self::Check(args) => &args.common,
        })
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "At the end OpenTrain shows the customer a token. The customer gives it to you, and `bridge connect` stores it.\n\nExamples:\n  bridge consent-url --app acme-labels\n  bridge consent-url --app acme-labels --project streets --redirect-uri https://acme.example/back --state 7f3a"
)]
pub struct ConsentUrlArgs {
    /// Your platform's app at OpenTrain.
    #[arg(long, value_name = "SLUG")]
    pub app: String,
    /// The project in the tool from which the customer was sent.
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// URL to which OpenTrain redirects the customer afterwards. It must be registered with the app.
    #[arg(long, value_name = "URL")]
    pub redirect_uri: Option<String>,
    /// A text that OpenTrain returns unchanged with the customer.
    #[arg(long, value_name = "TEXT")]
    pub state: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Deploy the stack with this version first: functions of an earlier version cannot read the connections afterwards. Running it again changes nothing.\n\nExamples:\n  bridge migrate --stack labels"
)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Reads the token from OPENTRAIN_PARTNER_TOKEN if that is set, otherwise from standard input. A terminal does not show it. Stores it in BRIDGE_CONNECTIONS, or in a parameter of the stack. A running bridge uses it within 30 seconds.\n\nExamples:\n  bridge connect\n  bridge connect --stack labels\n  bridge connect --connection acme < token.txt"
)]
pub struct ConnectArgs {
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Reads the project's name and URL from the tool (TOOL_KIND, TOOL_BASE_URL, TOOL_API_TOKEN). A project has at most one link for each install. A link can't be changed: unlink it, then link it again.\n\nExamples:\n  bridge link --job job_17 --project streets\n  bridge link --job job_17 --project streets --connection acme --json"
)]
pub struct LinkArgs {
    /// The job at OpenTrain.
    #[arg(long, value_name = "JOB")]
    pub job: String,
    /// The project in the tool.
    #[arg(long, value_name = "PROJECT")]
    pub project: String,
    /// OpenTrain grants access itself; the bridge does not change the access of this link's trainers.
    #[arg(long)]
    pub managed: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Shows who loses access, and asks first. Above the limit of RECONCILE_MAX_REMOVALS_PERCENT it requires --people with that number. Then it reports the work of the link's contracts, because OpenTrain accepts no usage for a job without a link. If that fails, the command asks again, or requires --force without a terminal. Access that only this link granted is revoked, unless ON_LINK_REMOVED=keep, because OpenTrain sends no contract events for a deleted link. No reconcile holds these removals. If the command stops before the bridge has recorded the deletion, repeat it.\n\nExamples:\n  bridge unlink lnk_4 --dry-run\n  bridge unlink lnk_4\n  bridge unlink lnk_4 --yes --people 13"
)]
pub struct UnlinkArgs {
    /// Id of the link, from `bridge links`.
    pub link: String,
    /// Delete the link even if its work can't be reported, or if the bridge can't tell who loses access (--people is
    /// then required).
    #[arg(long)]
    pub force: bool,
    /// Number of trainers who will lose access. Required if they are many, or if the bridge can't tell who they are.
    #[arg(long, value_name = "N")]
    pub people: Option<usize>,
    #[command(flatten)]
    pub caution: Caution,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Compares the links with the database (BRIDGE_DB), if there is one.\n\nExamples:\n  bridge links\n  bridge links --connection acme --json"
)]
pub struct LinksArgs {
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Stores the secret in BRIDGE_CONNECTIONS, or in a parameter of the stack, and never shows it. A running bridge loads it with the first delivery. OpenTrain delivers only events from now on.\n\nTo rotate the secret, subscribe again with the same URL, then `bridge unsubscribe` the old endpoint. Both secrets are valid in between.\n\nExamples:\n  bridge subscribe --url https://bridge.example.com/hooks/default\n  bridge subscribe --url https://bridge.example.com/hooks/acme --connection acme --events contract.started,contract.ended"
)]
pub struct SubscribeArgs {
    /// Public URL of this bridge: https, with a path that ends in /hooks/NAME.
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// Event types to receive, comma-separated [default: all].
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', value_parser = PossibleValuesParser::new(EventType::known()), hide_possible_values = true)]
    pub events: Vec<String>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Shows the effects and asks first.\n\nExamples:\n  bridge unsubscribe whe_3 --dry-run\n  bridge unsubscribe whe_3 --yes"
)]
pub struct UnsubscribeArgs {
    /// Id of the endpoint, from `bridge endpoints`.
    pub endpoint: String,
    #[command(flatten)]
    pub caution: Caution,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "OpenTrain lists at most 200 contracts and has no second page: filter by link and by status.\n\nExamples:\n  bridge contracts\n  bridge contracts --link lnk_4 --status active"
)]
pub struct ContractsArgs {
    /// Only the contracts of this link.
    #[arg(long, value_name = "LINK")]
    pub link: Option<String>,
    /// Only contracts with this status.
    #[arg(long)]
    pub status: Option<Status>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// The contract runs.
    Active,
    /// The contract has ended.
    Ended,
}

impl From<Status> for ContractStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Ended => Self::Ended,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "OpenTrain disables an endpoint after ten consecutive failed deliveries. Enable it again, redeliver its failed deliveries, and run `bridge reconcile` to repair what was lost.\n\nExamples:\n  bridge endpoints\n  bridge endpoints enable whe_3\n  bridge endpoints redeliver whe_3\n  bridge endpoints redeliver whe_3 --delivery dlv_99"
)]
pub struct EndpointsArgs {
    /// Action [default: show the endpoints].
    #[command(subcommand)]
    pub action: Option<EndpointAction>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "While the bridge serves one organisation, that organisation may use every project of the tool. With several organisations, each project belongs to one of them: a link of another one is listed, but grants no access.\n\nExamples:\n  bridge projects\n  bridge projects record\n  bridge projects allow 42 --connection globex\n  bridge projects move 42 --connection globex"
)]
pub struct ProjectsArgs {
    /// Action [default: show the projects].
    #[command(subcommand)]
    pub action: Option<ProjectAction>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Changes nothing. To verify that the tool's token may remove members, the command removes a non-existent member from each linked project. Without --connection, it checks the webhook endpoints of all connections.\n\nThe file of --report has all lines, the versions, and the names and origins of the settings. It has no secret, no name and no host: connections and hosts are numbered. Ids of OpenTrain and of the tool stay. Read it before you send it.\n\nExamples:\n  bridge check\n  bridge check --connection acme --json\n  bridge check --report check.txt"
)]
pub struct CheckArgs {
    /// Check only whether `bridge serve` answers at BRIDGE_LISTEN. For health checks of containers.
    #[arg(long, conflicts_with_all = ["connection", "stack", "json", "report"])]
    pub alive: bool,
    /// Also write the result into a new file for a support request, without names and secrets.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}
