//! What a delivery says.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::EventId;
use crate::ids::{ContractId, JobId, LinkId, TrainerId};
use crate::person::Participant;

/// An event as OpenTrain sent it (`opentrain-platform-api`, Events), with members that we don't know kept.
///
/// `Debug` shows id and type alone: `data` holds names and e-mails.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Grows monotonically; the order of facts.
    #[serde(deserialize_with = "text_or_number")]
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When it happened, by OpenTrain's clock; nothing where it can't be read.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<Timestamp>,
    /// What it happened to: a contract, a link, an install or a milestone, by type.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub resource_id: Option<String>,
    /// The job it belongs to.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub job_id: Option<JobId>,
    /// The details, by type; mostly inferred, so each is read leniently.
    #[serde(default)]
    pub data: Value,
    /// Members that we don't know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// What happened; a type that we don't know keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum EventType {
    /// A trainer was hired on a linked job: give access.
    ContractStarted,
    /// The contract ended: take access away.
    ContractEnded,
    /// A link was made: its contracts count.
    ProjectLinkCreated,
    /// A link was deleted, for good.
    ProjectLinkRemoved,
    /// The customer disconnected, or reconnected.
    InstallRevoked,
    /// A milestone was funded: budget warnings end.
    MilestoneFunded,
    /// Consumption crossed 80 % upward.
    MilestoneBudgetLow,
    /// Consumption crossed 100 % upward.
    MilestoneBudgetDepleted,
    /// None of these; recorded, and otherwise left alone.
    Unknown(String),
}

const KNOWN: [(&str, EventType); 8] = [
    ("contract.started", EventType::ContractStarted),
    ("contract.ended", EventType::ContractEnded),
    ("project_link.created", EventType::ProjectLinkCreated),
    ("project_link.removed", EventType::ProjectLinkRemoved),
    ("install.revoked", EventType::InstallRevoked),
    ("milestone.funded", EventType::MilestoneFunded),
    ("milestone.budget_low", EventType::MilestoneBudgetLow),
    (
        "milestone.budget_depleted",
        EventType::MilestoneBudgetDepleted,
    ),
];

impl EventType {
    /// The eight types that we know, by name.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => KNOWN
                .iter()
                .find(|(_, kind)| kind == known)
                .map_or("", |(name, _)| name),
        }
    }
}

impl From<String> for EventType {
    fn from(name: String) -> Self {
        let known = KNOWN.into_iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Self::Unknown(name), |(_, kind)| kind)
    }
}

impl From<EventType> for String {
    fn from(kind: EventType) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Event {
    /// Whether it is about one contract of one trainer.
    pub fn is_contract(&self) -> bool {
        matches!(
            self.kind,
            EventType::ContractStarted | EventType::ContractEnded
        )
    }

    /// Whether it is about a project link.
    pub fn is_link(&self) -> bool {
        matches!(
            self.kind,
            EventType::ProjectLinkCreated | EventType::ProjectLinkRemoved
        )
    }

    /// Whether it is about a contract's budget.
    pub fn is_budget(&self) -> bool {
        use EventType::{MilestoneBudgetDepleted, MilestoneBudgetLow, MilestoneFunded};
        matches!(
            self.kind,
            MilestoneFunded | MilestoneBudgetLow | MilestoneBudgetDepleted
        )
    }

    /// The contract it is about: the resource of contract events, a member of `data` for budget events.
    pub fn contract(&self) -> Option<ContractId> {
        let resource = self.resource_id.as_deref().filter(|_| self.is_contract());
        let named = resource
            .or_else(|| self.text("/data/contract/id"))
            .or_else(|| self.text("/data/budget/contractId"))
            .or_else(|| self.text("/data/contractId"));
        named.map(ContractId::new)
    }

    /// The link it is about: the resource of link events, `data.projectLink` of contract events.
    pub fn link(&self) -> Option<LinkId> {
        let resource = self.resource_id.as_deref().filter(|_| self.is_link());
        resource
            .or_else(|| self.text("/data/projectLink/id"))
            .map(LinkId::new)
    }

    /// The trainer it is about, where it says so.
    pub fn trainer(&self) -> Option<TrainerId> {
        self.text("/data/freelancer/opentrainUserId")
            .map(TrainerId::new)
    }

    /// The trainer's particulars, where it has them.
    pub fn participant(&self) -> Option<Participant> {
        Participant::deserialize(self.data.get("freelancer")?).ok()
    }

    /// The contract's first day, where it says so.
    pub fn first_day(&self) -> Option<Date> {
        self.text("/data/contract/startDate")?
            .get(..10)?
            .parse()
            .ok()
    }

    /// A non-empty text at a JSON pointer that starts with `/data`.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        let inside = pointer.strip_prefix("/data")?;
        self.data
            .pointer(inside)?
            .as_str()
            .filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {}, …)", self.id, self.kind)
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(d: D) -> Result<EventId, D::Error> {
    match Value::deserialize(d)? {
        Value::String(id) if !id.is_empty() => Ok(EventId::new(id)),
        Value::Number(id) if id.is_u64() => Ok(EventId::new(id.to_string())),
        _ => Err(serde::de::Error::custom(
            "`id` is neither text nor a whole number",
        )),
    }
}

/// What can't be read counts as absent: one odd member must not cost the event.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    d: D,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(d)?;
    Ok(serde_json::from_value(value).ok())
}
