//! Events that OpenTrain sends.

mod id;
mod limits;
mod read;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::ids::{ContractId, JobId, LinkId, TrainerId};
use crate::model::lenient;
use crate::model::person::{Email, Participant};
use crate::model::text::Escaped;

pub use id::EventId;
pub(crate) use limits::exceeded;
pub use read::read;

/// An event as OpenTrain sent it (docs/opentrain-api.md, Events), including unknown members.
///
/// Only `id` and `type` are required. Any other unreadable member counts as absent and does not affect the others.
/// `Debug` shows only id and type, because `data` contains names and e-mails.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Grows monotonically, and so orders the facts.
    pub id: EventId,
    /// Type of the event.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Time of the event by OpenTrain's clock; `None` if it is unreadable.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<Timestamp>,
    /// The resource: a contract, a link, an install or a milestone, depending on the type.
    #[serde(
        default,
        deserialize_with = "lenient::id_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub resource_id: Option<String>,
    /// The job that the event belongs to.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub job_id: Option<JobId>,
    /// Details, depending on the type. Their format is mostly inferred, so each member is read leniently.
    #[serde(default)]
    pub data: Value,
    /// Unknown members.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Type of an event. An unknown type keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum EventType {
    /// A trainer was hired on a linked job: grant access.
    ContractStarted,
    /// The contract ended: revoke access.
    ContractEnded,
    /// A link was created: its contracts count.
    ProjectLinkCreated,
    /// A link was deleted permanently.
    ProjectLinkRemoved,
    /// The customer disconnected, or reconnected.
    InstallRevoked,
    /// A milestone was funded: budget warnings end.
    MilestoneFunded,
    /// Consumption crossed 80 % upward.
    MilestoneBudgetLow,
    /// Consumption crossed 100 % upward.
    MilestoneBudgetDepleted,
    /// Any other type: recorded and not processed.
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
    /// The names of the eight known types.
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
        known.map_or_else(|| Self::Unknown(lenient::shown(name)), |(_, kind)| kind)
    }
}

impl From<EventType> for String {
    fn from(kind: EventType) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.as_str()).fmt(f)
    }
}

impl Event {
    /// Whether the type is `contract.started` or `contract.ended`.
    pub fn is_contract(&self) -> bool {
        matches!(
            self.kind,
            EventType::ContractStarted | EventType::ContractEnded
        )
    }

    /// Whether the type is `project_link.created` or `project_link.removed`.
    pub fn is_link(&self) -> bool {
        matches!(
            self.kind,
            EventType::ProjectLinkCreated | EventType::ProjectLinkRemoved
        )
    }

    /// Whether the type is one of the three `milestone.…` types.
    pub fn is_budget(&self) -> bool {
        use EventType::{MilestoneBudgetDepleted, MilestoneBudgetLow, MilestoneFunded};
        matches!(
            self.kind,
            MilestoneFunded | MilestoneBudgetLow | MilestoneBudgetDepleted
        )
    }

    /// Whether the event ends its contract: by its type, or because the contract in it has ended, regardless of the
    /// type.
    pub fn is_end(&self) -> bool {
        let has_ended = |status: &str| status.eq_ignore_ascii_case("ended");
        self.kind == EventType::ContractEnded || self.contract_status().is_some_and(has_ended)
    }

    /// The contract: the resource of contract events, a member of `data` for budget events.
    pub fn contract(&self) -> Option<ContractId> {
        let resource = self.resource_id.clone().filter(|_| self.is_contract());
        let named = resource
            .or_else(|| self.id_at("/data/contract/id"))
            .or_else(|| self.id_at("/data/budget/contractId"))
            .or_else(|| self.id_at("/data/contractId"));
        named.map(ContractId::new)
    }

    /// `data.contract.status`: `active` or `ended`.
    pub fn contract_status(&self) -> Option<&str> {
        self.text("/data/contract/status")
    }

    /// The link: the resource of link events, `data.projectLink` of contract events.
    pub fn link(&self) -> Option<LinkId> {
        let resource = self.resource_id.clone().filter(|_| self.is_link());
        resource
            .or_else(|| self.id_at("/data/projectLink/id"))
            .map(LinkId::new)
    }

    /// The organisation. No documented event contains it; each possible place is checked.
    pub fn organization(&self) -> Option<String> {
        let places = ["", "/contract", "/projectLink", "/install"];
        let own = self.unknown.get("organizationId");
        let own = own.and_then(|id| lenient::id(id).ok());
        own.or_else(|| {
            let at = |place: &&str| self.id_at(&format!("/data{place}/organizationId"));
            places.iter().find_map(at)
        })
    }

    /// The id of the trainer.
    pub fn trainer(&self) -> Option<TrainerId> {
        self.id_at("/data/freelancer/opentrainUserId")
            .map(TrainerId::new)
    }

    /// The trainer's readable details.
    pub fn participant(&self) -> Option<Participant> {
        let shown = |member: &str| self.shown(&format!("/data/freelancer/{member}"));
        Some(Participant {
            opentrain_user_id: self.trainer()?,
            display_name: shown("displayName"),
            country: shown("country"),
            profile_url: shown("profileUrl"),
            work_email: self
                .text("/data/freelancer/workEmail")
                .and_then(Email::parse),
        })
    }

    /// The contract's first day, in UTC.
    pub fn first_day(&self) -> Option<Date> {
        lenient::utc_day(self.text("/data/contract/startDate")?)
    }

    /// The contract's last day, in UTC.
    pub fn end_date(&self) -> Option<Date> {
        lenient::utc_day(self.text("/data/contract/endDate")?)
    }

    /// Reads an id at a JSON pointer that starts with `/data`.
    pub(crate) fn id_at(&self, pointer: &str) -> Option<String> {
        lenient::id(self.at(pointer)?).ok()
    }

    /// Reads free text at a JSON pointer that starts with `/data`, in the form in which it is shown.
    pub(crate) fn shown(&self, pointer: &str) -> Option<String> {
        self.text(pointer)
            .map(|text| lenient::shown(text.to_owned()))
    }

    /// Reads non-empty text at a JSON pointer that starts with `/data`, with [`lenient::LOST`] for lost characters.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        self.data.pointer(pointer.strip_prefix("/data")?)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {}, …)", self.id, self.kind)
    }
}
