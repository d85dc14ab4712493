//! All settings: name, default, meaning. A test compares docs/settings.md with this list.

/// One setting, given by an environment variable (or a flag of the command).
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// The value if it is not set. With `None`, it has to be set where it is needed.
    pub default: Option<&'static str>,
    /// Its purpose, in one line.
    pub meaning: &'static str,
}

impl Setting {
    /// Whether its value must never be shown.
    pub fn is_secret(&self) -> bool {
        *self != TLS_CA && FROM_FILE.contains(&self)
    }
}

macro_rules! settings {
    ($(#[doc = $about:literal])* $list:ident: $($name:ident = $default:expr, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Setting =
                Setting { name: stringify!($name), default: $default, meaning: $meaning };
        )*
        $(#[doc = $about])*
        pub const $list: &[&Setting] = &[$(&$name),*];
    };
}

settings! {
    /// Settings that operators give, in the order of docs/settings.md.
    SETTINGS:
    OPENTRAIN_BASE_URL = Some("https://app.opentrain.ai"), "OpenTrain's address";
    OPENTRAIN_PARTNER_TOKEN = None, "the install's token (`ot_ptk_…`), from the consent screen; takes precedence over the one that `bridge connect` stored";
    OPENTRAIN_WEBHOOK_SECRET = None, "the endpoint's secret (`whsec_…`), or several with commas during a rotation; takes precedence over the one that `bridge subscribe` stored";
    OPENTRAIN_PERSONAL_API_TOKEN = None, "an employer's personal API token (`ot_pat_…`), for `bridge employer`; takes precedence over the one that `bridge employer` stored";
    TOOL_KIND = None, "the annotation tool: `rest` (the members contract), `label-studio`, `doccano` or `cvat`";
    TOOL_BASE_URL = None, "the tool's base URL, such as `https://tool.example.com`";
    TOOL_API_TOKEN = None, "the tool's token, whose owner has the right to remove members";
    TOOL_ALLOW_HTTP = Some("0"), "`1` allows http to a tool in a private network (10.0.0.5, a container's name); the tool's token then travels unencrypted";
    TOOL_ORG = Some(""), "CVAT: the short name of the organisation that trainers join";
    TOOL_MAX_CALLS_PER_SECOND = Some(""), "maximum calls per second to the tool, of all processes together; if it is not set, the bridge adapts to the tool's own limit (429, `Retry-After`)";
    TOOL_EMAILS_VERIFIED = Some("0"), "CVAT: `1` if it verifies the e-mail address of each account; with `0`, an account that existed before its invitation waits for the operator";
    TOOL_ADMIN_EMAIL = Some(""), "Label Studio Community: a superuser's e-mail; with it, a removal switches the account off";
    TOOL_ADMIN_PASSWORD = Some(""), "that superuser's password; a secret";
    TOOL_ROLE = Some("annotator"), "doccano: the trainers' role, `annotator` or `annotation_approver`";
    TOOL_ACCOUNT_MODE = Some("invite"), "`invite`: new trainers have to claim their account; `create`: the account is enough, because single sign-on is in front of the tool";
    TOOL_NOTICES = Some("off"), "`instructions` shows budget notices in the project's instructions, in tools that have no other place for them; `off` does not";
    MAX_SECONDS_PER_ANNOTATION = Some("3600"), "Label Studio: maximum seconds of one annotation that count; browsers report the seconds";
    SMTP_URL = Some(""), "the mail server for invitations, such as `smtps://user:password@host`; a secret; without it, `bridge status` shows the links";
    SMTP_FROM = Some(""), "the sender of invitations, such as `Our Team <team@example.com>`";
    TLS_CA = Some(""), "your own certificate authorities, as PEM, for OpenTrain, the tool and mail; usually as `TLS_CA_FILE`";
    ON_LINK_REMOVED = Some("remove"), "when a link is removed: `remove` or `keep` the access that was granted through it";
    ON_INSTALL_REVOKED = Some("keep"), "when a customer disconnects: `keep` or `remove` access (a reconnect looks like a disconnect)";
    ON_END_OF_EARLIER_MEMBER = Some("remove"), "when a trainer's last hire ends: `remove` or `keep` a membership that is older than the first hire";
    TOOL_SHARED_BY_CUSTOMERS = Some("0"), "Label Studio Community: `1` lets several organisations share the tool, although their trainers see each other's projects";
    WORK_EMAIL_DOMAINS = Some("opentrain.work"), "domains of OpenTrain's work e-mails, comma-separated; when a contract ends, the bridge looks up a trainer without a known account only by an address in these domains";
    NOTICE_TOP_UP_URL = Some("https://app.opentrain.ai"), "the page on which customers top up funded work; every budget notice links to it";
    NOTICE_WEBHOOK_URL = Some(""), "the incoming webhook that gets each budget crossing as `{\"text\": …}` (Slack, Mattermost and others); a secret";
    ALERT_WEBHOOK_URL = Some(""), "the incoming webhook that gets each problem that needs an operator, once at its start and once at its end; `bridge serve` only; a secret";
    RECONCILE_EVERY = Some("15m"), "the pause between two reconciles of `bridge serve`";
    RECONCILE_MAX_REMOVALS_PERCENT = Some("20"), "if links or contracts are missing from OpenTrain's lists and more than this share of a connection's trainers (and 3 or more) would lose access, an operator has to confirm it";
    CONFIRM_AFTER = Some("10m"), "time between two looks; a link, a contract or a total that is missing counts as gone only if the second look finds it missing too";
    AUDIT_DAYS = Some("400"), "days that rows of the audit record are kept, from 30 to 3650";
    USAGE_EVERY = Some("1h"), "the pause between two usage reports of `bridge serve`";
    USAGE_LOOK_BACK_DAYS = Some("3"), "days before today that every usage report covers; days that are still open are covered for up to 35 days";
    BRIDGE_LISTEN = Some("127.0.0.1:8787"), "address and port of `bridge serve`";
    ADMIN_LISTEN = Some(""), "address and port for metrics and health, such as `9464`; a port alone is on 127.0.0.1; off if it is not set";
    ONBOARD_URL = Some(""), "the public URL of `bridge serve` for `bridge onboard`, such as `https://bridge.example.com`; with it, the bridge also starts before the first customer is connected";
    ONBOARD_APP = Some(""), "your app's slug at OpenTrain, for `bridge onboard`";
    BRIDGE_CONFIG = Some("./bridge.toml"), "the file with settings (`--config`); it need not exist";
    BRIDGE_DB = Some("./bridge.db"), "the SQLite file of `bridge serve`";
    BRIDGE_STACK = None, "the deployed stack on which commands work (`--stack`), instead of this machine";
    BRIDGE_CONNECTIONS = Some("./connections.json"), "the file that `bridge connect` and `bridge subscribe` write, with mode 0600";
    BRIDGE_LOG = Some("info"), "the log level: `error`, `warn`, `info`, `debug`, or a filter by module";
    BRIDGE_LOG_FORMAT = Some("text"), "`text` for people, `json` for log collectors";
}

/// Settings that may also be in a file, whose path is in `NAME_FILE`: all secrets, and values too long for a
/// variable.
pub(super) const FROM_FILE: &[&Setting] = &[
    &OPENTRAIN_PARTNER_TOKEN,
    &OPENTRAIN_WEBHOOK_SECRET,
    &OPENTRAIN_PERSONAL_API_TOKEN,
    &TOOL_API_TOKEN,
    &TOOL_ADMIN_PASSWORD,
    &SMTP_URL,
    &TLS_CA,
    &NOTICE_WEBHOOK_URL,
    &ALERT_WEBHOOK_URL,
];

settings! {
    /// Settings of a function's stack. Only template.yaml sets them.
    STACK_SETTINGS:
    BRIDGE_QUEUE_URL = None, "the SQS FIFO queue of events";
    BRIDGE_DEAD_LETTER_QUEUE_URL = None, "the queue's dead-letter queue";
    BRIDGE_RETRY_QUEUE_URL = None, "the SQS queue of messages that are to be retried later";
    BRIDGE_JOBS_QUEUE_URL = None, "the queue of a scheduled function's jobs";
    BRIDGE_PROVISIONERS = Some(""), "maximum number of provisioners at once; each takes its share of the calls to the tool";
    BRIDGE_JOB_WORKERS = Some(""), "maximum number of workers of each scheduled function at once; each takes its share of the calls to the tool";
    BRIDGE_TABLE = None, "the DynamoDB table of the ledger";
    BRIDGE_CLAIMS_TABLE = None, "the DynamoDB table of the claims on events";
    BRIDGE_CONNECTIONS_SECRET = None, "the secret that holds the connections, in the form of connections.json";
    BRIDGE_SETTINGS_SECRET = None, "the secret that holds all settings of the functions, a JSON object by name";
}

settings! {
    /// Settings of AWS: credentials and region of a function, and addresses of services outside AWS.
    AWS_SETTINGS:
    AWS_REGION = None, "the region that the stack is in, such as eu-central-1";
    AWS_ACCESS_KEY_ID = None, "the id of the access key; AWS sets it for a function";
    AWS_SECRET_ACCESS_KEY = None, "the access key's secret; AWS sets it for a function";
    AWS_SESSION_TOKEN = None, "the token of a role's credentials; AWS sets it for a function";
    AWS_ENDPOINT_URL = None, "the address of all services, if not AWS";
    AWS_ENDPOINT_URL_SQS = None, "the address of SQS, if not AWS";
    AWS_ENDPOINT_URL_DYNAMODB = None, "the address of DynamoDB, if not AWS";
    AWS_ENDPOINT_URL_SECRETS_MANAGER = None, "the address of Secrets Manager, if not AWS";
    AWS_ENDPOINT_URL_SSM = None, "the address of the Parameter Store, if not AWS";
}

/// Whether a variable of this name is a setting, or names the file of one.
pub(super) fn is_setting(name: &str) -> bool {
    let has = |all: &[&Setting], name: &str| all.iter().any(|it| it.name == name);
    let file = name.strip_suffix("_FILE");
    [SETTINGS, STACK_SETTINGS, AWS_SETTINGS]
        .into_iter()
        .any(|all| has(all, name))
        || file.is_some_and(|name| has(FROM_FILE, name))
}
