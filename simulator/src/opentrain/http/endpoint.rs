//! The 15 endpoints.

use std::collections::BTreeMap;

use crate::{
    fault::On,
    opentrain::{OpenTrain, scope::Scope},
};

/// One of the 15 endpoints of the Platform API, in the page's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `GET /installs/current`
    CurrentInstall,
    /// `POST /project-links`
    CreateLink,
    /// `GET /project-links`
    ListLinks,
    /// `GET /project-links/{linkId}`
    ReadLink,
    /// `DELETE /project-links/{linkId}`
    DeleteLink,
    /// `GET /contracts`
    ListContracts,
    /// `GET /contracts/{contractId}/participants`
    Participants,
    /// `GET /contracts/{contractId}/budget`
    Budget,
    /// `POST /contracts/{contractId}/usage`
    Usage,
    /// `POST /webhook-endpoints`
    CreateWebhook,
    /// `GET /webhook-endpoints`
    ListWebhooks,
    /// `GET /webhook-endpoints/{endpointId}`
    ReadWebhook,
    /// `PATCH /webhook-endpoints/{endpointId}`
    UpdateWebhook,
    /// `DELETE /webhook-endpoints/{endpointId}`
    DeleteWebhook,
    /// `POST /webhook-endpoints/{endpointId}/redeliver`
    Redeliver,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 15] = [
        Self::CurrentInstall,
        Self::CreateLink,
        Self::ListLinks,
        Self::ReadLink,
        Self::DeleteLink,
        Self::ListContracts,
        Self::Participants,
        Self::Budget,
        Self::Usage,
        Self::CreateWebhook,
        Self::ListWebhooks,
        Self::ReadWebhook,
        Self::UpdateWebhook,
        Self::DeleteWebhook,
        Self::Redeliver,
    ];

    /// The method and the path below the base, its ids as `*`.
    pub fn call(self) -> (&'static str, &'static str) {
        match self {
            Self::CurrentInstall => ("GET", "/installs/current"),
            Self::CreateLink => ("POST", "/project-links"),
            Self::ListLinks => ("GET", "/project-links"),
            Self::ReadLink => ("GET", "/project-links/*"),
            Self::DeleteLink => ("DELETE", "/project-links/*"),
            Self::ListContracts => ("GET", "/contracts"),
            Self::Participants => ("GET", "/contracts/*/participants"),
            Self::Budget => ("GET", "/contracts/*/budget"),
            Self::Usage => ("POST", "/contracts/*/usage"),
            Self::CreateWebhook => ("POST", "/webhook-endpoints"),
            Self::ListWebhooks => ("GET", "/webhook-endpoints"),
            Self::ReadWebhook => ("GET", "/webhook-endpoints/*"),
            Self::UpdateWebhook => ("PATCH", "/webhook-endpoints/*"),
            Self::DeleteWebhook => ("DELETE", "/webhook-endpoints/*"),
            Self::Redeliver => ("POST", "/webhook-endpoints/*/redeliver"),
        }
    }

    /// The required scope; `None` if any is sufficient.
    pub(crate) fn scope(self) -> Option<Scope> {
        match self {
            Self::CurrentInstall => None,
            Self::CreateLink | Self::DeleteLink => Some(Scope::ProjectLinksWrite),
            Self::ListLinks | Self::ReadLink => Some(Scope::ProjectLinksRead),
            Self::ListContracts | Self::Budget => Some(Scope::ContractsRead),
            Self::Participants => Some(Scope::ParticipantsRead),
            Self::Usage => Some(Scope::UsageWrite),
            Self::CreateWebhook
            | Self::ListWebhooks
            | Self::ReadWebhook
            | Self::UpdateWebhook
            | Self::DeleteWebhook
            | Self::Redeliver => Some(Scope::WebhooksManage),
        }
    }
}

impl From<Endpoint> for On {
    fn from(endpoint: Endpoint) -> Self {
        let (method, path) = endpoint.call();
        Self::call(method, path)
    }
}

/// An endpoint and the id in its path; empty without one.
pub(crate) struct Route {
    pub(crate) endpoint: Endpoint,
    pub(crate) id: String,
}

impl Route {
    /// The route of a documented call; `None` for any other path or method.
    pub(crate) fn of(method: &str, below: &[&str]) -> Option<Self> {
        let endpoint = match (method, below) {
            (_, [_, "", ..]) => return None,
            ("GET", ["installs", "current"]) => Endpoint::CurrentInstall,
            ("POST", ["project-links"]) => Endpoint::CreateLink,
            ("GET", ["project-links"]) => Endpoint::ListLinks,
            ("GET", ["project-links", _]) => Endpoint::ReadLink,
            ("DELETE", ["project-links", _]) => Endpoint::DeleteLink,
            ("GET", ["contracts"]) => Endpoint::ListContracts,
            ("GET", ["contracts", _, "participants"]) => Endpoint::Participants,
            ("GET", ["contracts", _, "budget"]) => Endpoint::Budget,
            ("POST", ["contracts", _, "usage"]) => Endpoint::Usage,
            ("POST", ["webhook-endpoints"]) => Endpoint::CreateWebhook,
            ("GET", ["webhook-endpoints"]) => Endpoint::ListWebhooks,
            ("GET", ["webhook-endpoints", _]) => Endpoint::ReadWebhook,
            ("PATCH", ["webhook-endpoints", _]) => Endpoint::UpdateWebhook,
            ("DELETE", ["webhook-endpoints", _]) => Endpoint::DeleteWebhook,
            ("POST", ["webhook-endpoints", _, "redeliver"]) => Endpoint::Redeliver,
            _ => return None,
        };
        let id = below.get(1).copied().unwrap_or_default().to_owned();
        Some(Self { endpoint, id })
    }
}

impl OpenTrain {
    /// Number of requests per endpoint, including faults.
    pub fn requests(&self) -> BTreeMap<Endpoint, u64> {
        self.look(|world| world.requests.clone())
    }

    /// Number of reports of usage, including faults.
    pub fn usage_requests(&self) -> u64 {
        self.look(|world| world.requests.get(&Endpoint::Usage).copied())
            .unwrap_or_default()
    }
}
