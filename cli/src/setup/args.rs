//! Arguments of the setup commands.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use shared::model::ConnectionName;
use shared::model::event::EventType;
use shared::opentrain::ContractStatus;

/// Setup commands.
#[derive(Debug, Subcommand)]
pub enum SetupCommand {
    /// Print the URL where a customer gives your platform its consent.
    ConsentUrl(ConsentUrlArgs),
    /// Store an install's token, and show the install and its scopes.
    Connect(ConnectArgs),
    /// Link a job to a project in the tool. Trainers hired on the job get access to the project.
    Link(LinkArgs),
    /// Delete a link for good, and revoke access that only this link gave.
    Unlink(UnlinkArgs),
    /// Show the links between jobs and projects, and whether the bridge knows them.
    Links(LinksArgs),
    /// Show which organisation may use which project, and change it.
    Projects(ProjectsArgs),
    /// Have OpenTrain deliver to this bridge, and store the secret that deliveries are signed with.
    Subscribe(SubscribeArgs),
    /// Delete a webhook endpoint, and forget its secret.
    Unsubscribe(UnsubscribeArgs),
    /// Show the contracts on linked jobs.
    Contracts(ContractsArgs),
    /// Show the webhook endpoints; enable or disable one, or request its failed deliveries again.
    Endpoints(EndpointsArgs),
    /// Move the connections of a stack that an earlier version set up to where this version keeps them.
    Migrate(MigrateArgs),
    /// Check token, scopes, tool, links and endpoints. Exit code 1 if something is wrong.
    Check(CheckArgs),
}

/// Arguments of all setup commands.
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
    /// The connection that is named, else the single one.
    pub fn name(&self) -> ConnectionName {
        let name = self.connection.clone();
        name.unwrap_or_else(ConnectionName::single)
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

/// Arguments of `bridge consent-url`.
#[derive(Debug, Args)]
#[command(
    after_help = "The customer sees a token at the end and hands it to you: `bridge connect` takes it.\n\nExamples:\n  bridge consent-url --app acme-labels\n  bridge consent-url --app acme-labels --project streets --redirect-uri https://acme.example/back --state 7f3a"
)]
pub struct ConsentUrlArgs {
    /// Your platform's app at OpenTrain.
    #[arg(long, value_name = "SLUG")]
    pub app: String,
    /// The project in the tool that the customer comes from.
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Where OpenTrain redirects the customer afterwards. It must be registered with the app.
    #[arg(long, value_name = "URL")]
    pub redirect_uri: Option<String>,
    /// A text that OpenTrain returns unchanged with the customer.
    #[arg(long, value_name = "TEXT")]
    pub state: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `bridge migrate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Deploy the stack with this version first: functions of an earlier version cannot read the connections afterwards. Running it again changes nothing.\n\nExamples:\n  bridge migrate --stack labels"
)]
pub struct MigrateArgs {
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge connect`.
#[derive(Debug, Args)]
#[command(
    after_help = "The token comes from OPENTRAIN_PARTNER_TOKEN if that is set, else from standard input; typed on a terminal, it is not shown. It is stored in BRIDGE_CONNECTIONS, or in a parameter of the stack. A bridge that runs uses it within 30 seconds.\n\nExamples:\n  bridge connect\n  bridge connect --stack labels\n  bridge connect --connection acme < token.txt"
)]
pub struct ConnectArgs {
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge link`.
#[derive(Debug, Args)]
#[command(
    after_help = "The project's name and address are read from the tool (TOOL_KIND, TOOL_BASE_URL, TOOL_API_TOKEN). A project has one link for each install, and a link can't be changed: unlink it, then link it again.\n\nExamples:\n  bridge link --job job_17 --project streets\n  bridge link --job job_17 --project streets --connection acme --json"
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
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge unlink`.
#[derive(Debug, Args)]
#[command(
    after_help = "Reports the work of the link's contracts first: OpenTrain takes no usage for a job whose last link is gone. If that fails, the command asks, or wants --force where it can't ask. Access that was given through the link is revoked, unless ON_LINK_REMOVED=keep: OpenTrain sends no more events for its contracts.\n\nExamples:\n  bridge unlink lnk_4\n  bridge unlink lnk_4 --force"
)]
pub struct UnlinkArgs {
    /// The link, as `bridge links` shows it.
    pub link: String,
    /// Delete the link even if its work can't be reported.
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge links`.
#[derive(Debug, Args)]
#[command(
    after_help = "Compared with the database (BRIDGE_DB) where there is one.\n\nExamples:\n  bridge links\n  bridge links --connection acme --json"
)]
pub struct LinksArgs {
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge subscribe`.
#[derive(Debug, Args)]
#[command(
    after_help = "The secret is stored in BRIDGE_CONNECTIONS, or in the secret of the stack, and never shown. A bridge that runs takes it up with the first delivery. OpenTrain delivers what happens from now on, and nothing from before.\n\nTo roll the secret: subscribe once more with the same URL, then `bridge unsubscribe` the old endpoint. Both secrets hold in between.\n\nExamples:\n  bridge subscribe --url https://bridge.example.com/hooks/default\n  bridge subscribe --url https://bridge.example.com/hooks/acme --connection acme --events contract.started,contract.ended"
)]
pub struct SubscribeArgs {
    /// Public URL of this bridge: https, with a path that ends in /hooks/NAME.
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// Event types to receive, comma-separated [default: all].
    #[arg(long, value_name = "EVENTS", value_delimiter = ',', value_parser = PossibleValuesParser::new(EventType::known()), hide_possible_values = true)]
    pub events: Vec<String>,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge unsubscribe`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bridge unsubscribe whe_3")]
pub struct UnsubscribeArgs {
    /// The endpoint, as `bridge endpoints` shows it.
    pub endpoint: String,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge contracts`.
#[derive(Debug, Args)]
#[command(
    after_help = "OpenTrain lists 200 contracts at most and has no second page: ask by link and by status.\n\nExamples:\n  bridge contracts\n  bridge contracts --link lnk_4 --status active"
)]
pub struct ContractsArgs {
    /// Only the contracts of this link.
    #[arg(long, value_name = "LINK")]
    pub link: Option<String>,
    /// Only contracts with this status.
    #[arg(long)]
    pub status: Option<Status>,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Status of a contract.
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

/// Arguments of `bridge endpoints`.
#[derive(Debug, Args)]
#[command(
    after_help = "Ten failed deliveries in a row switch an endpoint off. Switch it on again, ask for what failed, and `bridge reconcile` what was lost.\n\nExamples:\n  bridge endpoints\n  bridge endpoints enable whe_3\n  bridge endpoints redeliver whe_3\n  bridge endpoints redeliver whe_3 --delivery dlv_99"
)]
pub struct EndpointsArgs {
    /// Action [default: show the endpoints].
    #[command(subcommand)]
    pub action: Option<EndpointAction>,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Arguments of `bridge projects`.
#[derive(Debug, Args)]
#[command(
    after_help = "While the bridge serves one organisation, it may use every project of the tool. From the second organisation on each project belongs to one: a link of another one is listed, and gives no access.\n\nExamples:\n  bridge projects\n  bridge projects record\n  bridge projects allow 42 --connection globex\n  bridge projects move 42 --connection globex"
)]
pub struct ProjectsArgs {
    /// Action [default: show the projects].
    #[command(subcommand)]
    pub action: Option<ProjectAction>,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}

/// Actions on a project.
#[derive(Debug, Subcommand)]
pub enum ProjectAction {
    /// Record each project for the organisation of its oldest link.
    #[command(
        after_help = "Recorded projects stay as they are. If OpenTrain refuses a connection's token, the links that the bridge knows count.\n\nExample:\n  bridge projects record"
    )]
    Record,
    /// Let the organisation of --connection use a project that belongs to none.
    #[command(
        after_help = "--connection is required if several connections are set up.\n\nExample:\n  bridge projects allow 42 --connection globex"
    )]
    Allow {
        /// The project's id in the tool.
        project: String,
    },
    /// Let the organisation of --connection use a project that belongs to another one.
    #[command(
        after_help = "Trainers of the other organisation keep the access that they have until their contracts end; they are listed first. Their unreported work is reported first; if that fails, the command asks, or requires --force where it can't ask. --connection is required if several connections are set up.\n\nExample:\n  bridge projects move 42 --connection globex --yes"
    )]
    Move {
        /// The project's id in the tool.
        project: String,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
        /// Move it even if the work of the other organisation can't be reported.
        #[arg(long)]
        force: bool,
    },
}

/// Actions on an endpoint.
#[derive(Debug, Subcommand)]
pub enum EndpointAction {
    /// Enable an endpoint: OpenTrain resets its failure count and delivers to it again.
    Enable {
        /// The endpoint.
        id: String,
    },
    /// Disable an endpoint: its pending deliveries fail.
    Disable {
        /// The endpoint.
        id: String,
    },
    /// Request an endpoint's failed deliveries again. OpenTrain sends them about five minutes later.
    Redeliver {
        /// The endpoint.
        id: String,
        /// Request only this delivery, in any status.
        #[arg(long, value_name = "DELIVERY")]
        delivery: Option<String>,
    },
}

/// Arguments of `bridge check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is changed. To prove that the tool's token may remove people, a member who does not exist is removed from each linked project: a no-op that a token without the right is refused. Without --connection, the webhook endpoints of all connections are checked.\n\nExamples:\n  bridge check\n  bridge check --connection acme --json"
)]
pub struct CheckArgs {
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the words for the command's own"
    )]
    pub common: Common,
}
