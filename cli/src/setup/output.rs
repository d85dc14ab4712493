//! JSON output of the setup commands.

use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::Link;
use shared::model::ConnectionName;
use shared::model::ids::{ContractId, EndpointId, InstallId, LinkId, ProjectId, TrainerId};
use shared::model::json::UnreadableElement;

use super::findings::Finding;
use crate::document::Foreign;

/// Output of `bridge consent-url`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ConsentUrl {
    pub(super) url: String,
}

/// Output of `bridge connect`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Connected {
    pub(super) connection: ConnectionName,
    pub(super) install: Foreign,
    /// Another install that was connected under this name before.
    pub(super) replaces: Option<InstallId>,
    pub(super) features: Vec<Feature>,
    /// Where the token is stored.
    pub(super) stored: String,
}

/// A feature of the bridge, and the scopes that it needs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Feature {
    pub(super) feature: &'static str,
    pub(super) needs: Vec<String>,
    pub(super) missing: Vec<String>,
}

/// Output of `bridge link`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Linked {
    pub(crate) link: Foreign,
}

/// Output of `bridge unlink`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unlinked {
    pub(super) deleted: LinkId,
    /// The deleted link; none if it was deleted before.
    pub(super) link: Option<Foreign>,
    /// Entries of work that were reported first; none if the work was not reported.
    pub(super) entries_reported: Option<usize>,
    /// Whether the bridge has recorded the deletion.
    pub(super) recorded: bool,
}

/// Output of `bridge links`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Links {
    /// OpenTrain's links, each with `bridge`: `known`, `unheard` or `removed`; null without a database.
    pub(super) links: Vec<Foreign>,
    /// Links of the ledger that OpenTrain does not list.
    pub(super) only_in_bridge: Vec<Link>,
    pub(super) unreadable: Vec<UnreadableElement>,
}

/// Output of `bridge projects`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Projects {
    pub(super) projects: Vec<ProjectRow>,
    /// Connections whose links can't be listed.
    pub(super) not_listed: Vec<NotListed>,
    /// Whether the organisations of the projects are recorded, or need not be.
    pub(super) recorded: bool,
}

/// A project of one link, or a recorded project without a link.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProjectRow {
    pub(super) project: ProjectId,
    /// Owner of the project.
    pub(super) organization: Option<String>,
    pub(super) connection: ConnectionName,
    pub(super) link: Option<LinkId>,
    /// Whether the connection's organisation may use it.
    pub(super) allowed: bool,
}

/// A connection whose links can't be listed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NotListed {
    pub(super) connection: Option<ConnectionName>,
    pub(super) reason: String,
}

/// Output of `bridge projects allow` and `move`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectGiven {
    pub(super) project: ProjectId,
    pub(super) organization: String,
    /// The organisation that had it before.
    pub(super) moved_from: Option<String>,
    /// Trainers of that organisation who keep access until their contracts end.
    pub(super) keep_access: Vec<Keeps>,
}

/// A trainer who keeps access.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Keeps {
    pub(super) trainer: TrainerId,
    pub(super) contract: ContractId,
}

/// Output of `bridge subscribe`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Subscribed {
    pub(super) endpoint: Foreign,
    /// Where the secret is stored.
    pub(super) stored: String,
}

/// Output of `bridge unsubscribe`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unsubscribed {
    pub(super) deleted: EndpointId,
    pub(super) secret_forgotten: bool,
    /// Secrets of other endpoints that are stored.
    pub(super) secrets_left: usize,
}

/// Output of `bridge contracts`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Contracts {
    pub(super) contracts: Vec<Foreign>,
    /// Whether OpenTrain listed all contracts, and all could be read.
    pub(super) complete: bool,
    pub(super) unreadable: Vec<UnreadableElement>,
}

/// Output of `bridge endpoints`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Endpoints {
    /// OpenTrain's endpoints, each with `secretStored`.
    pub(super) endpoints: Vec<Foreign>,
    pub(super) unreadable: Vec<UnreadableElement>,
}

/// Output of `bridge endpoints enable`, `disable` and `redeliver`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EndpointChanged {
    /// With `secretStored`.
    pub(super) endpoint: Foreign,
    /// Number of deliveries that OpenTrain sends again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requeued: Option<u64>,
}

/// Output of `bridge migrate`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Migrated {
    /// Number of connections.
    pub(super) moved: usize,
}

/// Output of `bridge check`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    pub(super) connection: ConnectionName,
    /// Whether no finding is wrong.
    pub(super) good: bool,
    pub(crate) findings: Vec<Finding>,
}
