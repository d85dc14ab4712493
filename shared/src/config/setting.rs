//! Every setting that there is: name, default, meaning. The README's table is held to this list.

/// One setting, given by an environment variable (or a flag of the command).
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// What holds when it is not set; `None` means that it has to be set.
    pub default: Option<&'static str>,
    /// What it is for, in one line.
    pub meaning: &'static str,
}

macro_rules! settings {
    ($(#[doc = $about:literal])* $list:ident: $($name:ident = $default:expr, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(super) const $name: Setting =
                Setting { name: stringify!($name), default: $default, meaning: $meaning };
        )*
        $(#[doc = $about])*
        pub const $list: &[&Setting] = &[$(&$name),*];
    };
}

settings! {
    /// All settings that people give, in the order in which the README shows them.
    SETTINGS:
    OPENTRAIN_BASE_URL = Some("https://app.opentrain.ai"), "where OpenTrain is";
    OPENTRAIN_PARTNER_TOKEN = None, "the install's token (`ot_ptk_…`), from the consent screen; over what `bridge connect` stored";
    OPENTRAIN_WEBHOOK_SECRET = None, "the endpoint's secret (`whsec_…`); several, comma-separated, while one is rolled; over what `bridge subscribe` stored";
    TOOL_KIND = None, "the annotation tool: `rest` (the members contract), `label-studio`, `doccano` or `cvat`";
    TOOL_BASE_URL = None, "where the tool is";
    TOOL_API_TOKEN = None, "the tool's token, with the right to remove members";
    TOOL_ALLOW_HTTP = Some("0"), "`1` allows http to a tool in a private network (10.0.0.5, the name of a container); its token then travels unencrypted";
    TOOL_ORG = Some(""), "CVAT: the short name of the organisation that people get into";
    TOOL_MAX_CALLS_PER_SECOND = Some(""), "the most calls per second to the tool, all processes together; without it the tool's own limit is found out (429, `Retry-After`)";
    TOOL_EMAILS_VERIFIED = Some("0"), "CVAT: `1` if it lets only verified addresses register; without it, accounts that existed before their invitation wait for you";
    TOOL_ADMIN_EMAIL = Some(""), "Label Studio Community: a superuser's e-mail; with it, a removal switches the account off";
    TOOL_ADMIN_PASSWORD = Some(""), "that superuser's password; a secret";
    TOOL_ROLE = Some("annotator"), "doccano: what people may do, `annotator` or `annotation_approver`";
    TOOL_ACCOUNT_MODE = Some("invite"), "`invite`: new people have to claim an account; `create`: single sign-on is in front, an account is enough";
    TOOL_NOTICES = Some("off"), "`instructions` shows budget notices in the project's instructions, in tools that have no other place; or `off`";
    MAX_SECONDS_PER_ANNOTATION = Some("3600"), "Label Studio: the most seconds of one annotation that count; browsers report them";
    SMTP_URL = Some(""), "the mail server for invitations, such as `smtps://user:password@host`; a secret; without it `bridge status` shows the links";
    SMTP_FROM = Some(""), "whom invitations come from, such as `Our Team <team@example.com>`";
    TLS_CA = Some(""), "certificate authorities of your own, as PEM, for OpenTrain, the tool and mail; usually as `TLS_CA_FILE`";
    ON_LINK_REMOVED = Some("remove"), "`remove` or `keep` the access that was given through a link which is removed";
    ON_INSTALL_REVOKED = Some("keep"), "`keep` or `remove` access when the customer disconnects (a reconnect looks the same)";
    ON_END_OF_EARLIER_MEMBER = Some("remove"), "`remove` or `keep` the membership of a person who was a member of the tool before they were first hired, when their last hire ends";
    TOOL_SHARED_BY_CUSTOMERS = Some("0"), "`1` lets several organisations share a tool in which a seat opens every project (Label Studio Community)";
    WORK_EMAIL_DOMAINS = Some("opentrain.work"), "the domains of OpenTrain's work e-mails, comma-separated: only by an address under one of them is an account looked for that is known by nothing else when a contract ends";
    NOTICE_TOP_UP_URL = Some("https://app.opentrain.ai"), "where funded work is topped up; stands in every budget notice";
    NOTICE_WEBHOOK_URL = Some(""), "where each budget crossing is posted as `{\"text\": …}` (Slack, Mattermost and others); a secret";
    RECONCILE_EVERY = Some("15m"), "how long after a reconcile `bridge serve` starts the next one";
    RECONCILE_MAX_REMOVALS_PERCENT = Some("20"), "removals that follow from what OpenTrain's lists lack are held when more than this share of a connection's trainers (and 3 or more) would lose access";
    CONFIRM_AFTER = Some("10m"), "what is missing from OpenTrain's lists or from the tool's totals counts when a second look, this long after the first, finds it missing as well";
    USAGE_EVERY = Some("1h"), "how long after a report of usage `bridge serve` starts the next one";
    USAGE_LOOK_BACK_DAYS = Some("3"), "how many days before today a report of usage always covers; days that are still open are covered for up to 35 days";
    BRIDGE_LISTEN = Some("127.0.0.1:8787"), "address and port of `bridge serve`";
    BRIDGE_DB = Some("./bridge.db"), "the SQLite file of `bridge serve`";
    BRIDGE_STACK = None, "the deployed stack that commands work on (`--stack`), instead of this machine";
    BRIDGE_CONNECTIONS = Some("./connections.json"), "the file that `bridge connect` and `bridge subscribe` write; its owner's alone (mode 0600)";
    BRIDGE_LOG = Some("info"), "what is logged: `error`, `warn`, `info`, `debug`, or a filter by module";
    BRIDGE_LOG_FORMAT = Some("text"), "`text` for people, `json` for collectors";
}

/// Settings that a file may give as well: `NAME_FILE` is its path. All secrets, and what is too long for a
/// variable.
pub(super) const FROM_FILE: &[&Setting] = &[
    &OPENTRAIN_PARTNER_TOKEN,
    &OPENTRAIN_WEBHOOK_SECRET,
    &TOOL_API_TOKEN,
    &TOOL_ADMIN_PASSWORD,
    &SMTP_URL,
    &TLS_CA,
    &NOTICE_WEBHOOK_URL,
];

settings! {
    /// What template.yaml tells the functions of the stack that they are part of; nobody else sets these.
    STACK_SETTINGS:
    BRIDGE_QUEUE_URL = None, "the SQS FIFO queue that deliveries wait in";
    BRIDGE_DEAD_LETTER_QUEUE_URL = None, "the queue's dead-letter queue";
    BRIDGE_RETRY_QUEUE_URL = None, "the SQS queue that messages wait in until they are tried again";
    BRIDGE_JOBS_QUEUE_URL = None, "the queue of a scheduled function's jobs";
    BRIDGE_PROVISIONERS = Some(""), "how many provisioners may run at once: each takes its share of the calls to the tool";
    BRIDGE_JOB_WORKERS = Some(""), "how many workers of each scheduled function may run at once: likewise";
    BRIDGE_TABLE = None, "the DynamoDB table of the ledger";
    BRIDGE_CLAIMS_TABLE = None, "the DynamoDB table of the claims on events";
    BRIDGE_CONNECTIONS_SECRET = None, "the secret that holds the connections, in the form of connections.json";
    BRIDGE_SETTINGS_SECRET = None, "the secret that holds all settings of the functions, a JSON object by name";
}

settings! {
    /// What AWS itself tells a function, and where its services are when they are not at AWS.
    AWS_SETTINGS:
    AWS_REGION = None, "the region that the stack is in, such as eu-central-1";
    AWS_ACCESS_KEY_ID = None, "the id of the access key; AWS sets it for a function";
    AWS_SECRET_ACCESS_KEY = None, "the access key's secret; AWS sets it for a function";
    AWS_SESSION_TOKEN = None, "the token of a role's credentials; AWS sets it for a function";
    AWS_ENDPOINT_URL = None, "where all services are, when not at AWS";
    AWS_ENDPOINT_URL_SQS = None, "where SQS is, when not at AWS";
    AWS_ENDPOINT_URL_DYNAMODB = None, "where DynamoDB is, when not at AWS";
    AWS_ENDPOINT_URL_SECRETS_MANAGER = None, "where Secrets Manager is, when not at AWS";
    AWS_ENDPOINT_URL_SSM = None, "where the Parameter Store is, when not at AWS";
}
