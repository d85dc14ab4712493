//! Events of the Platform API.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::letter::{Channel, Letter};
use crate::kit::clock::iso;

/// Type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum EventType {
    /// A trainer was hired on a linked job.
    #[serde(rename = "contract.started")]
    ContractStarted,
    /// A contract ended.
    #[serde(rename = "contract.ended")]
    ContractEnded,
    /// A link was created.
    #[serde(rename = "project_link.created")]
    ProjectLinkCreated,
    /// A link was deleted.
    #[serde(rename = "project_link.removed")]
    ProjectLinkRemoved,
    /// The customer disconnected.
    #[serde(rename = "install.revoked")]
    InstallRevoked,
    /// A milestone was funded.
    #[serde(rename = "milestone.funded")]
    MilestoneFunded,
    /// Consumption crossed 80 % upward.
    #[serde(rename = "milestone.budget_low")]
    MilestoneBudgetLow,
    /// Consumption crossed 100 % upward.
    #[serde(rename = "milestone.budget_depleted")]
    MilestoneBudgetDepleted,
}

impl EventType {
    /// All types.
    pub const ALL: [Self; 8] = [
        Self::ContractStarted,
        Self::ContractEnded,
        Self::ProjectLinkCreated,
        Self::ProjectLinkRemoved,
        Self::InstallRevoked,
        Self::MilestoneFunded,
        Self::MilestoneBudgetLow,
        Self::MilestoneBudgetDepleted,
    ];

    pub(crate) const NAMES: [&'static str; 8] = [
        "contract.started",
        "contract.ended",
        "project_link.created",
        "project_link.removed",
        "install.revoked",
        "milestone.funded",
        "milestone.budget_low",
        "milestone.budget_depleted",
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An emitted event, for inspection, without its data.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// Decimal digits. Later ids are greater as numbers, not always as text.
    pub id: String,
    /// Type of the event.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The contract, link, install or milestone.
    pub resource_id: String,
    /// The job, if there is one.
    pub job_id: Option<String>,
    /// The install that it was emitted for.
    pub install_id: String,
    /// Whether a fault lost it before any delivery was created.
    pub lost: bool,
}

pub(crate) struct Event {
    pub(crate) view: EventView,
    pub(crate) letter: Arc<Letter>,
}

/// An event before it has an id.
pub(crate) struct Draft {
    kind: EventType,
    resource: String,
    job: Option<String>,
    trainer: Option<String>,
    data: Value,
}

impl Draft {
    pub(crate) fn new(kind: EventType, resource: &str, data: Value) -> Self {
        Self {
            kind,
            resource: resource.to_owned(),
            job: None,
            trainer: None,
            data,
        }
    }

    pub(crate) fn on_job(mut self, job: Option<&str>) -> Self {
        self.job = job.map(str::to_owned);
        self
    }

    pub(crate) fn about(mut self, trainer: Option<&str>) -> Self {
        self.trainer = trainer.map(str::to_owned);
        self
    }

    pub(crate) fn event(self, id: u64, install: &str, lost: bool, now: Timestamp) -> Event {
        let body = json!({
            "id": id.to_string(),
            "type": self.kind,
            "apiVersion": "v1",
            "createdAt": iso(now),
            "resourceId": self.resource,
            "jobId": self.job,
            "data": self.data,
        });
        let view = EventView {
            id: id.to_string(),
            event_type: self.kind,
            resource_id: self.resource,
            job_id: self.job,
            install_id: install.to_owned(),
            lost,
        };
        let letter = Arc::new(Letter {
            channel: Channel::Platform,
            owner: install.to_owned(),
            event_id: view.id.clone(),
            kind: self.kind.as_str(),
            resource: view.resource_id.clone(),
            trainer: self.trainer,
            body: body.to_string(),
        });
        Event { view, letter }
    }
}
